//! Those who watch as browsers do: server-sent events over HTTP/1.1.

use reqwest::{Client, Response};

use crate::viewers::Updates;

/// What an update with seats has, and a heartbeat has not.
const SEAT: &[u8] = b"\"ticket_id\"";
/// The end of an event.
const END: &[u8] = b"\n\n";

/// How much room a stream keeps, in bytes: more than an update takes.
const KEPT_BYTES: usize = 4_096;

/// A stream of server-sent events.
pub struct Source {
    response: Response,
    unread: Vec<u8>,
}

/// Begins to watch.
pub async fn watch(http: Client, url: String) -> Result<Source, String> {
    let asked = http.get(url).header("accept", "text/event-stream").send().await;
    let response = asked.and_then(Response::error_for_status).map_err(|error| error.to_string())?;
    Ok(Source { response, unread: Vec::new() })
}

impl Updates for Source {
    async fn next(&mut self) -> Result<Option<bool>, String> {
        let mut looked_at = 0;
        loop {
            if let Some(end) = find(&self.unread[looked_at..], END) {
                let event: Vec<u8> = self.unread.drain(..looked_at + end + END.len()).collect();
                // A snapshot's room would stay with each of thousands.
                self.unread.shrink_to(KEPT_BYTES);
                return Ok(Some(find(&event, SEAT).is_some()));
            }
            looked_at = self.unread.len().saturating_sub(1);
            match self.response.chunk().await.map_err(|error| error.to_string())? {
                Some(chunk) => self.unread.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
