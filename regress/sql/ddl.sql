-- What is read, and what is refused: every kind of statement of the list is planned, everything else is an error with a
-- SQLSTATE, a position where there is one, and a hint that says what to type instead. Nothing is changed by any of it.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- Strategy and number of steps, or the error, of a list of statements.
CREATE OR REPLACE FUNCTION public.reading(ddl text, strategy text DEFAULT 'auto', options jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT string_agg(DISTINCT plan_strategy, ',') AS s, count(*) AS n, bool_or(irreversible) AS i INTO r FROM hotswap.plan(ddl, strategy, options);
    RETURN format('%s, %s steps%s', r.s, r.n, CASE WHEN r.i THEN ', the last irreversible' END);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL DEFAULT 3, w text, x varchar(10), ts timestamp);
CREATE TABLE other (id int PRIMARY KEY, t int REFERENCES t);
CREATE INDEX t_w ON t (w);
CREATE VIEW plain_view AS SELECT w FROM t;
CREATE SEQUENCE s;

-- What is read.
SELECT ddl, reading(ddl) FROM (VALUES
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint'),
    ('ALTER TABLE t ALTER v SET DATA TYPE bigint'),
    ('ALTER TABLE ONLY t ALTER COLUMN v TYPE bigint'),
    ('alter table public.t alter column v type int8 using v::int8'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ALTER COLUMN id TYPE bigint'),
    ('ALTER TABLE t ALTER COLUMN x TYPE varchar(20)'),
    ('ALTER TABLE t ALTER COLUMN x TYPE text'),
    ('ALTER TABLE t ALTER COLUMN x TYPE varchar(5)'),
    ('ALTER TABLE t RENAME COLUMN v TO z'),
    ('ALTER TABLE t RENAME v TO z'),
    ('ALTER TABLE t RENAME TO tt'),
    ('ALTER TABLE t ADD COLUMN z int'),
    ('ALTER TABLE t ADD z int DEFAULT 5'),
    ('ALTER TABLE t ADD COLUMN z int NOT NULL DEFAULT 5'),
    ('ALTER TABLE t ADD COLUMN z timestamptz DEFAULT now()'),
    ('ALTER TABLE t ADD COLUMN z int, ADD COLUMN zz text COLLATE "C"'),
    ('ALTER TABLE t ADD COLUMN IF NOT EXISTS z int'),
    ('ALTER TABLE t DROP COLUMN x'),
    ('ALTER TABLE t DROP COLUMN x, DROP COLUMN ts'),
    ('ALTER TABLE t ALTER COLUMN w SET NOT NULL'),
    ('ALTER TABLE t ALTER COLUMN w SET NOT NULL, ALTER COLUMN x SET NOT NULL'),
    ('ALTER TABLE t ALTER COLUMN v DROP NOT NULL'),
    ('ALTER TABLE t ALTER COLUMN v SET DEFAULT 4'),
    ('ALTER TABLE t ALTER COLUMN v DROP DEFAULT'),
    ('CREATE INDEX ON t (x)'),
    ('CREATE INDEX t_x ON t USING hash (x)'),
    ('CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (lower(x) text_pattern_ops DESC NULLS LAST) INCLUDE (v) WITH (fillfactor = 50) WHERE v > 0'),
    ('DROP INDEX t_w'),
    ('DROP INDEX CONCURRENTLY public.t_w'),
    ('ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0) NOT VALID'),
    ('ALTER TABLE t DROP CONSTRAINT t_pkey'),
    ('ALTER TABLE t ALTER COLUMN v SET STATISTICS 100'),
    ('ALTER TABLE t SET (fillfactor = 70)'),
    ('ALTER TABLE t ENABLE ROW LEVEL SECURITY'),
    ('ALTER TABLE t OWNER TO CURRENT_USER'),
    ('ALTER INDEX t_w RENAME TO t_ww'),
    ('ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk'),
    ('COMMENT ON TABLE t IS ''x'''),
    ('GRANT SELECT ON t TO PUBLIC'),
    ('CREATE VIEW v2 AS SELECT 1 AS one'),
    ('CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('DROP VIEW plain_view'),
    ('  ALTER TABLE t ADD COLUMN z int ;  '),
    ('-- a comment' || chr(10) || 'ALTER TABLE t /* here */ ADD COLUMN z int')) s (ddl);

-- No-ops of IF EXISTS and IF NOT EXISTS: a plan without steps.
SELECT ddl, reading(ddl) FROM (VALUES
    ('ALTER TABLE IF EXISTS nosuch ADD COLUMN z int'),
    ('ALTER TABLE t ADD COLUMN IF NOT EXISTS v int'),
    ('ALTER TABLE t DROP COLUMN IF EXISTS nosuch'),
    ('CREATE INDEX IF NOT EXISTS t_w ON t (w)'),
    ('DROP INDEX IF EXISTS nosuch')) s (ddl);
CALL hotswap.run('ALTER TABLE t ADD COLUMN IF NOT EXISTS v int') \gset
SELECT state, steps FROM hotswap.status(:'migration_id');

-- What is not there.
SELECT ddl, reading(ddl) FROM (VALUES
    ('ALTER TABLE nosuch ADD COLUMN z int'),
    ('ALTER TABLE nosuch.t ADD COLUMN z int'),
    ('ALTER TABLE t ALTER COLUMN nosuch TYPE bigint'),
    ('ALTER TABLE t RENAME COLUMN nosuch TO z'),
    ('ALTER TABLE t DROP COLUMN nosuch'),
    ('ALTER TABLE t ALTER COLUMN nosuch SET NOT NULL'),
    ('ALTER TABLE t ALTER COLUMN nosuch SET DEFAULT 1'),
    ('ALTER TABLE t ALTER COLUMN v TYPE nosuch'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint USING nosuch'),
    ('ALTER TABLE t RENAME COLUMN v TO w'),
    ('ALTER TABLE t RENAME COLUMN v TO ctid'),
    ('ALTER TABLE t RENAME TO other'),
    ('ALTER TABLE t ADD COLUMN v int'),
    ('ALTER TABLE t ALTER COLUMN ctid TYPE text'),
    ('CREATE INDEX ON t (nosuch)'),
    ('CREATE INDEX t_w ON t (v)'),
    ('CREATE INDEX ON nosuch (v)'),
    ('DROP INDEX nosuch'),
    ('DROP INDEX t')) s (ddl);

-- What cannot be done online.
SELECT ddl, reading(ddl) FROM (VALUES
    (''),
    (' ; '),
    ('ALTER TABEL t'),
    ('SELECT 1'),
    ('UPDATE t SET v = 1'),
    ('DROP TABLE t'),
    ('TRUNCATE t'),
    ('VACUUM t'),
    ('BEGIN'),
    ('CREATE TABLE z (a int)'),
    ('ALTER TABLE t ADD COLUMN z int; ALTER TABLE t ADD COLUMN zz int'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, RENAME COLUMN w TO z'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ALTER COLUMN w SET NOT NULL'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ALTER COLUMN v SET DEFAULT 5'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ADD COLUMN z int'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, SET (fillfactor = 70)'),
    ('ALTER TABLE t SET (fillfactor = 70), DROP COLUMN w'),
    ('ALTER TABLE t DROP COLUMN v CASCADE'),
    ('ALTER TABLE t DROP COLUMN w'),
    ('ALTER TABLE t ALTER COLUMN w TYPE int'),
    ('ALTER TABLE t ALTER COLUMN w TYPE int USING w::int'),
    ('ALTER TABLE t ALTER COLUMN x TYPE int USING length(x)'),
    ('ALTER TABLE t ALTER COLUMN ts TYPE timestamptz'),
    ('ALTER TABLE t ADD COLUMN z serial'),
    ('ALTER TABLE t ADD COLUMN z uuid DEFAULT gen_random_uuid()'),
    ('ALTER TABLE t ADD COLUMN z int GENERATED ALWAYS AS IDENTITY'),
    ('ALTER TABLE t ADD COLUMN z int GENERATED ALWAYS AS (v + 1) STORED'),
    ('ALTER TABLE t ADD COLUMN z int CHECK (z > 0)'),
    ('ALTER TABLE t ADD COLUMN z int UNIQUE'),
    ('ALTER TABLE t ADD COLUMN z int REFERENCES other'),
    ('ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0)'),
    ('ALTER TABLE t ADD CONSTRAINT c UNIQUE (v)'),
    ('ALTER TABLE t ADD FOREIGN KEY (v) REFERENCES other'),
    ('ALTER TABLE t ADD EXCLUDE USING gist (v WITH =)'),
    ('ALTER TABLE t SET UNLOGGED'),
    ('ALTER TABLE t SET TABLESPACE pg_default'),
    ('ALTER TABLE t INHERIT other'),
    ('ALTER VIEW plain_view RENAME TO pv'),
    ('ALTER VIEW plain_view ALTER COLUMN w SET DEFAULT ''x'''),
    ('ALTER SEQUENCE s RENAME TO ss'),
    ('DROP INDEX t_pkey'),
    ('DROP INDEX t_w CASCADE'),
    ('DROP INDEX t_w, t_pkey'),
    ('DROP FUNCTION nosuch() CASCADE')) s (ddl);
-- Where the statement can say where, it does; and each error has a hint that gets one unstuck.
SELECT hotswap.start('ALTER TABLE t ADD COLUMN ok int, ALTER COLUMN nosuch TYPE bigint');
\echo :SQLSTATE
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint USING nosuch + 1');
\echo :SQLSTATE
SELECT hotswap.start('ALTER TABLE t ADD COLUMN z int; ALTER TABLE t ADD EXCLUDE USING btree (v WITH =)');
\echo :SQLSTATE
SELECT hotswap.start('ALTER TABLE t ADD COLUMN z int, ADD EXCLUDE USING btree (v WITH =)');
\echo :SQLSTATE
SELECT hotswap.start('DROP TABLE t');
\echo :SQLSTATE
SELECT hotswap.start('ALTER TABLE t ALTER w TYPE int USING length(w)');
\echo :SQLSTATE
SELECT hotswap.start('ALTER TABEL t');
\echo :SQLSTATE
-- NULL is no DDL; NULL options are none.
SELECT refused($$SELECT hotswap.start(NULL)$$), refused($$SELECT * FROM hotswap.plan(NULL)$$), refused($$CALL hotswap.run(NULL)$$);
SELECT reading('ALTER TABLE t ADD z int', NULL, NULL);
SELECT refused($$SELECT hotswap.advance(NULL)$$), refused($$SELECT hotswap.generate_dual_write('t', NULL, 'v')$$), refused($$SELECT hotswap.cancel(NULL)$$);

-- Strategies.
SELECT ddl, strategy, reading(ddl, strategy) FROM (VALUES
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint', 'direct'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint', 'online_index'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint', 'online_rewrite'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint', 'blue_green'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint', 'magic'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ALTER COLUMN w SET NOT NULL', 'dual_write'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, ADD COLUMN z int', 'dual_write'),
    ('ALTER TABLE t ALTER COLUMN v TYPE bigint, SET (fillfactor = 70)', 'dual_write'),
    ('ALTER TABLE t SET UNLOGGED', 'direct'),
    ('ALTER TABLE t ADD COLUMN z int GENERATED ALWAYS AS (v + 1) STORED', 'direct'),
    ('ALTER TABLE t ADD COLUMN z uuid DEFAULT gen_random_uuid()', 'direct'),
    ('ALTER TABLE t RENAME COLUMN v TO z', 'direct'),
    ('ALTER TABLE t ALTER COLUMN w SET NOT NULL', 'direct'),
    ('ALTER TABLE t ALTER COLUMN w SET NOT NULL', 'online_constraint'),
    ('CREATE INDEX ON t (v)', 'online_index'),
    ('CREATE INDEX ON t (v)', 'dual_write'),
    ('CREATE INDEX ON t (v)', 'direct'),
    ('ALTER TABLE t ADD COLUMN z int', 'dual_write')) s (ddl, strategy);

-- Options: an unknown key lists the known ones; a wrong value says what it must be.
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t ALTER v TYPE bigint', options => '{"bach_size": 5}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t ALTER v TYPE bigint', options => '{"batch_size": "many"}')$$) \gx
SELECT options, reading('ALTER TABLE t ALTER v TYPE bigint', options => options::jsonb) FROM (VALUES
    ('{}'), ('{"batch_size": 100, "delay_ms": 5, "parallel": 1, "rollout_percentage": 12.5}'),
    ('{"auto_switch": false, "auto_contract": false, "keep_previous": "1 day", "bake": "1 hour"}'),
    ('{"lock_timeout": "100 ms", "lock_budget": "2 minutes", "max_duration": "2 hours", "max_replication_lag": 500}'),
    ('{"conflict": "new_wins"}'), ('{"batch_size": null}'),
    ('{"batch_size": 0}'), ('{"batch_size": 1.5}'), ('{"batch_size": true}'), ('{"parallel": 17}'), ('{"delay_ms": -1}'),
    ('{"rollout_percentage": 0}'), ('{"rollout_percentage": 101}'), ('{"auto_switch": "yes"}'), ('{"auto_contract": 1}'),
    ('{"lock_timeout": "-1 s"}'), ('{"lock_timeout": "soon"}'), ('{"max_duration": "for ever"}'), ('{"max_duration": []}'),
    ('{"keep_previous": 24}'), ('{"bake": "a while"}'), ('{"keep_previous": "a while"}'), ('{"conflict": "old_wins"}'),
    ('{"up": 5}'), ('{"up": {}}'), ('{"up": {"v": ""}}'), ('{"up": {"w": "v"}}'), ('{"up": "v + nosuch"}'), ('{"up": "v", "down": "v"}'),
    ('{"up": "now()"}'), ('[]'), ('"fast"')) o (options);
SELECT reading('ALTER TABLE t ALTER v TYPE bigint USING v + 1', options => '{"up": "v", "down": "v"}');
SELECT reading('ALTER TABLE t ALTER v TYPE bigint USING v + 1');
SELECT reading('CREATE INDEX ON t (v)', options => '{"up": "v"}');

-- Shapes of tables a dual write is not for.
CREATE TABLE part (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE parent (id int, v int);
CREATE TABLE child () INHERITS (parent);
CREATE TEMP TABLE tmp (id int, v int);
CREATE TABLE gen (id int, v int, g int GENERATED ALWAYS AS (v * 2) STORED);
CREATE TYPE composite AS (a int);
CREATE TABLE typed OF composite;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nothing FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE far (id int, v int) SERVER nothing;
CREATE MATERIALIZED VIEW mat AS SELECT 1 AS v;
SELECT rel, reading(format('ALTER TABLE %s ALTER COLUMN v TYPE bigint', rel), 'dual_write') AS type, reading(format('ALTER TABLE %s RENAME COLUMN v TO z', rel), 'dual_write') AS rename
  FROM unnest(ARRAY['part', 'part1', 'parent', 'child', 'tmp', 'far', 'mat', 'plain_view', 'gen']) rel;
SELECT ddl, reading(ddl) FROM (VALUES
    ('ALTER TABLE gen ALTER COLUMN g TYPE bigint'),
    ('ALTER TABLE gen RENAME COLUMN g TO h'),
    ('ALTER TABLE gen DROP COLUMN v'),
    ('ALTER TABLE part RENAME COLUMN v TO z'),
    ('CREATE INDEX ON part (v)'),
    ('CREATE INDEX ON tmp (v)'),
    ('CREATE INDEX ON mat (v)'),
    ('ALTER TABLE typed ALTER COLUMN a TYPE bigint'),
    ('ALTER TABLE tmp ADD COLUMN z int'), ('TRUNCATE tmp'), ('DROP TABLE tmp'), ('CREATE TABLE pg_temp.x (id int)'), ('CREATE TEMP TABLE x (id int)'),
    ('ALTER TABLE pg_class ADD COLUMN z int'),
    ('ALTER TABLE hotswap._migrations ADD COLUMN z int')) s (ddl);
SELECT reading('ALTER TABLE gen ALTER COLUMN g TYPE bigint', 'dual_write');
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE part1 ALTER COLUMN v TYPE bigint')$$) \gx

-- Who depends on a column is named, all of them.
CREATE VIEW v_one AS SELECT v FROM t;
CREATE MATERIALIZED VIEW v_two AS SELECT v + 1 AS v1 FROM t;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_v BEFORE UPDATE OF v ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY p ON t USING (v > 0);
CREATE STATISTICS st ON v, x FROM t;
SET client_min_messages = error;   -- wal_level
CREATE PUBLICATION pub FOR TABLE t (id, v);
SET client_min_messages = warning;
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t DROP COLUMN v')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t DROP COLUMN id')$$) \gx
SELECT reading('ALTER TABLE t RENAME COLUMN v TO z');

-- Nothing was changed.
SELECT state, ddl FROM hotswap.status();
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' AND table_schema = 'public' ORDER BY ordinal_position;
DROP TABLE t, other, part, parent, tmp, gen, typed CASCADE;
DROP FOREIGN DATA WRAPPER nothing CASCADE;
DROP TYPE composite;
DROP MATERIALIZED VIEW mat;
DROP SEQUENCE s;
DROP PUBLICATION pub;
DROP FUNCTION f(), reading(text, text, jsonb);
DROP EXTENSION hotswap;
