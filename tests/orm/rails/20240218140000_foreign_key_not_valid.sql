BEGIN;
ALTER TABLE "projects" ADD CONSTRAINT "fk_rails_b872a6760a"
FOREIGN KEY ("user_id")
  REFERENCES "users" ("id")
 ON DELETE SET NULL NOT VALID;
ALTER TABLE "projects" ADD CONSTRAINT chk_rails_0a1b2c3d4e CHECK (budget >= 0) NOT VALID;
INSERT INTO "schema_migrations" ("version") VALUES ('20240218140000') RETURNING "version";
COMMIT;
