CREATE TYPE severity AS ENUM ('low', 'high');
CREATE TABLE alarms (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    reading_id INT NOT NULL REFERENCES readings (id) ON DELETE CASCADE,
    level severity NOT NULL DEFAULT 'low'
);
ALTER TYPE severity ADD VALUE IF NOT EXISTS 'critical';
