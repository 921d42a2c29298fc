CREATE TABLE "old_drafts" (
	"id" serial PRIMARY KEY NOT NULL,
	"post_id" integer,
	"body" text
);
--> statement-breakpoint
ALTER TABLE "posts" ADD COLUMN "subtitle" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "bio" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "active" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "old_drafts" ADD CONSTRAINT "old_drafts_post_id_posts_id_fk" FOREIGN KEY ("post_id") REFERENCES "public"."posts"("id") ON DELETE no action ON UPDATE no action;