BEGIN;
--
-- Alter field price on product
--
ALTER TABLE "shop_product" ALTER COLUMN "price" TYPE numeric(8, 2);
--
-- Alter field name on product
--
ALTER TABLE "shop_product" ALTER COLUMN "name" TYPE varchar(60);
--
-- Alter field note on order
--
ALTER TABLE "shop_order" ALTER COLUMN "note" DROP NOT NULL;
--
-- Raw SQL operation
--
COMMIT;
