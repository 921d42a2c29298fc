BEGIN;
ALTER TABLE "projects" DROP COLUMN "archived_at";
ALTER TABLE "users" DROP COLUMN "time_zone";
DROP INDEX "index_projects_on_owner_account_id";
ALTER TABLE "projects" DROP CONSTRAINT "fk_rails_9a1b2c3d4e";
DROP TABLE "projects_users";
ALTER TABLE "users" ADD "full_address" character varying GENERATED ALWAYS AS (lower(email)) STORED;
INSERT INTO "schema_migrations" ("version") VALUES ('20240310170000') RETURNING "version";
COMMIT;
