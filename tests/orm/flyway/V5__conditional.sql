SET lock_timeout = '2s';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'depot' AND column_name = 'opened_on') THEN
        ALTER TABLE depot ADD COLUMN opened_on date;
    END IF;
END
$$;

ALTER TABLE IF EXISTS depot_old DROP COLUMN IF EXISTS name;
DROP TABLE IF EXISTS depot_old;
CREATE INDEX IF NOT EXISTS scan_parcel_idx ON scan (parcel_id, scanned_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS depot_name_city_key ON depot (lower(name), city);
RESET lock_timeout;
