INSERT INTO "speaker" ("name", "fee") SELECT 'Speaker ' || i, i * 10.5 FROM generate_series(1, 60) AS i;
INSERT INTO "event_speaker" ("eventId", "speakerId") SELECT i, 1 + i % 60 FROM generate_series(1, 250) AS i;
UPDATE "event" SET "createdAt" = '2023-10-01 00:00+00', "slug" = CASE WHEN "id" % 5 > 0 THEN 'concert-' || "id" END;
