ALTER TABLE box_office_log DROP CONSTRAINT IF EXISTS box_office_log_action;
ALTER TABLE box_office_log ADD CONSTRAINT box_office_log_action_check
CHECK (action IN ('BLOCK', 'UNBLOCK', 'SELL', 'RESEAT')) NOT VALID;
DROP TABLE IF EXISTS refunds;
ALTER TABLE events
DROP CONSTRAINT IF EXISTS events_cancel_policy,
DROP COLUMN IF EXISTS cancel_fee_percent,
DROP COLUMN IF EXISTS cancel_minutes_before;
