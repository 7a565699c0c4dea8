-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: account-svc. Nobody else reads or writes this table; other services know a user by the claims of a token.
CREATE TABLE IF NOT EXISTS users (
    user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name text NOT NULL CHECK (length(user_name) BETWEEN 1 AND 200),
    -- Stored trimmed and in lower case, so that one address is one account.
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    -- Argon2id in PHC string form.
    password_hash text NOT NULL,
    gender text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    role text NOT NULL DEFAULT 'CUSTOMER' CHECK (role IN ('CUSTOMER', 'ADMIN', 'SCANNER')),
    created_at timestamptz NOT NULL DEFAULT now()
);
