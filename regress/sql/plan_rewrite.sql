-- The dry run of online_rewrite: its steps, the DDL of the switch on both ways, and what is refused. Nothing is changed.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- Kinds of steps in order; the switch with its SQL and its undo.
CREATE OR REPLACE FUNCTION public.show(ddl text, options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM hotswap.plan(ddl, options => options) p, LATERAL (
        SELECT 0 AS n, format('%s. %s: %s [%s%s]%s', step_no, phase, title, kind, ', ' || lock_mode,
                              CASE WHEN irreversible THEN ' IRREVERSIBLE' END) AS line
        UNION ALL SELECT 1, '     waits for: ' || deployment WHERE deployment IS NOT NULL
        UNION ALL SELECT 2 + i, '     ' || replace(a, quote_ident(session_user), 'me') FROM unnest(action) WITH ORDINALITY u (a, i)
        UNION ALL SELECT 1000 + i, '   undo: ' || replace(a, quote_ident(session_user), 'me') FROM unnest(undo) WITH ORDINALITY u (a, i)) l
     ORDER BY step_no, n
$$;
CREATE OR REPLACE FUNCTION public.switch(ddl text, options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM show(ddl, options) WITH ORDINALITY s (line, n)
     WHERE line LIKE '%[copy]' OR line LIKE '%[switch_storage%' OR line LIKE '  %' ORDER BY n
$$;
CREATE OR REPLACE FUNCTION public.reading(ddl text, options jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT string_agg(DISTINCT plan_strategy, ',') AS s, count(*) AS n INTO r FROM hotswap.plan(ddl, options => options);
    RETURN format('%s, %s steps', r.s, r.n);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
\pset format unaligned
\pset tuples_only on
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL DEFAULT 3 CHECK (v > 0), w text DEFAULT 'x', ts timestamp, "Mixed" text);
CREATE INDEX t_v ON t (v) WHERE v > 5;
CREATE STATISTICS st ON v, w FROM t;

-- A type change.
SELECT * FROM show('ALTER TABLE t ALTER COLUMN v TYPE bigint');
-- The options add steps that wait.
SELECT * FROM show('ALTER TABLE t ALTER COLUMN v TYPE bigint', '{"auto_switch": false, "bake": "1 hour", "keep_previous": ""}') l WHERE l LIKE '%await%' OR l LIKE '%waits%';
SELECT count(*) FROM show('ALTER TABLE t ALTER COLUMN v TYPE bigint', '{"auto_contract": true}') l WHERE l LIKE '%await%';

-- Everything that can go together, and how it goes back.
SELECT * FROM switch($$ALTER TABLE t ALTER COLUMN ts TYPE timestamptz USING ts AT TIME ZONE 'UTC', ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN g int GENERATED ALWAYS AS (id + 1) STORED, ADD COLUMN plain text, ALTER w SET NOT NULL, ALTER w DROP DEFAULT, ALTER v DROP NOT NULL, ALTER v SET DEFAULT 9,
    ADD CONSTRAINT c CHECK (w <> ''), ADD UNIQUE (w, v), ALTER v SET STATISTICS 5, ALTER w SET STORAGE EXTERNAL, ALTER w SET COMPRESSION pglz,
    ALTER v SET (n_distinct = 3), SET (fillfactor = 50), SET UNLOGGED$$);

-- Views and views on views, from the top and from the bottom.
CREATE VIEW base AS SELECT id, v, v * 2 AS "Double it", ts FROM t WHERE ts > '2024-03-04 05:06';
CREATE VIEW top WITH (security_barrier) AS SELECT id, v FROM base WITH LOCAL CHECK OPTION;
CREATE MATERIALIZED VIEW sums AS SELECT v, count(*) FROM top GROUP BY v;
CREATE UNIQUE INDEX sums_v ON sums (v);
CREATE ROLE regress_viewer;
GRANT SELECT ON base TO regress_viewer WITH GRANT OPTION;
COMMENT ON VIEW base IS 'a view';
ALTER VIEW base ALTER COLUMN v SET DEFAULT 42;
SET datestyle = 'German';   -- constants are read in another session
SELECT * FROM switch('ALTER TABLE t ALTER COLUMN v TYPE bigint');
SET datestyle = 'ISO, MDY';
CREATE FUNCTION reads_view() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM top; END;
SELECT * FROM refusal($$SELECT * FROM hotswap.plan('ALTER TABLE t ALTER COLUMN v TYPE bigint')$$) \gx
DROP FUNCTION reads_view;
DROP VIEW base CASCADE;
DROP ROLE regress_viewer;

-- Foreign keys step aside; with option cascade their columns follow.
CREATE TABLE child (id serial PRIMARY KEY, t int NOT NULL REFERENCES t ON DELETE CASCADE, par int REFERENCES child);
COMMENT ON CONSTRAINT child_t_fkey ON child IS 'why';
CREATE TABLE grandchild (id int PRIMARY KEY REFERENCES t, c int REFERENCES child);
SELECT * FROM show('ALTER TABLE t ALTER COLUMN id TYPE bigint');
SELECT * FROM switch('ALTER TABLE t ALTER COLUMN id TYPE bigint', '{"cascade": true}');
SELECT * FROM switch('ALTER TABLE child ALTER COLUMN id TYPE bigint', '{"cascade": true}');
SET client_min_messages = notice;
SELECT count(*) FROM hotswap.plan('ALTER TABLE child ALTER COLUMN id TYPE bigint');
SET client_min_messages = warning;

-- Partitions and inheritance children.
CREATE TABLE part (id int PRIMARY KEY, v int DEFAULT 1) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
ALTER TABLE part2 ALTER COLUMN v SET DEFAULT 2;
SELECT * FROM switch('ALTER TABLE part ALTER COLUMN v TYPE bigint');
CREATE TABLE parent (id int PRIMARY KEY, v int);
CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (parent);
SELECT * FROM switch('ALTER TABLE parent ALTER COLUMN v TYPE bigint, ALTER COLUMN v SET NOT NULL');
SELECT * FROM switch('ALTER TABLE parent SET UNLOGGED');

-- What is refused, and why.
CREATE TABLE keyless (id int, v int);
CREATE TABLE odd_keys (a int NOT NULL, b int, v int, UNIQUE (a) DEFERRABLE, UNIQUE (b));
CREATE UNIQUE INDEX odd_partial ON odd_keys (a) WHERE a > 0;
CREATE TABLE gen (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (v * 2) STORED);
CREATE TABLE stored (id int PRIMARY KEY, v int);
CREATE TABLE stores (id int PRIMARY KEY, s stored[]);
CREATE TABLE forced (id int PRIMARY KEY, v int);
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
CREATE TEMP TABLE tmp (id int PRIMARY KEY, v int);
CREATE TABLE full_rows (id int PRIMARY KEY, v int);
INSERT INTO full_rows VALUES (1, 1);
SELECT ddl, reading(ddl) FROM (VALUES
    ('ALTER TABLE keyless ALTER v TYPE bigint'),
    ('ALTER TABLE gen ALTER v TYPE bigint'),
    ('ALTER TABLE gen ALTER g TYPE bigint'),
    ('ALTER TABLE gen ADD COLUMN h int GENERATED ALWAYS AS (g + 1) STORED'),
    ('ALTER TABLE gen ALTER id TYPE bigint, ADD COLUMN h bigint GENERATED ALWAYS AS (id + 1) STORED'),
    ('ALTER TABLE stored ALTER v TYPE bigint'),
    ('ALTER TABLE forced ALTER v TYPE bigint'),
    ('ALTER TABLE tmp ALTER v TYPE bigint'),
    ('ALTER TABLE part ALTER id TYPE bigint'),
    ('ALTER TABLE part1 ALTER v TYPE bigint'),
    ('ALTER TABLE part SET UNLOGGED'),
    ('ALTER TABLE ONLY parent ALTER v TYPE bigint'),
    ('ALTER TABLE heir ALTER v TYPE bigint'),
    ('ALTER TABLE t ALTER v TYPE bigint, DROP COLUMN w'),
    ('ALTER TABLE t ALTER v TYPE bigint, OWNER TO CURRENT_USER'),
    ('ALTER TABLE t ALTER v TYPE bigint, DISABLE TRIGGER ALL'),
    ('ALTER TABLE t ALTER v TYPE bigint, DROP CONSTRAINT t_v_check'),
    ('ALTER TABLE t ALTER v TYPE bigint, ADD FOREIGN KEY (v) REFERENCES part NOT VALID'),
    ('ALTER TABLE t ALTER v TYPE bigint, ADD CHECK (v < 9)'),
    ('ALTER TABLE t ALTER v TYPE bigint, ADD COLUMN s serial'),
    ('ALTER TABLE t ALTER v TYPE bigint, ALTER v TYPE numeric'),
    ('ALTER TABLE t ALTER v TYPE bigint, ALTER nosuch SET STATISTICS 5'),
    ('ALTER TABLE t ALTER w TYPE int USING length(w)'),
    ('ALTER TABLE full_rows ALTER v TYPE bigint, ADD COLUMN n int NOT NULL'),
    ('ALTER TABLE full_rows ALTER v TYPE bigint, ADD COLUMN n int NOT NULL DEFAULT 1'),
    ('ALTER TABLE t SET LOGGED')) s (ddl);
SELECT * FROM refusal($$SELECT * FROM hotswap.plan('ALTER TABLE odd_keys ALTER v TYPE bigint')$$) \gx
SELECT * FROM refusal($$SELECT * FROM hotswap.plan('ALTER TABLE gen ALTER v TYPE bigint')$$) \gx
SELECT * FROM refusal($$SELECT * FROM hotswap.plan('ALTER TABLE stored ALTER v TYPE bigint')$$) \gx
-- A key whose new value reads more than the key is passed over.
SELECT reading('ALTER TABLE full_rows ALTER id TYPE bigint USING id + v', '{"down": "id"}');
SELECT reading('ALTER TABLE t ALTER v TYPE bigint', '{"up": {"w": "w"}}'), reading('ALTER TABLE t ADD COLUMN z int', '{"cascade": true}');

-- One migration a table, also for one that is copied along.
BEGIN;
SELECT hotswap.start('ALTER TABLE grandchild ADD COLUMN z int') IS NOT NULL AS started \gset
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE child ALTER COLUMN id TYPE bigint', options => '{"cascade": true}')$$) \gx
ROLLBACK;
BEGIN;
SELECT hotswap.start('ALTER TABLE child ALTER COLUMN id TYPE bigint', options => '{"cascade": true}') IS NOT NULL AS started \gset
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE grandchild ADD COLUMN z int')$$) \gx
ROLLBACK;

-- A dual write that fills its columns by a rewrite.
SELECT line FROM hotswap.plan('ALTER TABLE full_rows ALTER COLUMN v TYPE bigint', 'dual_write', '{"backfill": "rewrite"}') p, format('%s. %s: %s [%s%s]', step_no, phase, title, kind, ', ' || lock_mode) AS line ORDER BY step_no;
SELECT kind, title FROM hotswap.plan('ALTER TABLE full_rows ALTER COLUMN v TYPE bigint', 'dual_write', '{"backfill": "in_place"}') WHERE step_no = 2;
SELECT * FROM refusal($$SELECT * FROM hotswap.plan('ALTER TABLE keyless ALTER COLUMN v TYPE bigint', 'dual_write', '{"backfill": "rewrite"}')$$) \gx
SELECT reading('ALTER TABLE full_rows ALTER v TYPE bigint', '{"backfill": "rewrite"}'), reading('ALTER TABLE full_rows ALTER v TYPE bigint', '{"backfill": "fast"}');
BEGIN;
SELECT hotswap.start('ALTER TABLE full_rows ALTER COLUMN v TYPE varchar(20)', strategy => 'dual_write', options => '{"backfill": "rewrite", "down": "v::int"}') AS id \gset
SELECT key_columns, columns, up, down, flags FROM hotswap._migration_twins WHERE migration_id = :'id';
ROLLBACK;

-- start_rewrite: what is stored.
BEGIN;
SELECT hotswap.start_rewrite('full_rows', 'v DESC NULLS LAST, lower(id::text)', 70, 'in order') AS id \gset
SELECT ddl, strategy, name FROM hotswap._migrations WHERE migration_id = :'id';
SELECT relation, key_columns, columns, order_by FROM hotswap._migration_twins WHERE migration_id = :'id';
SELECT statement, after, undo FROM hotswap._migration_steps WHERE migration_id = :'id' AND kind = 'switch_storage';
ROLLBACK;
SELECT statement, refused(statement) FROM (VALUES
    ($$SELECT hotswap.start_rewrite(NULL)$$),
    ($$SELECT hotswap.start_rewrite('keyless')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', 'nosuch')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', '1')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', 'v LIMIT 1')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', 'v USING <')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', '(SELECT 1)')$$),
    ($$SELECT hotswap.start_rewrite('full_rows', fillfactor => 5)$$),
    ($$SELECT hotswap.start_rewrite('full_rows', options => '{"up": "v"}')$$),
    ($$SELECT hotswap.start_rewrite('pg_class')$$)) s (statement);

DROP TABLE t, child, grandchild, part, parent, heir, keyless, odd_keys, gen, stores, stored, forced, full_rows;
DROP FUNCTION switch(text, jsonb), show(text, jsonb), reading(text, jsonb);
DROP EXTENSION hotswap;
