BEGIN;
--
-- Add field parent to category
--
ALTER TABLE "shop_category" ADD COLUMN "parent_id" integer NULL CONSTRAINT "shop_category_parent_id_901626c9_fk_shop_category_id" REFERENCES "shop_category"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "shop_category_parent_id_901626c9_fk_shop_category_id" IMMEDIATE;
--
-- Add field rank to category
--
ALTER TABLE "shop_category" ADD COLUMN "rank" smallint DEFAULT 0 NOT NULL;
ALTER TABLE "shop_category" ALTER COLUMN "rank" DROP DEFAULT;
--
-- Create model Address
--
CREATE TABLE "shop_address" ("id" serial NOT NULL PRIMARY KEY, "street" varchar(120) NOT NULL, "town" varchar(60) NOT NULL, "country" varchar(2) NOT NULL, "customer_id" integer NOT NULL);
--
-- Add field address to order
--
ALTER TABLE "shop_order" ADD COLUMN "address_id" integer NULL CONSTRAINT "shop_order_address_id_89473fb7_fk_shop_address_id" REFERENCES "shop_address"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "shop_order_address_id_89473fb7_fk_shop_address_id" IMMEDIATE;
CREATE INDEX "shop_category_parent_id_901626c9" ON "shop_category" ("parent_id");
ALTER TABLE "shop_address" ADD CONSTRAINT "shop_address_customer_id_be2a0f4c_fk_shop_customer_id" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_address_town_1f52a87c" ON "shop_address" ("town");
CREATE INDEX "shop_address_town_1f52a87c_like" ON "shop_address" ("town" varchar_pattern_ops);
CREATE INDEX "shop_address_customer_id_be2a0f4c" ON "shop_address" ("customer_id");
CREATE INDEX "shop_order_address_id_89473fb7" ON "shop_order" ("address_id");
COMMIT;
