DROP VIEW parcel_on_the_way;
ALTER TABLE depot ALTER COLUMN name TYPE varchar(200);
ALTER TABLE parcel ALTER COLUMN weight TYPE numeric(10, 3), ALTER COLUMN receiver TYPE text;
ALTER TABLE scan ALTER COLUMN scan_id TYPE bigint;
ALTER SEQUENCE scan_scan_id_seq AS bigint;
CREATE VIEW parcel_on_the_way AS SELECT parcel_id, receiver, weight, state FROM parcel WHERE state = 'on the way';
