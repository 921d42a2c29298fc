BEGIN;
CREATE TABLE "projects" ("id" bigserial primary key, "user_id" integer, "title" character varying(60), "description" character varying, "budget" decimal(8,2), "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE TABLE "projects_users" ("project_id" bigint NOT NULL, "user_id" bigint NOT NULL);
CREATE UNIQUE INDEX "index_projects_users_on_project_id_and_user_id" ON "projects_users" ("project_id", "user_id");
INSERT INTO "schema_migrations" ("version") VALUES ('20240111100000') RETURNING "version";
COMMIT;
