-- Parcels and where they are.
CREATE TABLE depot (
    depot_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        varchar(50) NOT NULL,
    city        varchar(50) NOT NULL
);

CREATE TABLE parcel (
    parcel_id   serial PRIMARY KEY,
    depot_id    integer NOT NULL REFERENCES depot (depot_id),
    receiver    varchar(100) NOT NULL,
    weight      numeric(6, 2),
    sent_at     timestamp NOT NULL DEFAULT now()
);

CREATE INDEX parcel_depot_idx ON parcel (depot_id);

CREATE TABLE scan (
    scan_id     serial PRIMARY KEY,
    parcel_id   integer NOT NULL REFERENCES parcel ON DELETE CASCADE,
    place       text,
    scanned_at  timestamptz NOT NULL
);
