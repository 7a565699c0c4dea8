-- Checks the rows that were there before the constraints; a transaction of its own, so that nobody waits for it.
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '60s';

ALTER TABLE refunds VALIDATE CONSTRAINT refunds_status;
ALTER TABLE box_office_log VALIDATE CONSTRAINT box_office_log_deed;
