-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: booking-svc. What a user asked for and was granted, written in the reserve's own transaction: it answers a
-- repeated request_id, tells a reused one, and counts how many seats a user holds at an event. Who holds a seat is said
-- by the seat's row alone. Rows are deleted some days after the hold's end.
CREATE TABLE IF NOT EXISTS reservations (
    event_id bigint NOT NULL,
    user_id bigint NOT NULL,
    -- Counts the user's reservations at the event. Two transactions that count at the same time both write the same
    -- number, so that the second sees what the first one took.
    nth integer NOT NULL,
    reservation_id uuid NOT NULL,
    ticket_ids bigint [] NOT NULL CHECK (cardinality(ticket_ids) > 0),
    -- Minor units of the event's currency, all seats together.
    amount bigint NOT NULL CHECK (amount >= 0),
    held_until timestamptz NOT NULL,
    PRIMARY KEY (event_id, user_id, nth)
);
-- For the clean-up alone; rows come in the order of their ends, so that a summary of each block range is enough.
CREATE INDEX IF NOT EXISTS reservations_by_end ON reservations USING brin (held_until);
