DROP INDEX "public"."IDX_venue_city";
ALTER TABLE "event" DROP CONSTRAINT "UQ_9d0d870657c4fac264cdca048e8";
ALTER TABLE "event" DROP COLUMN "slug";
