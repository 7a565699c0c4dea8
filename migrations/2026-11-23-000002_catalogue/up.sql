-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner of theaters, screens, screen_seats and events: event-svc. search-svc and booking-svc only read them.
CREATE TABLE IF NOT EXISTS theaters (
    theater_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    theater_name text NOT NULL CHECK (length(theater_name) BETWEEN 1 AND 200),
    city text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    -- IANA name; times are stored in UTC and shown in this zone.
    time_zone text NOT NULL DEFAULT 'UTC',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT theaters_name_city UNIQUE (theater_name, city)
);

CREATE TABLE IF NOT EXISTS screens (
    screen_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    theater_id bigint NOT NULL REFERENCES theaters (theater_id),
    screen_name text NOT NULL CHECK (length(screen_name) BETWEEN 1 AND 200),
    -- The point of the layout that the best seats are nearest to, in the seats' own units.
    focal_x real NOT NULL DEFAULT 0,
    focal_y real NOT NULL DEFAULT 0,
    CONSTRAINT screens_name_theater UNIQUE (theater_id, screen_name)
);

-- The seat layout that a new event's tickets are made from. Changing it changes no event that exists.
CREATE TABLE IF NOT EXISTS screen_seats (
    screen_id bigint NOT NULL REFERENCES screens (screen_id),
    seat_number text NOT NULL CHECK (length(seat_number) BETWEEN 1 AND 40),
    -- Order within the layout, from 1; it becomes the low 20 bits of the ticket_id.
    seat_index integer NOT NULL CHECK (seat_index BETWEEN 1 AND 1048575),
    section text NOT NULL DEFAULT '',
    row_label text NOT NULL DEFAULT '',
    x real NOT NULL DEFAULT 0,
    y real NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'STANDARD'
    CHECK (kind IN ('STANDARD', 'WHEELCHAIR', 'COMPANION', 'RESTRICTED_VIEW')),
    -- Minor units; NULL takes the event's default price.
    price bigint CHECK (price BETWEEN 0 AND 100000000),
    PRIMARY KEY (screen_id, seat_number),
    CONSTRAINT screen_seats_index UNIQUE (screen_id, seat_index)
);

CREATE TABLE IF NOT EXISTS events (
    -- 43 bits, so that event_id << 20 fits a ticket_id.
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (event_id BETWEEN 1 AND 8796093022207),
    event_name text NOT NULL CHECK (length(event_name) BETWEEN 1 AND 300),
    description text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '',
    theater_id bigint NOT NULL REFERENCES theaters (theater_id),
    screen_id bigint NOT NULL REFERENCES screens (screen_id),
    start_time timestamptz NOT NULL,
    cdn_link text NOT NULL DEFAULT '',
    -- ISO 4217.
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Both follow the tickets' layout and price, which change rarely; sales never write here (no hot row).
    total_ticket_count integer NOT NULL DEFAULT 0,
    price_from bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS events_by_start ON events (start_time, event_id);
CREATE INDEX IF NOT EXISTS events_by_theater ON events (theater_id, start_time);

-- Two owners of one row. Layout and price (seat_number … price): event-svc.
-- Status (status … booking_id): booking-svc, in the transactions of its reserve queue and its booking state machine.
-- No index covers a status column, so that a sale is a HOT update; the fill factor leaves it room on its page.
CREATE TABLE IF NOT EXISTS tickets (
    ticket_id bigint NOT NULL,
    event_id bigint NOT NULL REFERENCES events (event_id),
    seat_number text NOT NULL CHECK (length(seat_number) BETWEEN 1 AND 40),
    section text NOT NULL DEFAULT '',
    row_label text NOT NULL DEFAULT '',
    x real NOT NULL DEFAULT 0,
    y real NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'STANDARD'
    CHECK (kind IN ('STANDARD', 'WHEELCHAIR', 'COMPANION', 'RESTRICTED_VIEW')),
    -- Minor units of the event's currency: what the seat costs whoever takes it next.
    price bigint NOT NULL CHECK (price BETWEEN 0 AND 100000000),
    -- 0 AVAILABLE, 1 RESERVED, 2 BOOKED, 3 BLOCKED (held back by the house).
    status smallint NOT NULL DEFAULT 0,
    reserved_by bigint,
    -- A reservation is the set of rows that bear its id; it has no table of its own.
    reservation_id uuid,
    -- When the status last changed.
    status_at timestamptz NOT NULL DEFAULT now(),
    -- A RESERVED row past this moment is free again, unless booking_id says that its payment is in flight.
    held_until timestamptz,
    -- The price at which the seat was taken; a later reprice does not touch it.
    taken_price bigint,
    -- RESERVED: the booking whose payment is in flight. BOOKED: the booking that owns the seat.
    booking_id uuid,
    -- The event first in meaning, the ticket first in the index: one array of ids then seeks it directly.
    PRIMARY KEY (ticket_id, event_id),
    CONSTRAINT tickets_seat UNIQUE (event_id, seat_number),
    CONSTRAINT tickets_id_carries_event CHECK ((ticket_id >> 20) = event_id),
    -- INVARIANT I1, I4: a row says who has it and until when exactly if somebody does.
    CONSTRAINT tickets_status_shape CHECK (
        (status = 0 AND reserved_by IS NULL AND reservation_id IS NULL AND held_until IS NULL
            AND taken_price IS NULL AND booking_id IS NULL)
        OR (status = 1 AND reserved_by IS NOT NULL AND reservation_id IS NOT NULL AND held_until IS NOT NULL
            AND taken_price IS NOT NULL)
        OR (status = 2 AND taken_price IS NOT NULL AND booking_id IS NOT NULL)
        OR (status = 3 AND booking_id IS NULL)
    )
) WITH (fillfactor = 70);
