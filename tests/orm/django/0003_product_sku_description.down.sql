BEGIN;
--
-- Add field sku to product
--
ALTER TABLE "shop_product" DROP COLUMN "sku" CASCADE;
--
-- Add field description to product
--
ALTER TABLE "shop_product" DROP COLUMN "description" CASCADE;
COMMIT;
