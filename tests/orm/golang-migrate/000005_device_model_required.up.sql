UPDATE devices SET model = 'unknown' WHERE model IS NULL;
ALTER TABLE devices ALTER COLUMN model SET DEFAULT 'unknown', ALTER COLUMN model SET NOT NULL;
ALTER TABLE devices ADD CONSTRAINT devices_model_check CHECK (length(model) > 1);
