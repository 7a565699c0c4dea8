-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: event-svc, by its triggers; search-svc reads. When the events of a document are, in order, so that they are
-- counted by halving a list, and not one by one: a search for a theatre may find a hundred thousand. Documents of which
-- all events are gone keep an empty list.
CREATE TABLE IF NOT EXISTS search_starts (
    document_id bigint PRIMARY KEY REFERENCES search_documents (document_id),
    starts timestamptz [] NOT NULL,
    -- The lowest and the highest of their prices; NULL where there is none. Mostly a price filter lets all of them through,
    -- or none.
    price_least bigint,
    price_most bigint
);
-- A list is read to its middle, and a compressed one would have to be unpacked for that.
ALTER TABLE search_starts ALTER COLUMN starts SET STORAGE EXTERNAL;

-- Writes when the events of these documents are.
CREATE OR REPLACE FUNCTION search_schedule(documents bigint []) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- What is read from here on is the last word: another edit of these documents' events has ended, or waits. In the
    -- order of their ids, so that two edits don't wait for each other in a circle.
    PERFORM FROM search_documents WHERE document_id = ANY(documents) ORDER BY document_id FOR NO KEY UPDATE;
    INSERT INTO search_starts AS stands (document_id, starts, price_least, price_most)
    SELECT
        d.document_id,
        coalesce(array_agg(e.start_time ORDER BY e.start_time) FILTER (WHERE e.event_id IS NOT NULL), '{}'),
        min(e.price_from),
        max(e.price_from)
    FROM search_documents AS d LEFT JOIN event_search AS e USING (document_id)
    WHERE d.document_id = ANY(documents) GROUP BY d.document_id ORDER BY d.document_id
    ON CONFLICT (document_id) DO UPDATE SET
        starts = excluded.starts, price_least = excluded.price_least, price_most = excluded.price_most;
END
$$;

-- As it was, and tells the documents that gain or lose an event, or have one at another time or price.
CREATE OR REPLACE FUNCTION search_refresh(changed bigint []) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    rescheduled bigint [];
BEGIN
    IF cardinality(changed) = 0 THEN
        RETURN;
    END IF;
    -- What is read from here on is the last word: another edit of these events has ended, or waits.
    PERFORM FROM events WHERE event_id = ANY(changed) ORDER BY event_id FOR NO KEY UPDATE;
    INSERT INTO event_changes (event_id, document_before)
    SELECT event_id, stands.document_id
    FROM unnest(changed) AS event_id LEFT JOIN event_search AS stands USING (event_id);
    PERFORM search_learn(changed);
    rescheduled := array(
        SELECT DISTINCT document_id FROM (
            SELECT
                stands.document_id AS before, stands.start_time AS began, stands.price_from AS cost,
                d.document_id AS after, e.start_time, e.price_from
            FROM unnest(changed) AS event_id INNER JOIN event_search_source AS e USING (event_id)
            INNER JOIN search_documents AS d USING (digest)
            LEFT JOIN event_search AS stands USING (event_id)
        ) AS edit, LATERAL (VALUES (before), (after)) AS touched (document_id)
        WHERE (before, began, cost) IS DISTINCT FROM (after, start_time, price_from) AND document_id IS NOT NULL
    );
    PERFORM search_write(changed);
    PERFORM search_schedule(rescheduled);
    -- Few at a time, and none that another edit is deleting: nobody waits, and no job is needed.
    DELETE FROM event_changes WHERE change_id IN (
        SELECT change_id FROM event_changes WHERE changed_at < now() - interval '1 day'
        ORDER BY change_id LIMIT 200 FOR UPDATE SKIP LOCKED
    );
END
$$;

CREATE OR REPLACE FUNCTION search_after_event_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    rescheduled bigint [];
BEGIN
    rescheduled := array(
        SELECT DISTINCT document_id FROM event_search WHERE event_id IN (SELECT event_id FROM was)
    );
    INSERT INTO event_changes (event_id, document_before)
    SELECT event_id, document_id FROM event_search WHERE event_id IN (SELECT event_id FROM was);
    DELETE FROM event_search WHERE event_id IN (SELECT event_id FROM was);
    PERFORM search_schedule(rescheduled);
    RETURN NULL;
END
$$;
