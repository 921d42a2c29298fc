BEGIN;
--
-- Alter field sku on product
--
DROP INDEX IF EXISTS "shop_product_sku_20049d15_like";
ALTER TABLE "shop_product" ALTER COLUMN "sku" TYPE varchar(16) USING "sku"::varchar(16);
--
-- Alter field placed_at on order
--
ALTER TABLE "shop_order" ALTER COLUMN "placed_at" TYPE date USING "placed_at"::date;
--
-- Add field coupon to order
--
SET CONSTRAINTS "shop_order_coupon_id_b64bb177_fk_shop_coupon_id" IMMEDIATE; ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_coupon_id_b64bb177_fk_shop_coupon_id";
ALTER TABLE "shop_order" DROP COLUMN "coupon_id" CASCADE;
COMMIT;
