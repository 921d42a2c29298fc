BEGIN;
--
-- Rename model OrderLine to OrderItem
--
ALTER TABLE "shop_orderitem" RENAME TO "shop_orderline";
COMMIT;
