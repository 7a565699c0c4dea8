-- What all events have in common is counted by document, without looking at the documents themselves. Alone in its file:
-- statements that are sent together are one transaction, in which no index is made concurrently, and so it has the
-- timeouts of its session. It waits for nobody's lock but to look whether the table is there.
-- squawk-ignore require-timeout-settings
CREATE INDEX CONCURRENTLY IF NOT EXISTS search_documents_in_common ON search_documents (document_id)
INCLUDE (theater_id, city_key, category_key);
