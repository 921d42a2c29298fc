BEGIN;
--
-- Create model Category
--
CREATE TABLE "shop_category" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(40) NOT NULL);
--
-- Create model Customer
--
CREATE TABLE "shop_customer" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "email" varchar(100) NOT NULL, "phone" varchar(20) NOT NULL);
--
-- Create model Order
--
CREATE TABLE "shop_order" ("id" serial NOT NULL PRIMARY KEY, "placed_at" date NOT NULL, "status" varchar(10) NOT NULL, "customer_id" integer NOT NULL);
--
-- Create model Product
--
CREATE TABLE "shop_product" ("id" serial NOT NULL PRIMARY KEY, "title" varchar(60) NOT NULL, "price" numeric(8, 2) NOT NULL, "category_id" integer NOT NULL);
--
-- Create model OrderLine
--
CREATE TABLE "shop_orderline" ("id" serial NOT NULL PRIMARY KEY, "quantity" smallint NOT NULL, "order_id" integer NOT NULL, "product_id" integer NOT NULL);
ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_f638df20_fk_shop_customer_id" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_order_customer_id_f638df20" ON "shop_order" ("customer_id");
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_category_id_14d7eea8_fk_shop_category_id" FOREIGN KEY ("category_id") REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_product_category_id_14d7eea8" ON "shop_product" ("category_id");
ALTER TABLE "shop_orderline" ADD CONSTRAINT "shop_orderline_order_id_8ad562c5_fk_shop_order_id" FOREIGN KEY ("order_id") REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_orderline" ADD CONSTRAINT "shop_orderline_product_id_3f3985f6_fk_shop_product_id" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "shop_orderline_order_id_8ad562c5" ON "shop_orderline" ("order_id");
CREATE INDEX "shop_orderline_product_id_3f3985f6" ON "shop_orderline" ("product_id");
COMMIT;
