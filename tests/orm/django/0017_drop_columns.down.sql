--
-- Concurrently create index coupon_terms on field(s) terms of model coupon
--
DROP INDEX CONCURRENTLY IF EXISTS "coupon_terms";
--
-- Alter field town on address
--
CREATE INDEX "shop_address_town_1f52a87c" ON "shop_address" ("town");
CREATE INDEX "shop_address_town_1f52a87c_like" ON "shop_address" ("town" varchar_pattern_ops);
--
-- Remove field reference from order
--
ALTER TABLE "shop_order" ADD COLUMN "reference" varchar(40) NULL;
--
-- Remove field newsletter from customer
--
ALTER TABLE "shop_customer" ADD COLUMN "newsletter" boolean DEFAULT false NOT NULL;
ALTER TABLE "shop_customer" ALTER COLUMN "newsletter" DROP DEFAULT;
