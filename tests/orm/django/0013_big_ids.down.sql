BEGIN;
--
-- Alter field id on tag
--
ALTER TABLE "shop_tag" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_tag_id_seq" CASCADE;
CREATE SEQUENCE "shop_tag_id_seq";
ALTER TABLE "shop_tag" ALTER COLUMN "id" SET DEFAULT nextval('"shop_tag_id_seq"');
SELECT setval('"shop_tag_id_seq"', MAX("id")) FROM "shop_tag";
ALTER SEQUENCE "shop_tag_id_seq" OWNED BY "shop_tag"."id";
ALTER TABLE "shop_product_tags" ALTER COLUMN "tag_id" TYPE integer USING "tag_id"::integer;
--
-- Alter field id on review
--
ALTER TABLE "shop_review" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_review_id_seq" CASCADE;
CREATE SEQUENCE "shop_review_id_seq";
ALTER TABLE "shop_review" ALTER COLUMN "id" SET DEFAULT nextval('"shop_review_id_seq"');
SELECT setval('"shop_review_id_seq"', MAX("id")) FROM "shop_review";
ALTER SEQUENCE "shop_review_id_seq" OWNED BY "shop_review"."id";
--
-- Alter field id on product
--
SET CONSTRAINTS "shop_review_product_id_f74dddfd_fk" IMMEDIATE; ALTER TABLE "shop_review" DROP CONSTRAINT "shop_review_product_id_f74dddfd_fk";
SET CONSTRAINTS "shop_orderitem_product_id_48153f22_fk" IMMEDIATE; ALTER TABLE "shop_orderitem" DROP CONSTRAINT "shop_orderitem_product_id_48153f22_fk";
ALTER TABLE "shop_product" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_product_id_seq" CASCADE;
CREATE SEQUENCE "shop_product_id_seq";
ALTER TABLE "shop_product" ALTER COLUMN "id" SET DEFAULT nextval('"shop_product_id_seq"');
SELECT setval('"shop_product_id_seq"', MAX("id")) FROM "shop_product";
ALTER SEQUENCE "shop_product_id_seq" OWNED BY "shop_product"."id";
ALTER TABLE "shop_product_tags" ALTER COLUMN "product_id" TYPE integer USING "product_id"::integer;
ALTER TABLE "shop_review" ALTER COLUMN "product_id" TYPE integer USING "product_id"::integer;
ALTER TABLE "shop_orderitem" ALTER COLUMN "product_id" TYPE integer USING "product_id"::integer;
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_product_id_f74dddfd_fk" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_orderitem" ADD CONSTRAINT "shop_orderitem_product_id_48153f22_fk" FOREIGN KEY ("product_id") REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED;
--
-- Alter field id on orderitem
--
ALTER TABLE "shop_orderitem" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_orderitem_id_seq" CASCADE;
CREATE SEQUENCE "shop_orderitem_id_seq";
ALTER TABLE "shop_orderitem" ALTER COLUMN "id" SET DEFAULT nextval('"shop_orderitem_id_seq"');
SELECT setval('"shop_orderitem_id_seq"', MAX("id")) FROM "shop_orderitem";
ALTER SEQUENCE "shop_orderitem_id_seq" OWNED BY "shop_orderitem"."id";
--
-- Alter field reference on order
--
ALTER TABLE "shop_order" ALTER COLUMN "reference" TYPE bigint USING "reference"::bigint;
--
-- Alter field id on order
--
SET CONSTRAINTS "shop_orderitem_order_id_2f1b00cf_fk" IMMEDIATE; ALTER TABLE "shop_orderitem" DROP CONSTRAINT "shop_orderitem_order_id_2f1b00cf_fk";
ALTER TABLE "shop_order" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_order_id_seq" CASCADE;
CREATE SEQUENCE "shop_order_id_seq";
ALTER TABLE "shop_order" ALTER COLUMN "id" SET DEFAULT nextval('"shop_order_id_seq"');
SELECT setval('"shop_order_id_seq"', MAX("id")) FROM "shop_order";
ALTER SEQUENCE "shop_order_id_seq" OWNED BY "shop_order"."id";
ALTER TABLE "shop_orderitem" ALTER COLUMN "order_id" TYPE integer USING "order_id"::integer;
ALTER TABLE "shop_orderitem" ADD CONSTRAINT "shop_orderitem_order_id_2f1b00cf_fk" FOREIGN KEY ("order_id") REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED;
--
-- Alter field id on customer
--
SET CONSTRAINTS "shop_order_customer_id_f638df20_fk" IMMEDIATE; ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_customer_id_f638df20_fk";
SET CONSTRAINTS "shop_review_customer_id_a570316d_fk" IMMEDIATE; ALTER TABLE "shop_review" DROP CONSTRAINT "shop_review_customer_id_a570316d_fk";
SET CONSTRAINTS "shop_address_customer_id_be2a0f4c_fk" IMMEDIATE; ALTER TABLE "shop_address" DROP CONSTRAINT "shop_address_customer_id_be2a0f4c_fk";
ALTER TABLE "shop_customer" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_customer_id_seq" CASCADE;
CREATE SEQUENCE "shop_customer_id_seq";
ALTER TABLE "shop_customer" ALTER COLUMN "id" SET DEFAULT nextval('"shop_customer_id_seq"');
SELECT setval('"shop_customer_id_seq"', MAX("id")) FROM "shop_customer";
ALTER SEQUENCE "shop_customer_id_seq" OWNED BY "shop_customer"."id";
ALTER TABLE "shop_order" ALTER COLUMN "customer_id" TYPE integer USING "customer_id"::integer;
ALTER TABLE "shop_review" ALTER COLUMN "customer_id" TYPE integer USING "customer_id"::integer;
ALTER TABLE "shop_address" ALTER COLUMN "customer_id" TYPE integer USING "customer_id"::integer;
ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_f638df20_fk" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_review" ADD CONSTRAINT "shop_review_customer_id_a570316d_fk" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_address" ADD CONSTRAINT "shop_address_customer_id_be2a0f4c_fk" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED;
--
-- Alter field id on category
--
SET CONSTRAINTS "shop_category_parent_id_901626c9_fk" IMMEDIATE; ALTER TABLE "shop_category" DROP CONSTRAINT "shop_category_parent_id_901626c9_fk";
SET CONSTRAINTS "shop_product_category_id_14d7eea8_fk" IMMEDIATE; ALTER TABLE "shop_product" DROP CONSTRAINT "shop_product_category_id_14d7eea8_fk";
ALTER TABLE "shop_category" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_category_id_seq" CASCADE;
CREATE SEQUENCE "shop_category_id_seq";
ALTER TABLE "shop_category" ALTER COLUMN "id" SET DEFAULT nextval('"shop_category_id_seq"');
SELECT setval('"shop_category_id_seq"', MAX("id")) FROM "shop_category";
ALTER SEQUENCE "shop_category_id_seq" OWNED BY "shop_category"."id";
ALTER TABLE "shop_category" ALTER COLUMN "parent_id" TYPE integer USING "parent_id"::integer;
ALTER TABLE "shop_product" ALTER COLUMN "category_id" TYPE integer USING "category_id"::integer;
ALTER TABLE "shop_category" ADD CONSTRAINT "shop_category_parent_id_901626c9_fk" FOREIGN KEY ("parent_id") REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_category_id_14d7eea8_fk" FOREIGN KEY ("category_id") REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED;
--
-- Alter field id on address
--
SET CONSTRAINTS "shop_order_address_id_89473fb7_fk" IMMEDIATE; ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_address_id_89473fb7_fk";
ALTER TABLE "shop_address" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "shop_address_id_seq" CASCADE;
CREATE SEQUENCE "shop_address_id_seq";
ALTER TABLE "shop_address" ALTER COLUMN "id" SET DEFAULT nextval('"shop_address_id_seq"');
SELECT setval('"shop_address_id_seq"', MAX("id")) FROM "shop_address";
ALTER SEQUENCE "shop_address_id_seq" OWNED BY "shop_address"."id";
ALTER TABLE "shop_order" ALTER COLUMN "address_id" TYPE integer USING "address_id"::integer;
ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_address_id_89473fb7_fk" FOREIGN KEY ("address_id") REFERENCES "shop_address" ("id") DEFERRABLE INITIALLY DEFERRED;
COMMIT;
