CREATE TYPE parcel_state AS ENUM ('new', 'on the way', 'delivered');
ALTER TABLE parcel ADD COLUMN state parcel_state NOT NULL DEFAULT 'new';
ALTER TABLE parcel ADD COLUMN tracking_code varchar(20) UNIQUE;
UPDATE parcel SET tracking_code = 'T' || lpad(parcel_id::text, 8, '0');
ALTER TABLE parcel ALTER COLUMN tracking_code SET NOT NULL;
