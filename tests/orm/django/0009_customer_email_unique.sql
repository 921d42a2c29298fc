BEGIN;
--
-- Alter field email on customer
--
ALTER TABLE "shop_customer" ADD CONSTRAINT "shop_customer_email_d3fdf104_uniq" UNIQUE ("email");
CREATE INDEX "shop_customer_email_d3fdf104_like" ON "shop_customer" ("email" varchar_pattern_ops);
COMMIT;
