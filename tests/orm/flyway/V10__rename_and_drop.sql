ALTER TABLE scan RENAME TO parcel_scan;
ALTER TABLE parcel RENAME COLUMN receiver TO addressee;
ALTER TABLE parcel DROP COLUMN fragile;
ALTER TABLE parcel DROP CONSTRAINT parcel_weight_positive;
ALTER TABLE parcel ADD CONSTRAINT parcel_weight_limit CHECK (weight BETWEEN 0.001 AND 100) NOT VALID;
ALTER TABLE parcel VALIDATE CONSTRAINT parcel_weight_limit;
