BEGIN;
--
-- Delete model Tag
--
CREATE TABLE "shop_tag" ("id" bigserial NOT NULL PRIMARY KEY, "word" varchar(30) NOT NULL UNIQUE);
--
-- Alter unique_together for review (0 constraint(s))
--
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_product_id_customer_id_9304e2d1_uniq" UNIQUE ("product_id", "customer_id");
--
-- Add field slug to product
--
ALTER TABLE "shop_product" DROP COLUMN "slug" CASCADE;
--
-- Remove field tags from product
--
CREATE TABLE "shop_product_tags" ("id" bigserial NOT NULL PRIMARY KEY, "product_id" bigint NOT NULL, "tag_id" bigint NOT NULL);
CREATE INDEX "shop_tag_word_8e0dd664_like" ON "shop_tag" ("word" varchar_pattern_ops);
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_product_id_tag_id_a244154e_uniq" UNIQUE ("product_id", "tag_id");
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_product_id_9a158885_fk_shop_product_id" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_product_tags" ADD CONSTRAINT "shop_product_tags_tag_id_dd30c4fb_fk_shop_tag_id" FOREIGN KEY ("tag_id") REFERENCES "shop_tag" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_product_tags_product_id_9a158885" ON "shop_product_tags" ("product_id");
CREATE INDEX "shop_product_tags_tag_id_dd30c4fb" ON "shop_product_tags" ("tag_id");
COMMIT;
