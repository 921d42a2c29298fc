-- A script of several statements is one migration: what it is cut into, how its parts go on, stop, fail, and are taken back.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE VIEW parts AS SELECT m.part_no, m.strategy, m.relation, m.state FROM hotswap._migrations m WHERE part_no IS NOT NULL ORDER BY script_id, part_no;
CREATE VIEW steps AS SELECT s.step_no, s.phase, s.kind, s.title, s.state, cardinality(s.action) AS statements
  FROM hotswap._migration_steps s JOIN hotswap._migrations m USING (migration_id) WHERE m.strategy = 'script' ORDER BY m.number, s.step_no;
\set ECHO all
CREATE TABLE customers (id int PRIMARY KEY, email text);
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 500) g;

-- ---- the dry run: what only makes new things goes together, everything else gets its own recipe -----------------------
\set script 'BEGIN;\nCREATE TYPE mood AS ENUM (''good'', ''bad'');\nCREATE TABLE orders (id bigserial PRIMARY KEY, mood mood, customer_id int);\nCREATE INDEX ON orders (customer_id);\nINSERT INTO orders (mood) VALUES (''good'');\nALTER TABLE customers ALTER COLUMN email SET NOT NULL;\nCREATE INDEX customers_email ON customers (email);\nALTER TABLE customers ADD COLUMN note text;\nCOMMENT ON COLUMN customers.note IS ''a word'';\nCOMMIT;'
SELECT replace(:'script', '\n', E'\n') AS script \gset
SELECT step_no, plan_strategy, phase, kind, title, lock_mode, cardinality(action) AS statements, cardinality(undo) AS undo FROM hotswap.plan(:'script');
SELECT undo FROM hotswap.plan(:'script') WHERE step_no = 1;
SELECT count(*) FROM hotswap._migrations;

-- ---- and the run ------------------------------------------------------------------------------------------------------
SELECT hotswap.start(:'script', name => '0001_orders.sql') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT name, strategy, state, percent, steps FROM hotswap.status(:'id');
TABLE parts;
TABLE steps;
\d orders
\d customers
SELECT count(*) FROM orders;

-- ---- taken back as a whole: the last part first -----------------------------------------------------------------------
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed', 'paused');
TABLE parts;
SELECT to_regclass('orders'), to_regtype('mood');
\d customers
SELECT * FROM refusal(format('SELECT hotswap.rollback(%L)', :'id')) \gx
DELETE FROM hotswap._migrations;

-- ---- a part that fails: the parts before it stay, until somebody mends the cause or takes everything back -------------
SELECT hotswap.start('CREATE TABLE extra (id int); ALTER TABLE customers ADD COLUMN a int; UPDATE nobody SET x = 1') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT state, waiting_for FROM hotswap.status(:'id') WHERE migration_id = :'id' \gx
TABLE parts;
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled', 'failed', 'paused');
TABLE parts;
SELECT to_regclass('extra'), (SELECT count(*) FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'a' AND NOT attisdropped);
DELETE FROM hotswap._migrations;

-- ---- a part that waits for its contract lets the next one begin, unless that needs the same table ---------------------
CREATE TABLE items (id int PRIMARY KEY, v int);
INSERT INTO items SELECT g, g FROM generate_series(1, 500) g;
SELECT hotswap.start('ALTER TABLE items ALTER COLUMN v TYPE bigint; ALTER TABLE customers ADD COLUMN b int; ALTER TABLE items ADD COLUMN w int') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT state, regexp_replace(waiting_for, 'items_\d+|script_\d+|migration_\d+', 'M', 'g') AS waiting_for FROM hotswap.status(:'id') \gx
TABLE parts;
SELECT hotswap.complete(:'id');
SET client_min_messages = warning;
CALL hotswap.wait(:'id');
RESET client_min_messages;
SELECT state FROM hotswap.status(:'id');
TABLE parts;
\d items
-- what cannot be taken back says so before anything is touched
SELECT regexp_replace(message, '_\d+', '_N') AS message, detail, hint FROM refusal(format('SELECT hotswap.rollback(%L)', :'id')) \gx
DELETE FROM hotswap._migrations;

-- ---- what to type is typed for the script -----------------------------------------------------------------------------
SELECT hotswap.start('CREATE TABLE extra (id int); ALTER TABLE items ADD CONSTRAINT small CHECK (v < 100)') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT replace(regexp_replace(waiting_for, 'items_\d+', 'M'), :'id', 'S') AS waiting_for FROM hotswap.status(:'id');
UPDATE items SET v = 1;
SELECT hotswap.retry(:'id');
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed', 'paused');
UPDATE items SET v = id;
DELETE FROM hotswap._migrations;

-- ---- taken back while it waits ----------------------------------------------------------------------------------------
SELECT hotswap.start('ALTER TABLE customers ADD COLUMN c int; ALTER TABLE items ALTER COLUMN v TYPE numeric') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT state FROM hotswap.status(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed', 'paused');
TABLE parts;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid IN ('items'::regclass, 'customers'::regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum;
DELETE FROM hotswap._migrations;

-- ---- pause and resume reach the parts; a part that was taken back by itself is planned again --------------------------
SELECT hotswap.start('ALTER TABLE items ALTER COLUMN v TYPE numeric; ALTER TABLE customers ADD COLUMN d int', options => '{"auto_switch": false}') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT hotswap.pause(:'id');
SELECT state FROM hotswap.status(:'id');
TABLE parts;
SELECT hotswap.resume(:'id');
CALL wait_until(:'id', 'awaiting', 'failed', 'paused');
SELECT migration_id AS part FROM hotswap._migrations WHERE part_no = 1 \gset
SELECT hotswap.cancel(:'part');
CALL wait_until(:'part', 'cancelled', 'failed', 'paused');
CALL wait_until(:'id', 'failed');
SELECT replace(regexp_replace(waiting_for, 'script_\d+', 'S'), :'part', 'M') AS waiting_for FROM hotswap.status(:'id');
SELECT hotswap.retry(:'id');
CALL wait_until(:'id', 'awaiting', 'failed', 'paused');
TABLE parts;
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled', 'failed', 'paused');
TABLE parts;
DELETE FROM hotswap._migrations;

-- ---- SET search_path holds for what follows; a single statement is no script ------------------------------------------
CREATE SCHEMA shop;
SELECT hotswap.start('SET search_path TO shop; CREATE TABLE goods (id int); CREATE TABLE prices (id int); ALTER TABLE goods ADD COLUMN x int') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT state FROM hotswap.status(:'id');
SELECT to_regclass('shop.goods'), to_regclass('shop.prices'), to_regclass('public.goods');
SELECT hotswap.start('BEGIN; ALTER TABLE customers ADD COLUMN e int; COMMIT') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
SELECT strategy, state FROM hotswap.status(:'id');

-- ---- bad input --------------------------------------------------------------------------------------------------------
SELECT refused($$SELECT hotswap.start('CREATE TABLE a (id int); ALTR TABLE x')$$);
SELECT refused($$SELECT hotswap.start('CREATE TABLE a (id int); CREATE TABLE b (id int)', strategy => 'dual_write')$$);
SELECT refused($$SELECT hotswap.start('ALTER TABLE customers ADD COLUMN f int; CREATE TABLE b (id int)', options => '{"up": "1"}')$$);
SELECT refused($$SELECT hotswap.start(' ; -- nothing')$$);
SELECT refused($$SELECT hotswap.start('BEGIN; COMMIT')$$);
DROP TABLE items, customers, shop.goods, shop.prices;
DROP SCHEMA shop;

-- ---- under a name it is a line of the history: applied once, taken back by its own way down ----------------------------
CREATE VIEW lines AS SELECT name, state, direction, statements, out_of_order FROM hotswap.history();
\set first '-- migrate:up\nCREATE TABLE songs (id int PRIMARY KEY, title text); CREATE INDEX songs_title ON songs (title);\n-- migrate:down\nDROP INDEX songs_title; ALTER TABLE songs ALTER COLUMN title SET DEFAULT ''x'';'
SELECT replace(:'first', '\n', E'\n') AS first \gset
SELECT hotswap.start(:'first', name => '001_songs') AS id \gset
CALL wait_until(:'id', 'completed', 'failed', 'paused', 'awaiting');
TABLE lines;
SET client_min_messages = warning;
SELECT hotswap.start(:'first', name => '001_songs') = :'id' AS same;
CALL hotswap.run(:'first', name => '001_songs') \gset
RESET client_min_messages;
SELECT code, message, regexp_replace(detail, 'at 20.* by', 'at T by') AS detail, hint FROM refusal($$SELECT hotswap.start('CREATE TABLE songs (id bigint PRIMARY KEY, title text)', name => '001_songs')$$) \gx
SELECT hotswap.baseline('000_before');
SELECT hotswap.start('ALTER TABLE songs ADD COLUMN year int', name => '003_year') AS id3 \gset
CALL wait_until(:'id3', 'completed', 'failed', 'paused', 'awaiting');
SELECT hotswap.start('ALTER TABLE songs ADD COLUMN place int', name => '002_place') AS id2 \gset
CALL wait_until(:'id2', 'completed', 'failed', 'paused', 'awaiting');
TABLE lines;
-- without a way down of its own: what hotswap has composed
SELECT hotswap.rollback(:'id2');
CALL wait_until(:'id2', 'rolled_back', 'failed', 'paused');
-- with one: that
SET client_min_messages = warning;
SELECT hotswap.rollback(:'id');
RESET client_min_messages;
SELECT migration_id AS down FROM hotswap._migrations WHERE reverts = :'id' \gset
CALL wait_until(:'down', 'completed', 'failed', 'paused', 'awaiting');
SELECT state FROM hotswap.status(:'down');
TABLE lines;
SELECT to_regclass('songs_title') IS NULL AS gone;
SELECT code, regexp_replace(detail, '_N?\d*"', '_N"') AS detail FROM refusal(format('SELECT hotswap.rollback(%L)', :'id')) \gx
-- a script of comments, and metadata
SELECT hotswap.start('-- only Python can do this', name => '004_python') IS NOT NULL AS started;
SELECT migration_id AS id4 FROM hotswap._migrations WHERE name = '004_python' \gset
CALL wait_until(:'id4', 'completed', 'failed', 'paused');
SELECT name, statements FROM lines WHERE name = '004_python';
\set meta '-- @metadata {"phase": "expand", "batchSize": 50}\nALTER TABLE songs ADD COLUMN a int;\n-- @metadata {"phase": "contract"}\nALTER TABLE songs ALTER COLUMN a SET DEFAULT 1; ALTER TABLE songs ALTER COLUMN a SET DEFAULT 2;'
SELECT replace(:'meta', '\n', E'\n') AS meta \gset
SELECT step_no, phase, kind, title FROM hotswap.plan(:'meta');
SELECT hotswap.start(:'meta') AS id5 \gset
CALL wait_until(:'id5', 'awaiting', 'completed', 'failed', 'paused');
SELECT state, regexp_replace(waiting_for, 'script_\d+', 'S', 'g') AS waiting_for FROM hotswap.status(:'id5') \gx
SELECT hotswap.advance(:'id5');
CALL wait_until(:'id5', 'completed', 'failed', 'paused');
SELECT part_no, options FROM hotswap._migrations WHERE script_id = :'id5' ORDER BY part_no;
SELECT refused($$SELECT hotswap.start(E'-- @metadata {"phas": "x"}\nALTER TABLE songs ADD COLUMN b int; CREATE TABLE x (id int)')$$);
-- advance reaches what the script waits for, and leaves the way back of the parts before it open; complete closes it
\set late 'ALTER TABLE songs ALTER COLUMN year TYPE bigint;\n-- @metadata {"phase": "contract"}\nCREATE TABLE late (id int);'
SELECT replace(:'late', '\n', E'\n') AS late \gset
SELECT hotswap.start(:'late') AS id6 \gset
CALL wait_until(:'id6', 'awaiting', 'completed', 'failed', 'paused');
SELECT to_regclass('late') IS NULL AS not_yet;
SELECT hotswap.advance(:'id6');
CALL wait_until(:'id6', 'awaiting', 'completed', 'failed', 'paused');
SELECT to_regclass('late') IS NOT NULL AS made;
SELECT part_no, state FROM hotswap._migrations WHERE script_id = :'id6' ORDER BY part_no;
SELECT hotswap.rollback(:'id6');
CALL wait_until(:'id6', 'rolled_back', 'failed', 'paused');
SELECT format_type(atttypid, atttypmod), to_regclass('late') FROM pg_attribute WHERE attrelid = 'songs'::regclass AND attname = 'year';
-- IF NOT EXISTS: nothing is dropped that the script did not make
SELECT step_no, kind, title, cardinality(undo) AS undo FROM hotswap.plan('CREATE TABLE IF NOT EXISTS songs (id int); CREATE TABLE IF NOT EXISTS others (id int); CREATE INDEX ON others (id)');
DROP VIEW lines;
DROP TABLE songs;

-- ---- the dry run shows every step of every statement, each in the state that those before it leave --------------------
CREATE TABLE people (id int PRIMARY KEY, email text, note text);
COMMENT ON COLUMN people.email IS 'where to write';
INSERT INTO people SELECT g, 'p' || g FROM generate_series(1, 2000) g;
CREATE VIEW differences AS SELECT regexp_replace(detail, '^\w+', 'M') AS detail FROM hotswap._migration_events WHERE event = 'plan differs' ORDER BY event_id;
\set dry 'CREATE TYPE stage AS ENUM (''new'', ''sent'');\nCREATE TABLE parcels (id serial PRIMARY KEY, stage stage);\nCREATE TABLE stops (id serial PRIMARY KEY, parcel int);\nALTER TABLE stops ADD COLUMN place text;\nCREATE INDEX stops_parcel ON stops (parcel);\nALTER TABLE stops ADD CONSTRAINT stops_parcel_fkey FOREIGN KEY (parcel) REFERENCES parcels;\nALTER TABLE people ADD COLUMN parcel int;\nALTER TABLE people ALTER COLUMN parcel TYPE bigint;\nALTER TABLE people ADD CONSTRAINT people_parcel_fkey FOREIGN KEY (parcel) REFERENCES parcels;\nALTER TABLE people RENAME COLUMN email TO mail;\nCREATE INDEX people_mail ON people (lower(mail));\nUPDATE people SET note = mail WHERE parcel IS NULL;\nALTER TABLE people ADD COLUMN last stage NOT NULL DEFAULT ''new'';\nGRANT SELECT ON people TO PUBLIC;\nALTER TABLE people RENAME TO persons;\nALTER TABLE persons ALTER COLUMN mail SET NOT NULL;\nDROP INDEX people_mail;\nCOMMENT ON TABLE persons IS ''who'''
SELECT replace(:'dry', '\n', E'\n') AS dry \gset
SET client_min_messages = warning;
SELECT plan_strategy AS strategy, phase, kind, title, relation, lock_mode FROM hotswap.plan(:'dry');
SELECT title, unnest(action) AS action FROM hotswap.plan(:'dry') WHERE kind IN ('ddl', 'validate', 'index_build', 'index_drop', 'switch_storage');
SELECT title, unnest(undo) AS undo FROM hotswap.plan(:'dry');
SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%rehearsal%';
RESET client_min_messages;
-- what cannot be tried, and what would fail
CREATE TYPE level AS ENUM ('low');
SELECT kind, title FROM hotswap.plan('ALTER TYPE level ADD VALUE ''high''; ALTER TABLE people ADD COLUMN level level DEFAULT ''high''; ALTER TABLE people ADD COLUMN a int');
DROP TYPE level;
SELECT kind, title FROM hotswap.plan('ALTER TABLE people ADD COLUMN a int; ALTER TABLE people ADD COLUMN a text');
-- and the run makes the same plans
SET client_min_messages = warning;
SELECT hotswap.start(:'dry', options => '{"auto_contract": true, "keep_previous": "0"}') AS id \gset
RESET client_min_messages;
SELECT count(*) AS parts, count(part_outline) AS foreseen FROM hotswap._migration_steps WHERE migration_id = :'id' AND kind = 'part';
CALL wait_until(:'id', 'completed', 'awaiting', 'failed', 'paused');
SELECT state, waiting_for FROM hotswap.status(:'id');
TABLE differences;
-- somebody alters the table between the dry run and the turn: the way is the one for what is there, and it is said
\set later 'ALTER TABLE stops ADD COLUMN weight int;\n-- @metadata {"phase": "contract"}\nALTER TABLE stops ALTER COLUMN weight SET NOT NULL'
SELECT replace(:'later', '\n', E'\n') AS later \gset
SELECT hotswap.start(:'later') AS id2 \gset
CALL wait_until(:'id2', 'completed', 'awaiting', 'failed', 'paused');
ALTER TABLE stops ADD CONSTRAINT weighed CHECK (weight IS NOT NULL);
SELECT hotswap.advance(:'id2');
CALL wait_until(:'id2', 'completed', 'failed', 'paused');
TABLE differences;
DROP VIEW differences;
DROP TABLE persons, stops, parcels;
DROP TYPE stage;
