CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_readings_read_at ON readings USING brin (read_at);
