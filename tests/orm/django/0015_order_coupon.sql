BEGIN;
--
-- Add field coupon to order
--
ALTER TABLE "shop_order" ADD COLUMN "coupon_id" uuid NULL UNIQUE CONSTRAINT "shop_order_coupon_id_b64bb177_fk_shop_coupon_id" REFERENCES "shop_coupon"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "shop_order_coupon_id_b64bb177_fk_shop_coupon_id" IMMEDIATE;
--
-- Alter field placed_at on order
--
ALTER TABLE "shop_order" ALTER COLUMN "placed_at" TYPE timestamp with time zone USING "placed_at"::timestamp with time zone;
--
-- Alter field sku on product
--
DROP INDEX IF EXISTS "shop_product_sku_20049d15_like";
ALTER TABLE "shop_product" ALTER COLUMN "sku" TYPE text USING "sku"::text;
COMMIT;
