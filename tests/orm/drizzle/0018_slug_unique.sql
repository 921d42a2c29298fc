ALTER TABLE "posts" DROP CONSTRAINT "posts_author_slug";--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "slug" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "referrer_id" bigint;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_referrer_id_users_id_fk" FOREIGN KEY ("referrer_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "users_active" ON "users" USING btree ("id") WHERE "users"."active";--> statement-breakpoint
ALTER TABLE "posts" ADD CONSTRAINT "posts_slug" UNIQUE NULLS NOT DISTINCT("slug");