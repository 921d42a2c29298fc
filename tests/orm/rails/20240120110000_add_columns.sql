BEGIN;
ALTER TABLE "users" ADD "admin" boolean DEFAULT FALSE NOT NULL;
ALTER TABLE "users" ADD "time_zone" character varying;
ALTER TABLE "projects" ADD "archived_at" timestamp(6);
ALTER TABLE "projects" ADD "owner_account_id" bigint;
CREATE INDEX "index_projects_on_owner_account_id" ON "projects" ("owner_account_id");
ALTER TABLE "projects" ADD CONSTRAINT "fk_rails_9a1b2c3d4e"
FOREIGN KEY ("owner_account_id")
  REFERENCES "accounts" ("id")
;
INSERT INTO "schema_migrations" ("version") VALUES ('20240120110000') RETURNING "version";
COMMIT;
