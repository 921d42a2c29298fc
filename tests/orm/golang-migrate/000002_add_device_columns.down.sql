DROP INDEX IF EXISTS idx_readings_device;
ALTER TABLE devices DROP COLUMN IF EXISTS enabled;
ALTER TABLE devices DROP COLUMN IF EXISTS installed_at;
