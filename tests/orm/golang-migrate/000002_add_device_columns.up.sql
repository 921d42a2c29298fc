ALTER TABLE devices ADD COLUMN IF NOT EXISTS installed_at DATE;
ALTER TABLE devices ADD COLUMN IF NOT EXISTS enabled BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX IF NOT EXISTS idx_readings_device ON readings (device_id, read_at);
