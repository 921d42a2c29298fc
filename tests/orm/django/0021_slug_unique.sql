BEGIN;
--
-- Alter field slug on product
--
DROP INDEX IF EXISTS "shop_product_slug_30bd2d5d";
DROP INDEX IF EXISTS "shop_product_slug_30bd2d5d_like";
ALTER TABLE "shop_product" ALTER COLUMN "slug" SET NOT NULL;
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_slug_30bd2d5d_uniq" UNIQUE ("slug");
CREATE INDEX "shop_product_slug_30bd2d5d_like" ON "shop_product" ("slug" varchar_pattern_ops);
COMMIT;
