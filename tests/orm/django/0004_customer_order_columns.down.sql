BEGIN;
--
-- Alter field placed_at on order
--
DROP INDEX IF EXISTS "shop_order_placed_at_d1473600";
--
-- Add field note to order
--
ALTER TABLE "shop_order" DROP COLUMN "note" CASCADE;
--
-- Add field newsletter to customer
--
ALTER TABLE "shop_customer" DROP COLUMN "newsletter" CASCADE;
--
-- Add field born to customer
--
ALTER TABLE "shop_customer" DROP COLUMN "born" CASCADE;
--
-- Add field balance to customer
--
ALTER TABLE "shop_customer" DROP COLUMN "balance" CASCADE;
COMMIT;
