-- What the provider did not take or could not pay out, for the count of it. Alone in its file: statements that are sent
-- together are one transaction, in which no index is made concurrently, and so it has the timeouts of its session.
-- squawk-ignore require-timeout-settings
CREATE INDEX CONCURRENTLY IF NOT EXISTS refunds_unpaid ON refunds (created_at)
WHERE status <> 'DONE' AND failure IS NOT NULL;
