BEGIN;
--
-- Add field tags to product
--
DROP TABLE "shop_product_tags" CASCADE;
--
-- Create model Review
--
DROP TABLE "shop_review" CASCADE;
--
-- Create model Tag
--
DROP TABLE "shop_tag" CASCADE;
COMMIT;
