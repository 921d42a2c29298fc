ALTER TABLE "event" ALTER COLUMN "headline" TYPE text;
ALTER TABLE "venue" ADD "website" text;
COMMENT ON COLUMN "venue"."website" IS 'with https://';
COMMENT ON COLUMN "event"."headline" IS 'as it is on the poster';
