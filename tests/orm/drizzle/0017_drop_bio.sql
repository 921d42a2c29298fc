ALTER TABLE "posts" DROP CONSTRAINT "posts_views_positive";--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "bio";