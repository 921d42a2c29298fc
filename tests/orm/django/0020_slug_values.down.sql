BEGIN;
--
-- Raw SQL operation
--
UPDATE shop_product SET slug = NULL;
COMMIT;
