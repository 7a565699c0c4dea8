-- Stands for what Citus adds to PostgreSQL, with its rules for keys, references and triggers.
CREATE TABLE citus_tables (table_name regclass PRIMARY KEY, kind text NOT NULL);

CREATE FUNCTION place(placed regclass, placed_as text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
    IF placed_as <> 'local' AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = placed AND NOT tgisinternal) THEN
        RAISE EXCEPTION '% has triggers', placed;
    END IF;
    INSERT INTO citus_tables VALUES (placed, placed_as);
    -- A shard refers to other shards of its event, or to what is on each node; nothing refers to shards but shards.
    SELECT c.conrelid::regclass || ' refers to ' || c.confrelid::regclass INTO wrong
    FROM pg_constraint AS c
    INNER JOIN citus_tables AS f ON f.table_name = c.conrelid
    INNER JOIN citus_tables AS t ON t.table_name = c.confrelid
    WHERE c.contype = 'f' AND (f.kind, t.kind) NOT IN (
        ('distributed', 'reference'), ('reference', 'reference'), ('reference', 'local'), ('local', 'local'),
        ('local', 'reference'));
    IF FOUND THEN
        RAISE EXCEPTION '%', wrong;
    END IF;
END $$;

CREATE FUNCTION create_reference_table(placed regclass) RETURNS void LANGUAGE sql
AS $$ SELECT place(placed, 'reference') $$;

CREATE FUNCTION citus_add_local_table_to_metadata(placed regclass) RETURNS void LANGUAGE sql
AS $$ SELECT place(placed, 'local') $$;

CREATE FUNCTION create_distributed_table(
    placed regclass, by_column text, colocate_with text DEFAULT 'default', shard_count integer DEFAULT 32
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_index AS i WHERE i.indrelid = placed AND i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = placed AND a.attname = by_column AND a.attnum = ANY (i.indkey::smallint []))
    ) THEN
        RAISE EXCEPTION '% has a key without %', placed, by_column;
    END IF;
    IF colocate_with <> 'default' AND NOT EXISTS (
        SELECT FROM citus_tables WHERE table_name = colocate_with::regclass AND kind = 'distributed'
    ) THEN
        RAISE EXCEPTION '% is not shared out yet', colocate_with;
    END IF;
    PERFORM place(placed, 'distributed');
END $$;
