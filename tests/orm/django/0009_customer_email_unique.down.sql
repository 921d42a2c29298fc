BEGIN;
--
-- Alter field email on customer
--
ALTER TABLE "shop_customer" DROP CONSTRAINT "shop_customer_email_d3fdf104_uniq";
DROP INDEX IF EXISTS "shop_customer_email_d3fdf104_like";
COMMIT;
