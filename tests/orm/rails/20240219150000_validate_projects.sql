BEGIN;
ALTER TABLE "projects" VALIDATE CONSTRAINT "fk_rails_b872a6760a";
ALTER TABLE "projects" VALIDATE CONSTRAINT "chk_rails_0a1b2c3d4e";
COMMENT ON TABLE "projects" IS 'What people work on';
COMMENT ON COLUMN "projects"."budget" IS 'in euros';
INSERT INTO "schema_migrations" ("version") VALUES ('20240219150000') RETURNING "version";
COMMIT;
