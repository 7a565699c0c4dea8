-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Both are trusted: whoever may create in the database may have them.
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- What people type and what is written, in one form: lower case, no accents, no marks. search-svc/src/words.rs does the
-- same to a query. unaccent is only STABLE because its rules may be edited; whoever edits them runs search_refresh.
CREATE OR REPLACE FUNCTION search_fold(written text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(
        lower(public.unaccent('public.unaccent'::regdictionary, normalize(written, NFKD))), '[\u0300-\u036f]', '', 'g')
$$;

-- The words of a text, between single spaces.
CREATE OR REPLACE FUNCTION search_key(written text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(search_fold(written), '[^[:alnum:]]+', ' ', 'g'))
$$;

-- The words of a name, also as people write them in one: "winter s tale" and "winters tale", "wall e" and "walle".
CREATE OR REPLACE FUNCTION search_name_vector(written text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', search_key(written)
        || ' ' || regexp_replace(search_fold(written), '[^[:alnum:][:space:]]+', '', 'g'))
$$;

-- What of an event is searched, and how much each part counts: its name most, then the theatre, then city and
-- category, its description least.
CREATE OR REPLACE FUNCTION search_vector(
    event_name text, theater_name text, city text, category text, description text
) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT setweight(search_name_vector(event_name), 'A')
        || setweight(search_name_vector(theater_name), 'B')
        || setweight(to_tsvector('simple', search_key(city || ' ' || category)), 'C')
        || setweight(to_tsvector('simple', search_key(description)), 'D')
$$;

-- Owner of all tables here: event-svc, by triggers on its own tables, in the transaction of each edit. search-svc reads.
-- What is searched: one row for all events that say the same at the same theatre, be they a thousand. Rows are only
-- added; one that no event stands for any more is found and has nothing to show. The vector is of two tables, which a
-- generated column can't see.
CREATE TABLE IF NOT EXISTS search_documents (
    document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Of all that is searched, and of the theatre's id.
    digest uuid NOT NULL UNIQUE,
    theater_id bigint NOT NULL,
    title_key text NOT NULL,
    theater_key text NOT NULL,
    city_key text NOT NULL,
    category_key text NOT NULL,
    -- How many different words the name has: a name that says nothing else is nearer to what was asked.
    title_words integer NOT NULL,
    words tsvector NOT NULL
);
-- No pending list: a search must not pay for the edits before it.
CREATE INDEX IF NOT EXISTS search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off);
-- Whether a suggestion still has something to come.
CREATE INDEX IF NOT EXISTS search_documents_by_title ON search_documents (title_key);
CREATE INDEX IF NOT EXISTS search_documents_by_theater ON search_documents (theater_key);

-- One row per event: what is filtered, counted and ordered by.
CREATE TABLE IF NOT EXISTS event_search (
    event_id bigint PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES search_documents (document_id),
    start_time timestamptz NOT NULL,
    -- The date at the theatre.
    local_date date NOT NULL,
    theater_id bigint NOT NULL,
    -- Minor units of the event's currency.
    price_from bigint NOT NULL,
    city_key text NOT NULL,
    category_key text NOT NULL
);
-- The first two have all that a search reads: the table itself is not looked at.
CREATE INDEX IF NOT EXISTS event_search_by_start ON event_search (start_time, event_id)
INCLUDE (theater_id, price_from, local_date, city_key, category_key);
CREATE INDEX IF NOT EXISTS event_search_by_document ON event_search (document_id, start_time, event_id)
INCLUDE (theater_id, price_from, local_date, city_key, category_key);
CREATE INDEX IF NOT EXISTS event_search_by_theater ON event_search (theater_id, start_time);
CREATE INDEX IF NOT EXISTS event_search_by_city ON event_search (city_key, start_time);
CREATE INDEX IF NOT EXISTS event_search_by_category ON event_search (category_key, start_time);

-- Every word that was ever searched for in vain would be misspelled: the words that there are. Rows are only added; a
-- word of a past event corrects to something that is not found, which is what it was before.
CREATE TABLE IF NOT EXISTS search_words (
    -- By bytes, so that the index finds prefixes.
    word text COLLATE "C" PRIMARY KEY
);
CREATE INDEX IF NOT EXISTS search_words_like ON search_words USING gist (word gist_trgm_ops (siglen = 32));

-- What can be suggested, in the words of whoever wrote it first. Rows are only added: whether something of it is to come
-- is asked of event_search.
CREATE TABLE IF NOT EXISTS search_terms (
    kind text NOT NULL CHECK (kind IN ('EVENT', 'THEATER', 'CITY', 'CATEGORY')),
    key text NOT NULL,
    label text NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX IF NOT EXISTS search_terms_words ON search_terms USING gin (words) WITH (fastupdate = off);

-- The outbox: which event changed, in which transaction. A reader that remembers the oldest transaction that was under
-- way at its last look misses none, however late one commits. Rows are deleted after a day.
CREATE TABLE IF NOT EXISTS event_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL,
    -- What stood for it before; NULL: it is new.
    document_before bigint,
    transaction_id bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS event_changes_by_transaction ON event_changes (transaction_id);

CREATE OR REPLACE VIEW event_search_source AS
SELECT
    e.event_id,
    e.start_time,
    (e.start_time AT TIME ZONE t.time_zone)::date AS local_date,
    e.theater_id,
    e.price_from,
    e.event_name,
    t.theater_name,
    t.city,
    e.category,
    e.description,
    md5(jsonb_build_array(e.theater_id, e.event_name, t.theater_name, t.city, e.category, e.description)::text)::uuid
        AS digest
FROM events AS e INNER JOIN theaters AS t USING (theater_id);

-- Adds the documents, words and suggestions of these events that are not there yet, in the order of their keys, so that
-- two edits don't wait for each other in a circle.
CREATE OR REPLACE FUNCTION search_learn(changed bigint []) RETURNS void
LANGUAGE sql AS $$
    WITH source AS MATERIALIZED (
        SELECT DISTINCT ON (digest) e.*
        FROM unnest(changed) AS event_id INNER JOIN event_search_source AS e USING (event_id)
        WHERE NOT EXISTS (SELECT FROM search_documents AS d WHERE d.digest = e.digest)
        ORDER BY digest
    ), made AS MATERIALIZED (
        INSERT INTO search_documents
            (digest, theater_id, title_key, theater_key, city_key, category_key, title_words, words)
        SELECT digest, theater_id, search_key(event_name), search_key(theater_name), search_key(city),
            search_key(category), length(to_tsvector('simple', search_key(event_name))),
            search_vector(event_name, theater_name, city, category, description)
        FROM source ORDER BY digest
        ON CONFLICT DO NOTHING
        RETURNING words
    ), learnt AS (
        INSERT INTO search_words
        SELECT DISTINCT word FROM made, unnest(tsvector_to_array(words)) AS word
        WHERE length(word) BETWEEN 2 AND 60 ORDER BY word
        ON CONFLICT DO NOTHING
    )
    INSERT INTO search_terms (kind, key, label, words)
    SELECT kind, key, min(label), search_name_vector(min(label))
    FROM source, LATERAL (VALUES
        ('EVENT', search_key(event_name), event_name), ('THEATER', search_key(theater_name), theater_name),
        ('CITY', search_key(city), city), ('CATEGORY', search_key(category), category)
    ) AS term (kind, key, label)
    WHERE key <> ''
    GROUP BY kind, key ORDER BY kind, key
    ON CONFLICT DO NOTHING;
$$;

-- Writes what is searched of these events.
CREATE OR REPLACE FUNCTION search_write(changed bigint []) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO event_search AS stands
    SELECT e.event_id, d.document_id, e.start_time, e.local_date, e.theater_id, e.price_from, d.city_key, d.category_key
    FROM unnest(changed) AS event_id INNER JOIN event_search_source AS e USING (event_id)
    INNER JOIN search_documents AS d USING (digest)
    ORDER BY e.event_id
    ON CONFLICT (event_id) DO UPDATE SET
        document_id = excluded.document_id,
        start_time = excluded.start_time,
        local_date = excluded.local_date,
        theater_id = excluded.theater_id,
        price_from = excluded.price_from,
        city_key = excluded.city_key,
        category_key = excluded.category_key
    WHERE stands IS DISTINCT FROM excluded;
$$;

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
