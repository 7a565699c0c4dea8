-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner of all tables here: account-svc. Nobody else reads or writes them.
-- One row per sign-in on one device: what a line of refresh tokens belongs to.
CREATE TABLE IF NOT EXISTS sessions (
    -- The `sid` of its auth tokens.
    session_id uuid PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    -- With a refresh token it makes the next one. Neither is worth anything without the other, and tokens are not kept.
    seed bytea NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- Past this the row is deleted some time. A session that was ended stays until its auth tokens have expired.
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
-- What every process asks for each second.
CREATE INDEX IF NOT EXISTS sessions_ended ON sessions (ended_at, session_id) WHERE ended_at IS NOT NULL;

-- Every refresh token that may still come, used ones too: one that comes again tells that it was copied.
CREATE TABLE IF NOT EXISTS refresh_tokens (
    -- SHA-256; a token itself is kept nowhere.
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX IF NOT EXISTS refresh_tokens_by_session ON refresh_tokens (session_id, expires_at);

-- Who signs in by way of an identity provider (OpenID Connect).
CREATE TABLE IF NOT EXISTS identities (
    -- The provider's `iss`, and its name for the user (`sub`), which it gives to nobody else.
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id bigint NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    linked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX IF NOT EXISTS identities_by_user ON identities (user_id);
