-- Checks the rows that were there before the constraint; a transaction of its own, so that nobody waits for it.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

ALTER TABLE events VALIDATE CONSTRAINT events_waiting_room;
