BEGIN;
--
-- Add field address to order
--
SET CONSTRAINTS "shop_order_address_id_89473fb7_fk_shop_address_id" IMMEDIATE; ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_address_id_89473fb7_fk_shop_address_id";
ALTER TABLE "shop_order" DROP COLUMN "address_id" CASCADE;
--
-- Create model Address
--
DROP TABLE "shop_address" CASCADE;
--
-- Add field rank to category
--
ALTER TABLE "shop_category" DROP COLUMN "rank" CASCADE;
--
-- Add field parent to category
--
SET CONSTRAINTS "shop_category_parent_id_901626c9_fk_shop_category_id" IMMEDIATE; ALTER TABLE "shop_category" DROP CONSTRAINT "shop_category_parent_id_901626c9_fk_shop_category_id";
ALTER TABLE "shop_category" DROP COLUMN "parent_id" CASCADE;
COMMIT;
