UPDATE "event" SET "slug" = 'event-' || "id" WHERE "slug" IS NULL;
ALTER TABLE "speaker" DROP COLUMN "fee";
ALTER TABLE "event" ALTER COLUMN "slug" SET NOT NULL;
