BEGIN;
--
-- Raw SQL operation
--
UPDATE shop_order SET note = '' WHERE note IS NULL;
--
-- Alter field note on order
--
ALTER TABLE "shop_order" ALTER COLUMN "note" SET DEFAULT '';
UPDATE "shop_order" SET "note" = '' WHERE "note" IS NULL;
ALTER TABLE "shop_order" ALTER COLUMN "note" SET NOT NULL;
ALTER TABLE "shop_order" ALTER COLUMN "note" DROP DEFAULT;
--
-- Alter field name on product
--
ALTER TABLE "shop_product" ALTER COLUMN "name" TYPE varchar(200);
--
-- Alter field price on product
--
ALTER TABLE "shop_product" ALTER COLUMN "price" TYPE numeric(12, 2);
COMMIT;
