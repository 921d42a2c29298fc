INSERT INTO "feedback" ("stars", "text", "eventId", "visitorId") SELECT 1 + i % 5, CASE WHEN i % 4 > 0 THEN 'text ' || i END, 1 + i % 250, 1 + i % 400 FROM generate_series(1, 300) AS i;
UPDATE "ticket" SET "soldAt" = timestamptz '2023-11-01 09:00+00' + ("price" * interval '1 hour');
UPDATE "event" SET "state" = 'open', "info" = jsonb_build_object('doors', '19:00') WHERE "id" % 2 = 0;
INSERT INTO "poster" ("file", "eventId") SELECT i || '.png', i FROM generate_series(1, 100) AS i;
