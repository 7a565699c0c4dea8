-- The events from before the triggers, some thousand at a time, each in a transaction of its own: no lock is held for
-- long, and a run that was cut off is repeated. What an edit has written meanwhile is left alone.
DO $$
DECLARE
    wanted bigint [];
    done bigint := 0;
BEGIN
    LOOP
        wanted := array(SELECT event_id FROM events WHERE event_id > done ORDER BY event_id LIMIT 5000);
        EXIT WHEN cardinality(wanted) = 0;
        INSERT INTO event_search SELECT * FROM event_search_source WHERE event_id = ANY(wanted) ORDER BY event_id
        ON CONFLICT DO NOTHING;
        PERFORM search_learn(wanted);
        COMMIT;
        done := wanted[cardinality(wanted)];
    END LOOP;
END
$$;
