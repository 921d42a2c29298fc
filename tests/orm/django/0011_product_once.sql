BEGIN;
--
-- Add field reference to order
--
ALTER TABLE "shop_order" ADD COLUMN "reference" bigint NULL;
--
-- Alter unique_together for review (1 constraint(s))
--
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_product_id_customer_id_9304e2d1_uniq" UNIQUE ("product_id", "customer_id");
--
-- Create constraint product_once on model orderitem
--
ALTER TABLE "shop_orderitem" ADD CONSTRAINT "product_once" UNIQUE ("order_id", "product_id");
COMMIT;
