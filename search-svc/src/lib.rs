//! Usher search service: find events.
