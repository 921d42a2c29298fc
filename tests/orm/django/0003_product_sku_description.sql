BEGIN;
--
-- Add field description to product
--
ALTER TABLE "shop_product" ADD COLUMN "description" text DEFAULT '' NOT NULL;
ALTER TABLE "shop_product" ALTER COLUMN "description" DROP DEFAULT;
--
-- Add field sku to product
--
ALTER TABLE "shop_product" ADD COLUMN "sku" varchar(16) NULL UNIQUE;
CREATE INDEX "shop_product_sku_20049d15_like" ON "shop_product" ("sku" varchar_pattern_ops);
COMMIT;
