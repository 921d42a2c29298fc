INSERT INTO "venue" ("name", "city") SELECT 'Hall ' || i, 'City ' || i % 15 FROM generate_series(1, 40) AS i;
INSERT INTO "event" ("title", "startsAt", "venueId") SELECT 'Concert ' || i, timestamp '2024-01-01 20:00' + i * interval '1 day', 1 + i % 40 FROM generate_series(1, 250) AS i;
INSERT INTO "visitor" ("name", "email") SELECT 'Visitor ' || i, 'v' || i || '@example.org' FROM generate_series(1, 400) AS i;
INSERT INTO "ticket" ("id", "price", "seat", "eventId", "visitorId") SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, i % 90, CASE WHEN i % 3 > 0 THEN 'R' || i % 50 END, 1 + i % 250, 1 + i % 400 FROM generate_series(1, 900) AS i;
