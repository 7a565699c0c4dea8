//! Those who call through a gateway, each over a connection of their own with one request under way: HTTP/1.1 with JSON, or
//! gRPC.

use std::fmt::Write as _;

use crate::{callers::Customer, error::Error, http1::Http1, load::Answer};

/// What is searched for: a word of the house's only theatre, so that every event is found.
const SEARCH: &[u8] = b"GET /v1/search?query=bench HTTP/1.1\r\nhost: bench\r\n\r\n";
/// How many events a page has.
const PAGE: usize = 30;

/// The connections of those who call over REST.
pub struct Passers {
    lines: Vec<Http1>,
    /// How long the answer to a search is, once that is known.
    searched_bytes: usize,
}

impl Passers {
    /// So many connections to the gateway at `url`.
    pub fn new(url: &str, callers: u16) -> Self {
        Self { lines: (0..callers).map(|_| Http1::new(url)).collect(), searched_bytes: 0 }
    }

    /// The same, once it is seen that a search brings a page of events.
    pub async fn searching(mut self) -> Result<Self, Error> {
        let answered = self.lines[0].ask(SEARCH).await.map_err(Error::Count)?;
        let events = answered.body.windows(10).filter(|part| *part == b"\"event_id\"").count();
        if answered.status != 200 || events != PAGE {
            return Err(Error::Count(format!("a search was answered {} with {events} events", answered.status)));
        }
        self.searched_bytes = answered.body.len();
        Ok(self)
    }

    /// Searches. What is found changes with what is sold; an answer without any events would be shorter by far.
    pub async fn search(&self, caller: usize) -> Answer {
        match self.lines[caller].ask(SEARCH).await {
            Ok(answered) if answered.status == 200 && answered.body.len() * 2 > self.searched_bytes => Answer::Good,
            Ok(answered) => Answer::Failed(format!("{}: {} bytes", answered.status, answered.body.len())),
            Err(why) => Answer::Failed(why),
        }
    }

    /// Holds one seat.
    pub async fn reserve(&self, caller: usize, customer: &Customer, ticket_id: i64) -> Answer {
        let body = format!("{{\"ticket_id\":\"{ticket_id}\"}}");
        let mut request = String::with_capacity(1_024);
        // Writing to a String can't fail.
        let _ = write!(
            request,
            "POST /v1/reserve HTTP/1.1\r\nhost: bench\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            customer.authorization(),
            body.len()
        );
        match self.lines[caller].ask(request.as_bytes()).await {
            Err(why) => Answer::Failed(why),
            Ok(answered) => match answered.status {
                200 => Answer::Good,
                409 => Answer::Taken,
                status => Answer::Failed(format!("{status}: {}", String::from_utf8_lossy(&answered.body))),
            },
        }
    }
}
