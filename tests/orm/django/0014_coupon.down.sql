BEGIN;
--
-- Create constraint one_active_code on model coupon
--
DROP INDEX IF EXISTS "one_active_code";
--
-- Alter field balance on customer
--
ALTER TABLE "shop_customer" ALTER COLUMN "balance" TYPE integer USING "balance"::integer;
--
-- Create model Coupon
--
DROP TABLE "shop_coupon" CASCADE;
COMMIT;
