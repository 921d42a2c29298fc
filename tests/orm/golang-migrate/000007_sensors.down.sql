ALTER TABLE sensors ADD COLUMN installed_at DATE;
ALTER TABLE readings DROP CONSTRAINT fk_sensor, ADD CONSTRAINT fk_device FOREIGN KEY (sensor_id) REFERENCES sensors (id);
ALTER TABLE readings RENAME COLUMN sensor_id TO device_id;
ALTER TABLE sensors RENAME TO devices;
