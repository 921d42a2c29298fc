ALTER TABLE "posts" ALTER COLUMN "subtitle" SET DEFAULT '';--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "subtitle" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "posts" ADD COLUMN "slug" varchar(80);--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "labels" text[];--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "settings" jsonb DEFAULT '{"theme":"light"}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "credit" numeric(8, 2) DEFAULT '0' NOT NULL;