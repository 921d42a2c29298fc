BEGIN;
ALTER TABLE "users" RENAME COLUMN "login_count" TO "sign_in_count";
ALTER TABLE "accounts" RENAME TO "companies";
ALTER TABLE "accounts_id_seq" RENAME TO "companies_id_seq";
ALTER INDEX "accounts_pkey" RENAME TO "companies_pkey";
ALTER INDEX "index_users_on_lower_email" RENAME TO "index_users_on_email_lower";
INSERT INTO "schema_migrations" ("version") VALUES ('20240301160000') RETURNING "version";
COMMIT;
