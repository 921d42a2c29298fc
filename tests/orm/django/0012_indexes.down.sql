--
-- Concurrently create index order_waiting on field(s) status of model order
--
DROP INDEX CONCURRENTLY IF EXISTS "order_waiting";
--
-- Concurrently create index customer_by_name on field(s) name, -born of model customer
--
DROP INDEX CONCURRENTLY IF EXISTS "customer_by_name";
