-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner of every table here: booking-svc. Each is keyed by event first, so that a booking stays on its event's shard.
CREATE TABLE IF NOT EXISTS bookings (
    event_id bigint NOT NULL,
    booking_id uuid NOT NULL,
    -- NULL: sold at the door to somebody without an account.
    user_id bigint,
    -- NULL: sold at the door, without a hold before.
    reservation_id uuid,
    ticket_ids bigint [] NOT NULL CHECK (cardinality(ticket_ids) > 0),
    -- Minor units.
    amount bigint NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    -- See booking-svc/src/state.rs for what may follow what.
    status text NOT NULL CHECK (
        status IN ('PENDING', 'BOOKED', 'FAILED', 'REFUNDING', 'REFUNDED', 'CANCELLED')
    ),
    channel text NOT NULL DEFAULT 'ONLINE' CHECK (channel IN ('ONLINE', 'CASH', 'COMPLIMENTARY')),
    -- SHA-256 of what was asked, to tell a repeated request from a reused id.
    request_hash bytea NOT NULL,
    -- The provider's decline code or our own reason, for a FAILED booking.
    failure text,
    -- When the reconciler may look next; it moves forward at each look.
    check_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, booking_id)
);
CREATE INDEX IF NOT EXISTS bookings_by_user ON bookings (user_id, created_at DESC, booking_id);
-- Only what is under way: the reconciler's list, small however many bookings are done.
CREATE INDEX IF NOT EXISTS bookings_open ON bookings (check_at) WHERE status IN ('PENDING', 'REFUNDING');

-- One row per attempt to pay. attempt_id is the provider's idempotency key, never the reservation's.
CREATE TABLE IF NOT EXISTS payments (
    event_id bigint NOT NULL,
    attempt_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The provider's token (pm_…), never a card number.
    payment_method text NOT NULL,
    payment_intent_id text,
    -- What the customer must do next, when the bank asks for it.
    redirect_url text,
    -- The provider's last word, in its own terms (requires_action, succeeded, …); NULL before the first.
    provider_status text,
    decline_code text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, attempt_id)
);
CREATE INDEX IF NOT EXISTS payments_by_booking ON payments (event_id, booking_id);

-- Every callback that passed its signature, stored before it is acted on.
CREATE TABLE IF NOT EXISTS payment_events (
    provider_event_id text PRIMARY KEY,
    event_type text NOT NULL,
    payload text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz
);

-- One row per admitted ticket of a booking: a token admits once.
CREATE TABLE IF NOT EXISTS admissions (
    event_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    booking_id uuid NOT NULL,
    admitted_by bigint NOT NULL,
    admitted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, ticket_id, booking_id)
);

-- Who did what at the box office, when and why. Rows are only ever added.
CREATE TABLE IF NOT EXISTS box_office_log (
    entry_id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    admin_id bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('BLOCK', 'UNBLOCK', 'SELL', 'RESEAT')),
    ticket_ids bigint [] NOT NULL,
    booking_id uuid,
    reason text NOT NULL DEFAULT '',
    acted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, entry_id)
);
