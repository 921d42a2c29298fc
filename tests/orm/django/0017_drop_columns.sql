--
-- Remove field newsletter from customer
--
ALTER TABLE "shop_customer" DROP COLUMN "newsletter" CASCADE;
--
-- Remove field reference from order
--
ALTER TABLE "shop_order" DROP COLUMN "reference" CASCADE;
--
-- Alter field town on address
--
DROP INDEX IF EXISTS "shop_address_town_1f52a87c";
DROP INDEX IF EXISTS "shop_address_town_1f52a87c_like";
--
-- Concurrently create index coupon_terms on field(s) terms of model coupon
--
CREATE INDEX CONCURRENTLY "coupon_terms" ON "shop_coupon" USING gin ("terms");
