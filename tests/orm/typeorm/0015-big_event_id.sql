ALTER TABLE "event" ALTER COLUMN "id" TYPE bigint;
ALTER SEQUENCE "event_id_seq" AS bigint;
ALTER TABLE "ticket" ALTER COLUMN "eventId" TYPE bigint;
ALTER TABLE "review" ALTER COLUMN "eventId" TYPE bigint;
ALTER TABLE "poster" ALTER COLUMN "eventId" TYPE bigint;
ALTER TABLE "event_speaker" ALTER COLUMN "eventId" TYPE bigint;
