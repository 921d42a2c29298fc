--
-- Concurrently create index customer_by_name on field(s) name, -born of model customer
--
CREATE INDEX CONCURRENTLY "customer_by_name" ON "shop_customer" ("name", "born" DESC);
--
-- Concurrently create index order_waiting on field(s) status of model order
--
CREATE INDEX CONCURRENTLY "order_waiting" ON "shop_order" ("status") WHERE "status" = 'new';
