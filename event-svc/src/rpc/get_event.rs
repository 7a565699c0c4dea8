//! `GetEvent`: one event with its seats.

use tonic::{Request, Response, metadata::MetadataMap};
use usher::{contract::event::GetEventRequest, encoded::Encoded};

use super::{Events, decode};
use crate::error::Error;

/// Metadata of the answer: what names its content, and who may keep it for how long; as HTTP has them.
const TAG: &str = "etag";
const CACHE: &str = "cache-control";
/// Metadata of the request: the tag of the answer that the caller has.
const HAS_TAG: &str = "if-none-match";
/// A cache between may answer for a second; then it asks, with its tag, whether something changed.
const KEPT: &str = "public, max-age=1, stale-while-revalidate=1, stale-if-error=60";

/// The answer, encoded. To a caller who has it already, an empty one with the same tag.
pub async fn handle(service: &Events, request: Request<GetEventRequest>) -> Result<Response<Encoded>, Error> {
    let id = decode::event_id(request.get_ref().event_id)?;
    let view = service.live.view(id).await?;
    let has_it = has(request.metadata(), &view.tag);
    let mut response = Response::new(if has_it { Encoded::of(&()) } else { view.answer });
    let cache = if view.is_stale { "no-cache" } else { KEPT };
    if let Ok(tag) = view.tag.parse() {
        response.metadata_mut().insert(TAG, tag);
    }
    if let Ok(cache) = cache.parse() {
        response.metadata_mut().insert(CACHE, cache);
    }
    Ok(response)
}

/// Whether one of the tags that the caller has is `tag` (RFC 9110, 13.1.2: weak ones count, too).
fn has(metadata: &MetadataMap, tag: &str) -> bool {
    let Some(sent) = metadata.get(HAS_TAG).and_then(|sent| sent.to_str().ok()) else { return false };
    sent.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag)
}
