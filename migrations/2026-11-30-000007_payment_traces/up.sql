-- A migration that can't get its locks soon gives way to those who serve, and is run again later.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

-- Owner: booking-svc, like all of payments. Where the request that began the attempt was in its trace (W3C's traceparent);
-- NULL where that is not recorded. The provider is told it with the charge, and a charge that is repeated under the same
-- idempotency key has to be the same.
ALTER TABLE payments
ADD COLUMN IF NOT EXISTS traceparent text;
