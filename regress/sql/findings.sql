-- What is wrong in the rows, found before the statement is run: exactly by validate with the option data, at no cost by analyze
-- from the statistics. As the caller, changing nothing, with nothing stronger than ACCESS SHARE.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE FUNCTION looked(ddl text, options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    WITH v AS (SELECT hotswap.validate(ddl, '{"data": true, "limit": 2, "budget": "1 min"}'::jsonb || options) AS j)
    SELECT format('%s. %s of %s: %s %s%s', d->>'statementNo', d->>'rule', d->>'relation', CASE WHEN (d->>'complete')::boolean THEN 'all blocks' ELSE 'not all blocks' END,
                  d->>'examples', CASE WHEN d->'changed' <> '[]' THEN ' changed ' || (d->>'changed') END || coalesce(' not checked: ' || (d->>'notChecked'), ''))
      FROM v, jsonb_array_elements(j->'data') d
    UNION ALL
    SELECT format('   error %s: %s', e->>'sqlstate', e->>'message') FROM v, jsonb_array_elements(j->'errors') e WHERE e->>'hint' = 'Mend or delete these rows first.'
    UNION ALL
    SELECT '   warning: ' || w FROM v, jsonb_array_elements_text(j->'warnings') w WHERE w ~ 'now; statement|same in the new|looked through|time was over'
$$;
\pset format unaligned
\pset tuples_only on
\set ECHO all
CREATE TABLE customers (id int PRIMARY KEY, email text, age int, name varchar(20), balance numeric(8,4), seen timestamp);
INSERT INTO customers SELECT i, CASE WHEN i <> 7 THEN 'user' || i % 995 END, i, repeat('x', i % 20), i / 8.0, '2020-01-01 00:00:00.5' FROM generate_series(1, 1000) i;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, line int, note text);
INSERT INTO orders SELECT i, nullif(i + 996, 1000), i % 3, i FROM generate_series(1, 10) i;
UPDATE orders SET note = 'no number' WHERE id = 3;

-- Nulls, and a table that is not empty.
SELECT * FROM looked('ALTER TABLE customers ALTER email SET NOT NULL');
SELECT * FROM looked('ALTER TABLE customers ALTER age SET NOT NULL');
SELECT * FROM looked('ALTER TABLE customers ADD COLUMN extra int NOT NULL');
-- Duplicates; nulls are none, unless they are to be.
SELECT * FROM looked('ALTER TABLE customers ADD UNIQUE (email)');
SELECT * FROM looked('CREATE UNIQUE INDEX ON customers (lower(email), age) WHERE age > 0');
SELECT * FROM looked('CREATE UNIQUE INDEX ON customers (lower(email)) WHERE age > 990');
SELECT * FROM looked('ALTER TABLE orders ADD UNIQUE (line)');
SELECT * FROM looked('ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (customer_id, line)');
CREATE TABLE nothing (a int);
INSERT INTO nothing VALUES (NULL), (NULL);
SELECT * FROM looked('CREATE UNIQUE INDEX ON nothing (a)');
SELECT * FROM looked('CREATE UNIQUE INDEX ON nothing (a) NULLS NOT DISTINCT');
-- Conditions, also one that cannot be computed for a row.
SELECT * FROM looked('ALTER TABLE customers ADD CONSTRAINT young CHECK (age < 999)');
SELECT * FROM looked('ALTER TABLE customers ADD CHECK (1 / (age - 5) < 1)');
SELECT * FROM looked('ALTER TABLE customers ADD CHECK (age > 5) NOT VALID');
-- References, by rows and through a constraint that is there.
SELECT * FROM looked('ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers');
ALTER TABLE orders ADD CONSTRAINT known FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
ALTER TABLE customers ADD CONSTRAINT grown CHECK (age >= 3) NOT VALID;
SELECT * FROM looked('ALTER TABLE orders VALIDATE CONSTRAINT known; ALTER TABLE customers VALIDATE CONSTRAINT grown');
-- Types: too long, out of range, not a number, rounded.
SELECT * FROM looked('ALTER TABLE customers ALTER name TYPE varchar(18)');
SELECT * FROM looked('ALTER TABLE customers ALTER age TYPE smallint USING age * 40');
SELECT * FROM looked('ALTER TABLE orders ALTER note TYPE int USING note::int');
SELECT * FROM looked('ALTER TABLE customers ALTER balance TYPE numeric(8,2)');
SELECT * FROM looked('ALTER TABLE customers ALTER balance TYPE numeric(4,2)');
SELECT * FROM looked('ALTER TABLE customers ALTER seen TYPE date');
SELECT * FROM looked('ALTER TABLE customers ALTER age TYPE bigint, ALTER name TYPE text');
-- Partitions and heirs.
CREATE TABLE events (id int, at int, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
INSERT INTO events VALUES (1, 5, 'a'), (1, 5, NULL), (2, 15, 'b');
SELECT * FROM looked('ALTER TABLE events ADD PRIMARY KEY (id, at); ALTER TABLE events ALTER kind SET NOT NULL; ALTER TABLE ONLY events ALTER kind SET NOT NULL');
-- A statement before it may mend what is found; a table or column of the script has no rows yet.
SELECT * FROM looked($$UPDATE customers SET email = '' WHERE email IS NULL; ALTER TABLE customers ALTER email SET NOT NULL$$);
SELECT * FROM looked('CREATE TABLE t (a int); ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders ALTER a SET NOT NULL');

-- As the caller, with his rights and what he may see; code of a table's owner never runs as a superuser.
CREATE ROLE regress_reader;
GRANT SELECT (id) ON customers TO regress_reader;
GRANT SELECT ON orders TO regress_reader;
GRANT EXECUTE ON FUNCTION looked(text, jsonb) TO regress_reader;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
SET ROLE regress_reader;
SELECT * FROM looked('ALTER TABLE customers ALTER email SET NOT NULL');
SELECT * FROM looked('ALTER TABLE orders ALTER customer_id SET NOT NULL');
SELECT unnest(warnings) FROM hotswap.analyze('ALTER TABLE customers ALTER email SET NOT NULL') EXCEPT SELECT 'x';
RESET ROLE;
CREATE FUNCTION who(int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'run by %', current_user USING ERRCODE = 'check_violation'; END$$;
CREATE TABLE trap (id int);
INSERT INTO trap VALUES (1);
ALTER TABLE trap OWNER TO regress_reader;
GRANT ALL ON SCHEMA public TO regress_reader;
ALTER TABLE trap ADD CONSTRAINT trapped CHECK (who(id)) NOT VALID;
SELECT * FROM looked('ALTER TABLE trap VALIDATE CONSTRAINT trapped');
-- Nothing is written, whatever the expression calls, and no lock is kept.
CREATE SEQUENCE counter;
BEGIN;
SELECT * FROM looked('ALTER TABLE orders ALTER line TYPE bigint USING nextval(''counter'')');
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('orders'::regclass, 'customers'::regclass);
SHOW transaction_read_only;
ROLLBACK;
SELECT last_value, is_called FROM counter;
-- The time and the options.
SELECT * FROM looked('ALTER TABLE customers ADD CHECK (pg_sleep(60) IS NOT NULL)', '{"budget": "50 ms"}');
SELECT hotswap.validate('ALTER TABLE customers ALTER email SET NOT NULL') ? 'data' AS asked;
\set VERBOSITY terse
SELECT hotswap.validate('SELECT 1', '{"data": 1}');
SELECT hotswap.validate('SELECT 1', '{"budget": "long"}');
SELECT hotswap.validate('SELECT 1', '{"limit": 0}');
SELECT hotswap.validate('SELECT 1', '{"rows": 1}');
SELECT hotswap.validate('SELECT 1', '[]');

-- analyze: the same by the statistics, without reading the table.
ANALYZE customers, orders;
CREATE FUNCTION hints(ddl text) RETURNS SETOF text LANGUAGE sql AS $$ SELECT w FROM hotswap.analyze(ddl), unnest(warnings) w WHERE w ~ 'statistics|sequence' $$;
SELECT hints('ALTER TABLE customers ALTER email SET NOT NULL');
SELECT hints('ALTER TABLE customers ALTER age SET NOT NULL');
SELECT hints('CREATE UNIQUE INDEX ON orders (line)');
SELECT hints('ALTER TABLE customers ADD UNIQUE (age)');
SELECT hints('ALTER TABLE customers ALTER name TYPE varchar(10)');
SELECT hints('ALTER TABLE customers ALTER age TYPE smallint; ALTER TABLE customers ALTER balance TYPE numeric(6,4)');
-- Sequences near the end of their column.
CREATE TABLE bills (id serial PRIMARY KEY, number smallint GENERATED ALWAYS AS IDENTITY, other bigserial);
SELECT setval('bills_id_seq', 1600000000), setval('bills_number_seq', 22000), setval('bills_other_seq', 5000000000);
SELECT hints('ALTER TABLE bills ADD COLUMN note text');
SELECT setval('bills_number_seq', 32767);
SELECT hints('ALTER TABLE bills ADD COLUMN a int; ALTER TABLE bills ADD COLUMN b int');
SET ROLE regress_reader;
SELECT hints('ALTER TABLE bills ADD COLUMN note text');
RESET ROLE;
REVOKE ALL ON SCHEMA public FROM regress_reader;
DROP TABLE trap;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
DROP TABLE customers, orders, nothing, events, bills;
