BEGIN;
--
-- Alter field rank on category
--
ALTER TABLE "shop_category" ALTER COLUMN "rank" TYPE integer USING "rank"::integer;
--
-- Alter field category on product
--
SET CONSTRAINTS "shop_product_category_id_14d7eea8_fk" IMMEDIATE; ALTER TABLE "shop_product" DROP CONSTRAINT "shop_product_category_id_14d7eea8_fk";
ALTER TABLE "shop_product" ALTER COLUMN "category_id" DROP NOT NULL;
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_category_id_14d7eea8_fk_shop_category_id" FOREIGN KEY ("category_id") REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED;
COMMIT;
