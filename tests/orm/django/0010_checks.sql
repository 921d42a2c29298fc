BEGIN;
--
-- Alter field quantity on orderitem
--
ALTER TABLE "shop_orderitem" ALTER COLUMN "quantity" TYPE integer USING "quantity"::integer;
--
-- Alter field rating on review
--
ALTER TABLE "shop_review" ALTER COLUMN "rating" TYPE integer USING "rating"::integer;
--
-- Create constraint some_quantity on model orderitem
--
ALTER TABLE "shop_orderitem" ADD CONSTRAINT "some_quantity" CHECK ("quantity" > 0);
--
-- Create constraint price_not_negative on model product
--
ALTER TABLE "shop_product" ADD CONSTRAINT "price_not_negative" CHECK ("price" >= 0);
COMMIT;
