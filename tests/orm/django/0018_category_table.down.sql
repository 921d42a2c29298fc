BEGIN;
--
-- Rename table for category to catalogue_section
--
ALTER TABLE "catalogue_section" RENAME TO "shop_category";
COMMIT;
