BEGIN;

CREATE TABLE IF NOT EXISTS devices (
    id SERIAL PRIMARY KEY,
    serial_number VARCHAR(32) NOT NULL UNIQUE,
    model VARCHAR(40)
);

CREATE TABLE IF NOT EXISTS readings (
    id SERIAL PRIMARY KEY,
    device_id INT NOT NULL,
    value REAL NOT NULL,
    read_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT fk_device FOREIGN KEY (device_id) REFERENCES devices (id)
);

COMMIT;
