-- The events from before the triggers, some thousand at a time, each in a transaction of its own: no lock is held for
-- long, and a run that was cut off is repeated. Edits of these events wait meanwhile, and sales don't.
DO $$
DECLARE
    wanted bigint [];
    done bigint := 0;
BEGIN
    LOOP
        wanted := array(SELECT event_id FROM events WHERE event_id > done ORDER BY event_id LIMIT 5000);
        EXIT WHEN cardinality(wanted) = 0;
        PERFORM FROM events WHERE event_id = ANY(wanted) ORDER BY event_id FOR NO KEY UPDATE;
        PERFORM search_learn(wanted);
        PERFORM search_write(wanted);
        COMMIT;
        done := wanted[cardinality(wanted)];
    END LOOP;
END
$$;
