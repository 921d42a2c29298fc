BEGIN;
--
-- Create model Coupon
--
CREATE TABLE "shop_coupon" ("id" uuid NOT NULL PRIMARY KEY, "code" varchar(20) NOT NULL, "active" boolean NOT NULL, "terms" jsonb NOT NULL, "countries" varchar(2)[] NOT NULL);
--
-- Alter field balance on customer
--
ALTER TABLE "shop_customer" ALTER COLUMN "balance" TYPE numeric(14, 2) USING "balance"::numeric(14, 2);
--
-- Create constraint one_active_code on model coupon
--
CREATE UNIQUE INDEX "one_active_code" ON "shop_coupon" ("code") WHERE "active";
COMMIT;
