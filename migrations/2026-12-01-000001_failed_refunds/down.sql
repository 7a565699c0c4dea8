ALTER TABLE box_office_log DROP CONSTRAINT IF EXISTS box_office_log_deed;
ALTER TABLE box_office_log ADD CONSTRAINT box_office_log_action
CHECK (action IN ('BLOCK', 'UNBLOCK', 'SELL', 'RESEAT', 'CANCEL')) NOT VALID;
ALTER TABLE refunds DROP CONSTRAINT IF EXISTS refunds_status;
ALTER TABLE refunds ADD CONSTRAINT refunds_status_check CHECK (status IN ('PENDING', 'DONE')) NOT VALID;
