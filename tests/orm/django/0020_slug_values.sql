BEGIN;
--
-- Raw SQL operation
--
UPDATE shop_product SET slug = lower(regexp_replace(name, '[^A-Za-z0-9]+', '-', 'g')) || '-' || id WHERE slug IS NULL;
COMMIT;
