BEGIN;
--
-- Rename table for category to catalogue_section
--
ALTER TABLE "shop_category" RENAME TO "catalogue_section";
COMMIT;
