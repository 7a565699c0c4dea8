ALTER TABLE events DROP COLUMN IF EXISTS admissions_per_minute, DROP COLUMN IF EXISTS waiting_room_opens_at;
