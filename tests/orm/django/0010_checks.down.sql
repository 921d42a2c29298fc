BEGIN;
--
-- Create constraint price_not_negative on model product
--
ALTER TABLE "shop_product" DROP CONSTRAINT "price_not_negative";
--
-- Create constraint some_quantity on model orderitem
--
ALTER TABLE "shop_orderitem" DROP CONSTRAINT "some_quantity";
--
-- Alter field rating on review
--
ALTER TABLE "shop_review" ALTER COLUMN "rating" TYPE smallint USING "rating"::smallint;
--
-- Alter field quantity on orderitem
--
ALTER TABLE "shop_orderitem" ALTER COLUMN "quantity" TYPE smallint USING "quantity"::smallint;
COMMIT;
