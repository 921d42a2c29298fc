-- DROP INDEX, ALTER INDEX, REINDEX.

DROP INDEX orders_status;
DROP INDEX orders_status, customers_name;
DROP INDEX IF EXISTS orders_customer RESTRICT;
DROP INDEX IF EXISTS no_such_index;
DROP INDEX customers_tags CASCADE;
DROP INDEX totals_customer;
DROP INDEX events_v;
DROP INDEX events_at;
DROP INDEX app.customers_young;
DROP INDEX CONCURRENTLY customers_name;
DROP INDEX CONCURRENTLY IF EXISTS customers_lower_name;
DROP INDEX CONCURRENTLY IF EXISTS no_such_index;
DROP INDEX CONCURRENTLY top_totals_total;

ALTER INDEX orders_status RENAME TO orders_state;
ALTER INDEX IF EXISTS orders_status RENAME TO orders_state;
ALTER INDEX IF EXISTS no_such_index RENAME TO still_none;
ALTER INDEX orders_pkey RENAME TO orders_key;
ALTER INDEX orders_status SET (fillfactor = 80);
ALTER INDEX orders_status RESET (fillfactor);
ALTER INDEX customers_tags SET (fastupdate = off);
ALTER INDEX orders_status SET TABLESPACE side;
ALTER INDEX customers_lower_name ALTER COLUMN 1 SET STATISTICS 500;
ALTER INDEX events_v RENAME TO events_value;
ALTER INDEX events_at ATTACH PARTITION events_2023_by_at;
ALTER INDEX orders_status DEPENDS ON EXTENSION plpgsql;

REINDEX INDEX orders_status;
REINDEX INDEX orders_pkey;
REINDEX INDEX customers_lower_name;
REINDEX (VERBOSE) INDEX totals_customer;
REINDEX (TABLESPACE side) INDEX orders_status;
REINDEX TABLE orders;
REINDEX TABLE plain;
REINDEX TABLE documents;
REINDEX TABLE attic.relics;
REINDEX TABLE totals;
REINDEX INDEX CONCURRENTLY orders_status;
REINDEX TABLE CONCURRENTLY customers;
REINDEX (CONCURRENTLY) INDEX totals_customer;
REINDEX (CONCURRENTLY, TABLESPACE side) TABLE items;
-- alone
REINDEX INDEX events_v;
-- alone
REINDEX TABLE events;
REINDEX TABLE CONCURRENTLY readings;
REINDEX SCHEMA attic;
REINDEX SCHEMA CONCURRENTLY attic;
