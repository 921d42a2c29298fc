-- RENAME and SET SCHEMA.

ALTER TABLE orders RENAME COLUMN note TO remark;
ALTER TABLE orders RENAME note TO remark;
ALTER TABLE orders RENAME COLUMN status TO state;
ALTER TABLE IF EXISTS no_such_table RENAME COLUMN a TO b;
ALTER TABLE animals RENAME COLUMN name TO called;
ALTER TABLE events RENAME COLUMN v TO value;
ALTER VIEW open_orders RENAME COLUMN price TO cost;
ALTER MATERIALIZED VIEW totals RENAME COLUMN total TO amount;
ALTER TYPE address RENAME ATTRIBUTE zip TO postcode;
ALTER TYPE entry RENAME ATTRIBUTE label TO text CASCADE;
ALTER FOREIGN TABLE far_things RENAME COLUMN v TO w;

ALTER TABLE orders RENAME TO purchases;
ALTER TABLE IF EXISTS orders RENAME TO purchases;
ALTER TABLE IF EXISTS no_such_table RENAME TO purchases;
ALTER TABLE events RENAME TO happenings;
ALTER TABLE events_2023 RENAME TO happenings_2023;
ALTER TABLE "Odd Name" RENAME TO "Even Name";
ALTER TABLE attic.relics RENAME TO remains;
ALTER VIEW open_orders RENAME TO orders_open;
ALTER MATERIALIZED VIEW totals RENAME TO sums;
ALTER SEQUENCE tickets RENAME TO numbers;
ALTER FOREIGN TABLE far_things RENAME TO near_things;

ALTER TABLE customers RENAME CONSTRAINT customers_balance_check TO rich;
ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO customers_key;
ALTER TABLE items RENAME CONSTRAINT items_order_id_fkey TO items_order;
ALTER TABLE animals RENAME CONSTRAINT animals_legs TO legs;
ALTER TABLE events RENAME CONSTRAINT events_pkey TO events_key;
ALTER TRIGGER orders_keep ON orders RENAME TO orders_hold;
ALTER TRIGGER sales_keep ON sales RENAME TO sales_hold;
ALTER RULE plain_rule ON plain RENAME TO ruled;
ALTER POLICY secrets_own ON secrets RENAME TO secrets_mine;
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER DOMAIN positive RENAME TO natural_number;
ALTER DOMAIN positive RENAME CONSTRAINT positive_check TO above_zero;
ALTER STATISTICS orders_stat RENAME TO orders_correlation;
ALTER PUBLICATION some_tables RENAME TO few_tables;
ALTER FUNCTION keep() RENAME TO hold;
ALTER SCHEMA attic RENAME TO cellar;

ALTER TABLE orders SET SCHEMA attic;
ALTER TABLE IF EXISTS no_such_table SET SCHEMA attic;
ALTER TABLE customers SET SCHEMA attic;
ALTER TABLE events SET SCHEMA attic;
ALTER TABLE scratch SET SCHEMA attic;
ALTER VIEW open_names SET SCHEMA attic;
ALTER MATERIALIZED VIEW totals SET SCHEMA attic;
ALTER SEQUENCE tickets SET SCHEMA attic;
ALTER TYPE mood SET SCHEMA attic;
ALTER DOMAIN email SET SCHEMA attic;
ALTER FUNCTION keep() SET SCHEMA attic;
ALTER STATISTICS orders_stat SET SCHEMA attic;

ALTER TABLE open_orders RENAME TO orders_open;
ALTER TABLE totals RENAME COLUMN total TO amount;
ALTER TABLE tickets RENAME TO numbers;
ALTER TABLE readings RENAME COLUMN v TO value;
ALTER TABLE shape RENAME COLUMN y TO z;
ALTER TABLE dogs RENAME COLUMN bark TO voice;
ALTER TABLE stray RENAME CONSTRAINT animals_legs TO few_legs;
ALTER TABLE sales RENAME CONSTRAINT sales_customer_id_fkey TO sales_customer;
ALTER TABLE totals SET SCHEMA attic;
ALTER TABLE attic.relics SET SCHEMA app;
ALTER TABLE events_2023 SET SCHEMA attic;
ALTER TABLE "Odd Name" RENAME COLUMN "Id" TO id;
