-- What all events have in common is counted by document, without looking at the documents themselves.
CREATE INDEX CONCURRENTLY IF NOT EXISTS search_documents_in_common ON search_documents (document_id)
INCLUDE (theater_id, city_key, category_key);
