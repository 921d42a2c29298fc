ALTER TABLE parcel ALTER COLUMN sent_at TYPE timestamptz USING sent_at AT TIME ZONE 'Europe/Berlin';
ALTER TABLE parcel ALTER COLUMN sent_at SET DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE depot ADD CONSTRAINT depot_one_name UNIQUE (name, city);
DROP INDEX depot_name_city_key;
