-- The documents from before, some hundred at a time, each in a transaction of its own: no lock is held for long, and a run
-- that was cut off is repeated.
DO $$
DECLARE
    wanted bigint [];
    done bigint := 0;
BEGIN
    LOOP
        wanted := array(SELECT document_id FROM search_documents WHERE document_id > done ORDER BY document_id LIMIT 500);
        EXIT WHEN cardinality(wanted) = 0;
        PERFORM search_schedule(wanted);
        COMMIT;
        done := wanted[cardinality(wanted)];
    END LOOP;
END
$$;
