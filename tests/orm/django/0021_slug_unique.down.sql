BEGIN;
--
-- Alter field slug on product
--
ALTER TABLE "shop_product" DROP CONSTRAINT "shop_product_slug_30bd2d5d_uniq";
ALTER TABLE "shop_product" ALTER COLUMN "slug" DROP NOT NULL;
CREATE INDEX "shop_product_slug_30bd2d5d" ON "shop_product" ("slug");
COMMIT;
