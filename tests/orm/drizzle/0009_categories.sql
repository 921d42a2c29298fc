CREATE TABLE "categories" (
	"id" serial PRIMARY KEY NOT NULL,
	"label" varchar(40) NOT NULL,
	"position" smallint DEFAULT 0 NOT NULL,
	CONSTRAINT "category_label" UNIQUE("label")
);
--> statement-breakpoint
ALTER TABLE "posts" ADD COLUMN "category_id" integer;--> statement-breakpoint
ALTER TABLE "replies" ADD COLUMN "approved_by" integer;--> statement-breakpoint
ALTER TABLE "posts" ADD CONSTRAINT "posts_category_id_categories_id_fk" FOREIGN KEY ("category_id") REFERENCES "public"."categories"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replies" ADD CONSTRAINT "replies_approved_by_users_id_fk" FOREIGN KEY ("approved_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;