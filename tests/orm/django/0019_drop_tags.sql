BEGIN;
--
-- Remove field tags from product
--
DROP TABLE "shop_product_tags" CASCADE;
--
-- Add field slug to product
--
ALTER TABLE "shop_product" ADD COLUMN "slug" varchar(100) NULL;
--
-- Alter unique_together for review (0 constraint(s))
--
ALTER TABLE "shop_review" DROP CONSTRAINT "shop_review_product_id_customer_id_9304e2d1_uniq";
--
-- Delete model Tag
--
DROP TABLE "shop_tag" CASCADE;
CREATE INDEX "shop_product_slug_30bd2d5d" ON "shop_product" ("slug");
CREATE INDEX "shop_product_slug_30bd2d5d_like" ON "shop_product" ("slug" varchar_pattern_ops);
COMMIT;
