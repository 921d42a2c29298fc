BEGIN;
--
-- Create model Tag
--
CREATE TABLE "shop_tag" ("id" serial NOT NULL PRIMARY KEY, "word" varchar(30) NOT NULL UNIQUE);
--
-- Create model Review
--
CREATE TABLE "shop_review" ("id" serial NOT NULL PRIMARY KEY, "rating" smallint NOT NULL CHECK ("rating" >= 0), "body" text NOT NULL, "written_at" timestamp with time zone NOT NULL, "customer_id" integer NOT NULL, "product_id" integer NOT NULL);
--
-- Add field tags to product
--
CREATE TABLE "shop_product_tags" ("id" serial NOT NULL PRIMARY KEY, "product_id" integer NOT NULL, "tag_id" integer NOT NULL);
CREATE INDEX "shop_tag_word_8e0dd664_like" ON "shop_tag" ("word" varchar_pattern_ops);
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_customer_id_a570316d_fk_shop_customer_id" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_product_id_f74dddfd_fk_shop_product_id" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_review_customer_id_a570316d" ON "shop_review" ("customer_id");
CREATE INDEX "shop_review_product_id_f74dddfd" ON "shop_review" ("product_id");
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_product_id_tag_id_a244154e_uniq" UNIQUE ("product_id", "tag_id");
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_product_id_9a158885_fk_shop_product_id" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_tag_id_dd30c4fb_fk_shop_tag_id" FOREIGN KEY ("tag_id") REFERENCES "shop_tag" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_product_tags_product_id_9a158885" ON "shop_product_tags" ("product_id");
CREATE INDEX "shop_product_tags_tag_id_dd30c4fb" ON "shop_product_tags" ("tag_id");
COMMIT;
