-- Rows that the conversion refuses: the backfill goes on without them, notes key, value and error of each in
-- _migration_rejects, and the migration stops before the next step and says how many. Once they are mended, retry finishes.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE readings (id int PRIMARY KEY, v text, note text DEFAULT 'n');
INSERT INTO readings SELECT g, g::text FROM generate_series(1, 200) g;
UPDATE readings SET v = 'twelve' WHERE id = 12;
UPDATE readings SET v = '' WHERE id = 34;
UPDATE readings SET v = '99999999999' WHERE id = 56;
UPDATE readings SET v = NULL WHERE id = 78;
CALL hotswap.run('ALTER TABLE readings ALTER COLUMN v TYPE int USING v::int', strategy => 'dual_write', options => '{"down": "v::text", "auto_contract": true}') \gset
SELECT state, phase, steady(waiting_for) AS waiting_for, rejected_rows FROM hotswap.status(:'migration_id');
SELECT row_key, value, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::int;
-- The rest is filled, the rejected rows are as they were.
SELECT count(*) FILTER (WHERE _hotswap_new_v = v::numeric) AS filled, count(*) FILTER (WHERE _hotswap_new_v IS NULL) AS unfilled
  FROM readings WHERE v ~ '^\d+$';
SELECT id, v FROM readings WHERE id IN (12, 34, 56, 78) ORDER BY id;

-- A row that cannot be converted cannot be written by the application either; one that it mends is filled at once.
SELECT refused($$UPDATE readings SET v = 'thirteen' WHERE id = 13$$);
-- Any write of an unfilled row converts it, so a rejected row can be written only together with its mending.
SELECT refused($$UPDATE readings SET note = 'x' WHERE id = 12$$);
UPDATE readings SET v = '12' WHERE id = 12 RETURNING v, _hotswap_new_v;

-- Retry with rows still bad: the count is what is left.
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, steady(waiting_for) AS waiting_for, rejected_rows FROM hotswap.status(:'migration_id');
SELECT row_key, value, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::int;
-- resume without mending anything stops at the same place.
SELECT hotswap.resume(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, rejected_rows FROM hotswap.status(:'migration_id');

-- Mended: one by hand, one deleted. Retry finishes.
UPDATE readings SET v = '34' WHERE id = 34;
DELETE FROM readings WHERE id = 56;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, rejected_rows FROM hotswap.status(:'migration_id');
SELECT count(*), sum(v), count(*) FILTER (WHERE v IS NULL) AS nulls, pg_typeof(min(v)) AS type FROM readings;
DROP TABLE readings;

-- Without a primary key the row's place stands for its key; a composite key is shown whole, in its order.
CREATE TABLE keyless (v text);
INSERT INTO keyless VALUES ('1'), ('bad');
CALL hotswap.run('ALTER TABLE keyless ALTER COLUMN v TYPE int USING v::int', strategy => 'dual_write', options => '{"down": "v::text"}') \gset
SELECT row_key, value, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
TABLE keyless ORDER BY v;
DROP TABLE keyless;
CREATE TABLE composite ("B" int, a text, v text, PRIMARY KEY ("B", a));
INSERT INTO composite VALUES (1, 'x', '1'), (2, 'y', 'bad');
CALL hotswap.run('ALTER TABLE composite ALTER COLUMN v TYPE int USING v::int', strategy => 'dual_write', options => '{"down": "v::text"}') \gset
SELECT row_key, value, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
-- An application that deletes the row mends it, too.
DELETE FROM composite WHERE "B" = 2;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase, rejected_rows FROM hotswap.status(:'migration_id');
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back');
TABLE composite;
DROP TABLE composite;

-- A constraint on the new column refuses rows as well: NOT NULL of a reshape, CHECK, a domain, a length.
CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
CREATE TABLE t (id int PRIMARY KEY, a int, v text);
INSERT INTO t VALUES (1, 2, 'ab'), (2, 3, 'abcdef'), (3, NULL, NULL);
CALL hotswap.run('ALTER TABLE t ALTER COLUMN a TYPE even', strategy => 'dual_write', options => '{"up": "a", "down": "a"}') \gset
SELECT row_key, value, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY 1;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE varchar(3)', strategy => 'dual_write') \gset
SELECT row_key, value, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY 1;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
CALL hotswap.run('ALTER TABLE t ADD COLUMN w text NOT NULL, DROP COLUMN v', options => '{"up": {"w": "v"}, "down": {"v": "w"}}') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT row_key, value, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY 1;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
TABLE t ORDER BY id;
-- Nothing is left on the table, and cleanup forgets the rejects.
SELECT * FROM shape('t') WHERE what <> 'index';
SELECT hotswap.cleanup(:'migration_id');
SELECT count(*) FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
DROP TABLE t;
DROP DOMAIN even;
DROP EXTENSION hotswap;
