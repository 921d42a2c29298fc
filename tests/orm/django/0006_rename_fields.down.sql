BEGIN;
--
-- Rename field title on product to name
--
ALTER TABLE "shop_product" RENAME COLUMN "name" TO "title";
--
-- Rename field phone on customer to telephone
--
ALTER TABLE "shop_customer" RENAME COLUMN "telephone" TO "phone";
COMMIT;
