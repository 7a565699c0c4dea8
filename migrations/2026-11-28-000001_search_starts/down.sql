-- As it was before.
-- The same, after an edit: also notes that they changed.
CREATE OR REPLACE FUNCTION search_refresh(changed bigint []) RETURNS void
LANGUAGE plpgsql AS $$
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
    PERFORM search_write(changed);
    -- Few at a time, and none that another edit is deleting: nobody waits, and no job is needed.
    DELETE FROM event_changes WHERE change_id IN (
        SELECT change_id FROM event_changes WHERE changed_at < now() - interval '1 day'
        ORDER BY change_id LIMIT 200 FOR UPDATE SKIP LOCKED
    );
END
$$;

CREATE OR REPLACE FUNCTION search_after_event_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_changes (event_id, document_before)
    SELECT event_id, document_id FROM event_search WHERE event_id IN (SELECT event_id FROM was);
    DELETE FROM event_search WHERE event_id IN (SELECT event_id FROM was);
    RETURN NULL;
END
$$;


DROP FUNCTION IF EXISTS search_schedule;
DROP TABLE IF EXISTS search_starts;
