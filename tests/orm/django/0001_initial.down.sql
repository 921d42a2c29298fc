BEGIN;
--
-- Create model OrderLine
--
DROP TABLE "shop_orderline" CASCADE;
--
-- Create model Product
--
DROP TABLE "shop_product" CASCADE;
--
-- Create model Order
--
DROP TABLE "shop_order" CASCADE;
--
-- Create model Customer
--
DROP TABLE "shop_customer" CASCADE;
--
-- Create model Category
--
DROP TABLE "shop_category" CASCADE;
COMMIT;
