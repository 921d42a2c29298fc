ALTER TABLE devices RENAME TO sensors;
ALTER TABLE readings RENAME COLUMN device_id TO sensor_id;
ALTER TABLE readings DROP CONSTRAINT fk_device, ADD CONSTRAINT fk_sensor FOREIGN KEY (sensor_id) REFERENCES sensors (id) ON DELETE CASCADE;
ALTER TABLE sensors DROP COLUMN installed_at;
