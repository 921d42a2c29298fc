ALTER TABLE "replies" DROP CONSTRAINT "replies_approved_by_users_id_fk";
--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "created_at" SET DATA TYPE timestamp with time zone;--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "created_at" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "credit" SET DATA TYPE numeric(14, 2);--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "credit" SET DEFAULT '10.00';--> statement-breakpoint
ALTER TABLE "replies" DROP COLUMN "approved_by";