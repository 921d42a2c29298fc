ALTER TABLE "posts" ALTER COLUMN "headline" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "views" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "replies" ALTER COLUMN "body" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "replies" ALTER COLUMN "rating" SET DATA TYPE integer;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "display_name" SET DATA TYPE varchar(200);