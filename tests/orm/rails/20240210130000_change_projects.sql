BEGIN;
ALTER TABLE "projects" ALTER COLUMN "user_id" TYPE bigint;
ALTER TABLE "projects" ALTER COLUMN "title" TYPE character varying(255), ALTER COLUMN "title" SET DEFAULT '';
ALTER TABLE "projects" ALTER COLUMN "description" TYPE text;
ALTER TABLE "projects" ALTER COLUMN "budget" TYPE decimal(14,2), ALTER COLUMN "budget" SET DEFAULT 0.0;
UPDATE "projects" SET "title"='' WHERE "title" IS NULL;
ALTER TABLE "projects" ALTER COLUMN "title" SET NOT NULL;
INSERT INTO "schema_migrations" ("version") VALUES ('20240210130000') RETURNING "version";
COMMIT;
