//! Where a call came from, as the edge says.

use tonic::metadata::MetadataMap;
use usher::limit::CLIENT_ADDRESS;

/// The client's address; `None` for a call that came past the edge.
pub fn client_address(metadata: &MetadataMap) -> Option<String> {
    metadata.get(CLIENT_ADDRESS).and_then(|address| address.to_str().ok()).map(ToOwned::to_owned)
}
