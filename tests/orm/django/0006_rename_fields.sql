BEGIN;
--
-- Rename field phone on customer to telephone
--
ALTER TABLE "shop_customer" RENAME COLUMN "phone" TO "telephone";
--
-- Rename field title on product to name
--
ALTER TABLE "shop_product" RENAME COLUMN "title" TO "name";
COMMIT;
