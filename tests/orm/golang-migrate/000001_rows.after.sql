INSERT INTO devices (serial_number, model) SELECT 'S' || i, CASE WHEN i % 3 > 0 THEN 'M' || i % 4 END FROM generate_series(1, 150) AS i;
INSERT INTO readings (device_id, value, read_at) SELECT 1 + i % 150, i % 100 / 4.0, timestamptz '2024-03-01 00:00+00' + i * interval '10 minutes' FROM generate_series(1, 1000) AS i;
