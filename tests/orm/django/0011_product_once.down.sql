BEGIN;
--
-- Create constraint product_once on model orderitem
--
ALTER TABLE "shop_orderitem" DROP CONSTRAINT "product_once";
--
-- Alter unique_together for review (1 constraint(s))
--
ALTER TABLE "shop_review" DROP CONSTRAINT "shop_review_product_id_customer_id_9304e2d1_uniq";
--
-- Add field reference to order
--
ALTER TABLE "shop_order" DROP COLUMN "reference" CASCADE;
COMMIT;
