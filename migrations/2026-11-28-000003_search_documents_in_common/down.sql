DROP INDEX CONCURRENTLY IF EXISTS search_documents_in_common;
