INSERT INTO depot (name, city) SELECT 'Depot ' || i, 'City ' || i % 6 FROM generate_series(1, 20) AS i;
INSERT INTO parcel (depot_id, receiver, weight, sent_at) SELECT 1 + i % 20, 'Receiver ' || i, CASE WHEN i % 5 > 0 THEN i % 31 + 0.5 END, timestamp '2024-02-01 08:00' + i * interval '1 minute' FROM generate_series(1, 500) AS i;
INSERT INTO scan (parcel_id, place, scanned_at) SELECT 1 + i % 500, 'Gate ' || i % 12, timestamptz '2024-02-02 00:00+00' + i * interval '1 minute' FROM generate_series(1, 900) AS i;
