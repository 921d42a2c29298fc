BEGIN;
--
-- Alter field category on product
--
SET CONSTRAINTS "shop_product_category_id_14d7eea8_fk_shop_category_id" IMMEDIATE; ALTER TABLE "shop_product" DROP CONSTRAINT "shop_product_category_id_14d7eea8_fk_shop_category_id";
ALTER TABLE "shop_product" ALTER COLUMN "category_id" SET NOT NULL;
ALTER TABLE "shop_product" ADD CONSTRAINT "shop_product_category_id_14d7eea8_fk_shop_category_id" FOREIGN KEY ("category_id") REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED;
--
-- Alter field rank on category
--
ALTER TABLE "shop_category" ALTER COLUMN "rank" TYPE smallint USING "rank"::smallint;
COMMIT;
