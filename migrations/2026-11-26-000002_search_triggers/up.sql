-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: event-svc. Whoever writes an event, its theatre or its screen writes what is searched of it in the same
-- transaction: this version, the one before it while it still serves, and whoever loads a thousand at once. A function
-- per table: the transition tables have the table's columns.
CREATE OR REPLACE FUNCTION search_after_event_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(array(SELECT event_id FROM made ORDER BY event_id));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION search_after_event_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(array(SELECT n.event_id FROM made AS n INNER JOIN was AS o USING (event_id)
        WHERE to_jsonb(n) - 'updated_at' <> to_jsonb(o) - 'updated_at' ORDER BY n.event_id));
    RETURN NULL;
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

CREATE OR REPLACE FUNCTION search_after_theater_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(array(SELECT e.event_id FROM events AS e
        INNER JOIN made AS n USING (theater_id) INNER JOIN was AS o USING (theater_id)
        WHERE (n.theater_name, n.city, n.time_zone) IS DISTINCT FROM (o.theater_name, o.city, o.time_zone)
        ORDER BY e.event_id));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION search_after_screen_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(array(SELECT e.event_id FROM events AS e
        INNER JOIN made AS n USING (screen_id) INNER JOIN was AS o USING (screen_id)
        WHERE n.screen_name <> o.screen_name AND e.theater_id = n.theater_id ORDER BY e.event_id));
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER events_search_insert AFTER INSERT ON events
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION search_after_event_insert();
CREATE OR REPLACE TRIGGER events_search_update AFTER UPDATE ON events
REFERENCING NEW TABLE AS made OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION search_after_event_update();
CREATE OR REPLACE TRIGGER events_search_delete AFTER DELETE ON events
REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION search_after_event_delete();
CREATE OR REPLACE TRIGGER theaters_search_update AFTER UPDATE ON theaters
REFERENCING NEW TABLE AS made OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION search_after_theater_update();
CREATE OR REPLACE TRIGGER screens_search_update AFTER UPDATE ON screens
REFERENCING NEW TABLE AS made OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION search_after_screen_update();
