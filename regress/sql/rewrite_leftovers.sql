-- Nothing is left of an online rewrite that does not go through: cancelled or rolled back at every step, and DROP EXTENSION in the middle
-- of it and after its switch. No trigger, nothing in schema hotswap, the table, its rows, its shape and its storage options as
-- they were; and it can be written and rewritten again.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- All there is that an online rewrite makes.
CREATE OR REPLACE FUNCTION public.leftovers() RETURNS TABLE (kind text, name text) LANGUAGE sql AS $$
    SELECT 'trigger', tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '~hotswap%'
    UNION ALL
    SELECT 'relation', relname FROM pg_class WHERE relname ~ '^_(twin|previous|changes)' OR relname ~ '^pg_toast_hotswap'
    UNION ALL
    SELECT 'type', typname FROM pg_type WHERE typname ~ '^_*_(twin|previous|changes)'
    UNION ALL
    -- a TOAST table is named after its table
    SELECT 'toast', c.relname || ' of ' || t.relname FROM pg_class t JOIN pg_class c ON c.oid = t.reltoastrelid WHERE t.relkind = 'r' AND c.relname <> 'pg_toast_' || t.oid AND t.relname IN ('t', 'child')
    UNION ALL
    SELECT 'worker', backend_type FROM pg_stat_activity WHERE backend_type = 'hotswap executor' AND datname = current_database()
    ORDER BY 1, 2
$$;
CREATE OR REPLACE FUNCTION public.content() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM t); END $$;
CREATE OR REPLACE FUNCTION public.whole_shape() RETURNS text LANGUAGE plpgsql AS
$$ BEGIN RETURN (SELECT string_agg(s::text, E'\n') FROM (SELECT * FROM public.shape('t') UNION ALL SELECT * FROM public.shape('child')) s); END $$;
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, gone int, u int UNIQUE, v text DEFAULT 'v', w text, g int GENERATED ALWAYS AS (u + 1) STORED, CONSTRAINT small CHECK (u < 100000)) WITH (fillfactor = 10);
ALTER TABLE t DROP COLUMN gone;
CREATE INDEX t_v ON t (lower(v)) WHERE u > 3;
CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t);
INSERT INTO t (id, u, w) SELECT g, g, repeat('w', g) FROM generate_series(1, 400) g;
INSERT INTO t (id, u, w) SELECT 401, 401, string_agg(md5(g::text), '') FROM generate_series(1, 1000) g;
INSERT INTO child SELECT g, g FROM generate_series(1, 100) g;
ALTER TABLE t ADD COLUMN fast int DEFAULT 5;
COMMENT ON TABLE t IS 'ours';
COMMENT ON COLUMN t.id IS 'key';
GRANT SELECT ON t TO PUBLIC;
ALTER TABLE t CLUSTER ON t_pkey;
ANALYZE t, child;
SELECT content() AS before, whole_shape() AS shape \gset
-- Taken back at each point of the way: in the middle of the copy, before the switch, after it; by cancel and by rollback.
CREATE OR REPLACE PROCEDURE take_back(place text, way text) LANGUAGE plpgsql AS $$
DECLARE
    id text;
BEGIN
    id := hotswap.start('ALTER TABLE t ALTER COLUMN id TYPE bigint, ALTER COLUMN w TYPE varchar USING upper(w)',
                        options => jsonb_build_object('down', '{"w": "lower(w)"}'::jsonb, 'rollout_percentage', CASE place WHEN 'copy' THEN 10 ELSE 100 END, 'batch_size', 20, 'auto_switch', place NOT IN ('copied')));
    COMMIT;
    IF place <> 'start' THEN
        CALL public.wait_until(id, 'paused', 'awaiting', 'failed');
    END IF;
    UPDATE t SET v = 'x' WHERE t.id IN (1, 399);
    UPDATE t SET v = 'v' WHERE t.id IN (1, 399);
    IF way = 'cancel' THEN
        PERFORM hotswap.cancel(id);
    ELSE
        PERFORM hotswap.rollback(id);
    END IF;
    CALL public.wait_until(id, 'cancelled', 'rolled_back', 'failed', 'paused');
    RAISE WARNING '% at %: %', way, place, (SELECT s.state || coalesce(': ' || steady(s.waiting_for), '') FROM hotswap.status(id) s);
END $$;
SET client_min_messages = warning;
CALL take_back('start', 'cancel');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
CALL take_back('copy', 'cancel');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
CALL take_back('copy', 'rollback');
SELECT * FROM leftovers();
CALL take_back('copied', 'cancel');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
CALL take_back('switched', 'rollback');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
-- Failed on the way, then cancelled.
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN id TYPE bigint, ALTER COLUMN w TYPE int USING 1 / (u - 300)', options => '{"down": {"w": "''x''"}}') AS migration_id \gset
CALL wait_until(:'migration_id', 'paused', 'failed', 'awaiting');
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
-- A start that is rolled back, and one that is cancelled before anything has happened.
BEGIN;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN id TYPE bigint') IS NOT NULL AS started;
ROLLBACK;
BEGIN;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN id TYPE bigint') AS migration_id \gset
SELECT hotswap.cancel(:'migration_id');
COMMIT;
CALL wait_until(:'migration_id', 'cancelled');
SELECT * FROM leftovers();
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
-- Completed: nothing is left, either.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint', options => '{"auto_contract": true}') \gset
SELECT state FROM hotswap.status(:'migration_id');
CALL until('NOT EXISTS (SELECT FROM leftovers())');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE int', options => '{"auto_contract": true}') \gset
SELECT state FROM hotswap.status(:'migration_id');
CALL until('NOT EXISTS (SELECT FROM leftovers())');
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;

-- DROP EXTENSION in the middle of the copy: refused without CASCADE; with it the table is whole, writable, and nobody's trigger is left.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint', options => '{"rollout_percentage": 10, "batch_size": 20}') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT * FROM refusal('DROP EXTENSION hotswap') \gx
BEGIN;
DROP EXTENSION hotswap CASCADE;
ROLLBACK;
SELECT state FROM hotswap.status(:'migration_id');
UPDATE t SET v = 'during' WHERE id IN (1, 399);
DROP EXTENSION hotswap CASCADE;
SELECT * FROM leftovers();
UPDATE t SET v = 'v' WHERE id IN (1, 399);
INSERT INTO t (id, u) VALUES (500, 500);
DELETE FROM t WHERE id = 500;
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
-- Before the switch.
CREATE EXTENSION hotswap;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint', options => '{"auto_switch": false}') \gset
UPDATE t SET v = 'during' WHERE id IN (1, 399);
DROP EXTENSION hotswap CASCADE;
SELECT * FROM leftovers();
UPDATE t SET v = 'v' WHERE id IN (1, 399);
SELECT content() = :'before' AS same_rows, whole_shape() = :'shape' AS same_shape;
-- After the switch: the table stays as it is now, with all that was written, or goes back to what it was; in any case it is whole.
CREATE EXTENSION hotswap;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
UPDATE t SET v = 'after' WHERE id IN (1, 399);
INSERT INTO t (id, u) VALUES (500, 500);
DROP EXTENSION hotswap CASCADE;
SELECT * FROM leftovers();
INSERT INTO t (id, u) VALUES (501, 501);
UPDATE t SET v = 'v' WHERE id IN (1, 399);
SELECT count(*), sum(id), count(v), pg_typeof(min(id)) AS type FROM t;
DELETE FROM t WHERE id >= 500;
SELECT md5(string_agg((t.id, u, v, w, g, fast)::text, ',' ORDER BY id)) = :'before' AS same_rows FROM t;
SELECT conname, convalidated FROM pg_constraint WHERE conrelid IN ('t'::regclass, 'child'::regclass) ORDER BY 1;
SELECT refused('INSERT INTO child VALUES (1000, 99999)'), refused('INSERT INTO t (id, u) VALUES (1, 9999)'), refused('INSERT INTO t (id, u) VALUES (9999, 1)');
SET enable_seqscan = off;
SELECT count(*) FROM t WHERE id > 0;
SELECT count(*) FROM t WHERE lower(v) = 'v' AND u > 3;
RESET enable_seqscan;
-- And again: all of it from the start.
CREATE EXTENSION hotswap;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE numeric', options => '{"auto_contract": true}') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT count(*), sum(id), pg_typeof(min(id)) AS type FROM t;
DROP TABLE child, t;
DROP PROCEDURE take_back(text, text);
DROP EXTENSION hotswap;
