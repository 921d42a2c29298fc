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

DROP INDEX away_a;
DROP INDEX IF EXISTS away_limited, proven_a_b;
DROP INDEX CONCURRENTLY proven_a_b;
REINDEX TABLE secrets;
REINDEX INDEX proven_id;
REINDEX INDEX attic.relics_pkey;
REINDEX INDEX CONCURRENTLY attic.relics_pkey;
REINDEX TABLE event_log;
ALTER INDEX proven_id RENAME TO proven_number;
ALTER INDEX attic.relics_pkey RENAME TO relics_key;
ALTER INDEX away_a SET TABLESPACE pg_default;
ALTER INDEX ALL IN TABLESPACE side SET TABLESPACE pg_default;
ALTER TABLE orders_status RENAME TO orders_state;
ALTER INDEX customers_name SET (deduplicate_items = off);
