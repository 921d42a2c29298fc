CREATE FUNCTION parcel_scanned() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- a semicolon; and a quote ' in a comment
    UPDATE parcel SET state = 'on the way' WHERE parcel_id = NEW.parcel_id AND state = 'new';
    RETURN NEW;
END;
$body$;

CREATE TRIGGER scan_moves_parcel AFTER INSERT ON scan FOR EACH ROW EXECUTE FUNCTION parcel_scanned();

CREATE VIEW parcel_on_the_way AS SELECT parcel_id, receiver, state FROM parcel WHERE state = 'on the way';
