BEGIN;
--
-- Add field balance to customer
--
ALTER TABLE "shop_customer" ADD COLUMN "balance" integer DEFAULT 0 NOT NULL;
ALTER TABLE "shop_customer" ALTER COLUMN "balance" DROP DEFAULT;
--
-- Add field born to customer
--
ALTER TABLE "shop_customer" ADD COLUMN "born" date NULL;
--
-- Add field newsletter to customer
--
ALTER TABLE "shop_customer" ADD COLUMN "newsletter" boolean DEFAULT false NOT NULL;
ALTER TABLE "shop_customer" ALTER COLUMN "newsletter" DROP DEFAULT;
--
-- Add field note to order
--
ALTER TABLE "shop_order" ADD COLUMN "note" varchar(200) NULL;
--
-- Alter field placed_at on order
--
CREATE INDEX "shop_order_placed_at_d1473600" ON "shop_order" ("placed_at");
COMMIT;
