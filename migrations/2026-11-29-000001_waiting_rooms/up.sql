-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: event-svc, like all of events; booking-svc reads whether there is a waiting room.
ALTER TABLE events
-- NULL: there is none, and whoever comes may reserve. Else so many are let in a minute.
ADD COLUMN IF NOT EXISTS admissions_per_minute integer,
-- Nobody is let in before. NULL: at once.
ADD COLUMN IF NOT EXISTS waiting_room_opens_at timestamptz;
ALTER TABLE events
ADD CONSTRAINT events_waiting_room CHECK (admissions_per_minute BETWEEN 1 AND 1000000) NOT VALID;
