-- What analyze says of the statements that teams really run: rows for every relation that is locked, in the order in which they
-- are found. Estimates depend on the server and are not shown.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE OR REPLACE FUNCTION public.say(ddl text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s. %s%s: %s', statement_no, operation, ' ' || object, coalesce(relation, '-'))
           || coalesce(' [' || lock_mode || '] blocks ' || blocks, '') || CASE WHEN rewrites THEN ', rewrites' ELSE '' END
           || CASE WHEN scans THEN ', scans' ELSE '' END || format(', %s %s, %s', risk, migration_type, strategy)
           || CASE WHEN requires_zero_downtime THEN ', zero downtime' ELSE '' END || coalesce(E'\n     ' || nullif(array_to_string(warnings, E'\n     '), ''), '')
      FROM hotswap.analyze(ddl)
$$;
\pset format unaligned
\pset tuples_only on
\set ECHO all
CREATE TABLE customers (id int PRIMARY KEY, name varchar(20), seen timestamp, age int CHECK (age > 0));
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int REFERENCES customers, note text);
CREATE INDEX orders_note ON orders (note);
CREATE VIEW open_orders AS SELECT id, note FROM orders;
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE DOMAIN price AS int;
CREATE TABLE goods (cost price);

-- New columns.
SELECT * FROM say('ALTER TABLE orders ADD COLUMN a int DEFAULT 3, ADD COLUMN b timestamptz NOT NULL DEFAULT now()');
SELECT * FROM say('ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid()');
SELECT * FROM say('ALTER TABLE orders ADD COLUMN a int CHECK (a > 0)');
SELECT * FROM say('ALTER TABLE events ADD COLUMN a bigserial');
SELECT * FROM say('ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text');
-- Types: kept, changed, and changed only in some sessions.
SELECT * FROM say('ALTER TABLE customers ALTER COLUMN name TYPE text');
SELECT * FROM say('ALTER TABLE customers ALTER COLUMN id TYPE bigint');
SET TimeZone = 'UTC';
SELECT * FROM say('ALTER TABLE customers ALTER COLUMN seen TYPE timestamptz');
SET TimeZone = 'Europe/Paris';
SELECT * FROM say('ALTER TABLE customers ALTER COLUMN seen TYPE timestamptz');
RESET TimeZone;
-- Constraints, and the table on their other side.
SELECT * FROM say('ALTER TABLE customers ALTER COLUMN name SET NOT NULL');
SELECT * FROM say('ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (id) REFERENCES customers NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT o');
SELECT * FROM say('ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey');
SELECT * FROM say('ALTER TABLE orders ADD UNIQUE (note)');
-- Indexes.
SELECT * FROM say('CREATE INDEX ON orders (customer_id); BEGIN; CREATE INDEX CONCURRENTLY ON orders (customer_id)');
SELECT * FROM say('DROP INDEX orders_note');
SELECT * FROM say('REINDEX INDEX CONCURRENTLY orders_note');
-- What falls.
SELECT * FROM say('DROP TABLE orders CASCADE');
SELECT * FROM say('ALTER TABLE orders DROP COLUMN note CASCADE');
-- Partitions.
SELECT * FROM say('CREATE TABLE events_new PARTITION OF events FOR VALUES FROM (''2022-01-01'') TO (''2023-01-01'')');
SELECT * FROM say('ALTER TABLE events DETACH PARTITION events_old');
SELECT * FROM say('ALTER INDEX events ATTACH PARTITION events_old');
-- Types of columns.
SELECT * FROM say('ALTER DOMAIN price ADD CHECK (VALUE > 0)');
-- A table of the script is empty, whatever is done to it.
SELECT * FROM say('CREATE TABLE fresh (id int REFERENCES customers); ALTER TABLE fresh ADD COLUMN x uuid DEFAULT gen_random_uuid(); CREATE INDEX ON fresh (x); UPDATE fresh SET x = NULL');
-- Rows.
SELECT * FROM say('INSERT INTO orders (note) SELECT name FROM customers');
SELECT * FROM say('MERGE INTO orders o USING customers c ON o.customer_id = c.id WHEN MATCHED THEN UPDATE SET note = c.name');
SELECT * FROM say('UPDATE open_orders SET note = 1; DELETE FROM goods USING open_orders o WHERE o.id = goods.cost');
SELECT * FROM say('UPDATE orders SET note = NULL');
SELECT * FROM say('TRUNCATE customers CASCADE');
-- INTO of a UNION stands in its first branch. Below COPY it is refused, below EXPLAIN it makes nothing.
SELECT * FROM say('SELECT 1 AS a INTO united UNION SELECT customer_id FROM orders; ALTER TABLE united ADD COLUMN b serial');
SELECT * FROM say('COPY (SELECT 1 INTO united UNION SELECT 2) TO STDOUT; EXPLAIN SELECT 1 INTO united UNION SELECT 2');
-- A body is read, not run.
SELECT * FROM say($x$DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'z') THEN
        ALTER TABLE orders ADD COLUMN z int; -- ALTER TABLE customers DROP COLUMN z
        EXECUTE 'DROP INDEX orders_note';
        EXECUTE format('DROP TABLE %I', 'orders');
        EXECUTE 'alter  table ' || quote_ident('orders') || ' SET (' || concat('fillfactor', '=', 90) || ')';
        EXECUTE concat(current_schema);
    END IF;
END $$$x$);
-- Statements that fail are rows; a text that does not parse is an error.
SELECT * FROM say('ALTER TABLE nowhere ADD COLUMN a int; DROP TABLE IF EXISTS nowhere; ALTER TABLE orders ALTER COLUMN note TYPE int');
\set VERBOSITY terse
SELECT * FROM hotswap.analyze('ALTER TABLE orders ADD COLUM');
SELECT * FROM hotswap.analyze(NULL);
-- The place an error comes from is told, however long the script was that had to be read.
SELECT * FROM hotswap.analyze(repeat('SELECT 1 /* ' || repeat('x', 30) || ' */; ', 1000) || 'CREATE TABLE t (a int REFERENCES o ON UPDATE SET NULL (a))');
-- What is temporary has no place in a plan, and asking makes none.
SELECT * FROM hotswap.plan('CREATE TEMPORARY SEQUENCE t');
SELECT * FROM hotswap.plan('CREATE FUNCTION pg_temp.t() RETURNS int LANGUAGE sql AS $$SELECT 1$$');
SELECT count(*) FROM pg_namespace WHERE oid = pg_my_temp_schema();
SELECT count(*) FROM hotswap.analyze('-- nothing');
-- It locks nothing of what it looks at, and everybody may ask.
BEGIN;
SELECT count(*) FROM hotswap.analyze('ALTER TABLE orders ADD COLUMN a serial; DELETE FROM orders; DROP TABLE customers CASCADE');
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384 AND relation NOT IN (SELECT oid FROM pg_class WHERE relname LIKE 'pg_%');
ROLLBACK;
-- Types that the script makes itself, in columns, defaults and expressions.
SELECT * FROM say($$CREATE TYPE mood AS ENUM ('good'); ALTER TABLE orders ADD COLUMN m mood DEFAULT 'good'; ALTER TABLE orders ADD CHECK (m <> 'good'::public.mood)$$);
SELECT * FROM say('CREATE DOMAIN positive AS int CHECK (value > 0); ALTER TABLE orders ADD COLUMN m positive DEFAULT 1');
SELECT * FROM say($$CREATE TYPE pair AS (a int, b int); CREATE TYPE mood AS ENUM ('good'); CREATE TABLE fresh (p pair, m public.mood DEFAULT 'good');
    ALTER TABLE fresh ADD COLUMN q pair, ADD COLUMN n mood DEFAULT 'good'::mood; ALTER TABLE fresh ALTER m TYPE pair$$);
SELECT * FROM say($$CREATE TYPE mood AS ENUM ('good'); ALTER TABLE orders ADD COLUMN m moods$$);
CREATE ROLE regress_stranger;
SET ROLE regress_stranger;
SELECT * FROM say('ALTER TABLE orders DROP COLUMN customer_id');
RESET ROLE;
DROP ROLE regress_stranger;
