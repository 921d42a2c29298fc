BEGIN;
--
-- Rename model OrderLine to OrderItem
--
ALTER TABLE "shop_orderline" RENAME TO "shop_orderitem";
COMMIT;
