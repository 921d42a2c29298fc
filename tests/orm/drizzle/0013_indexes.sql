DROP INDEX "posts_author_id_index";--> statement-breakpoint
CREATE INDEX "posts_author_created" ON "posts" USING btree ("author_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX CONCURRENTLY "users_handle_lower" ON "users" USING btree (lower("handle"));--> statement-breakpoint
ALTER TABLE "posts" ADD CONSTRAINT "posts_author_slug" UNIQUE("author_id","slug");