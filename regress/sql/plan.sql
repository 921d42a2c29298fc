-- The dry run: every step of the main strategies with its SQL, its undo and the lock it takes. Changes to these texts are
-- changes of what runs on people's tables, so they show here.
-- Traps: T3 (column, trigger and checks in one step; on the way back the trigger first), T18 (indexes after the backfill),
-- T25 (foreign keys NOT VALID, then validated), T29 (what cannot be undone is last and alone).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE OR REPLACE FUNCTION public.show(ddl text, strategy text DEFAULT 'auto', options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM hotswap.plan(ddl, strategy, options) p, LATERAL (
        SELECT 0 AS n, format('%s. %s: %s [%s%s]%s', step_no, phase, title, kind, ', ' || lock_mode,
                              CASE WHEN irreversible THEN ' IRREVERSIBLE' END) AS line
        UNION ALL SELECT 1, '     waits for: ' || deployment WHERE deployment IS NOT NULL
        UNION ALL SELECT 2 + i, '     ' || a FROM unnest(action) WITH ORDINALITY u (a, i)
        UNION ALL SELECT 1000 + i, '   undo: ' || a FROM unnest(undo) WITH ORDINALITY u (a, i)) l
     ORDER BY step_no, n
$$;
\pset format unaligned
\pset tuples_only on
\set ECHO all
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL DEFAULT 3 CHECK (v > 0) UNIQUE, p int REFERENCES parent, w text, "Mixed" text);
CREATE TABLE child (c int REFERENCES t ON DELETE CASCADE);
CREATE INDEX t_w ON t (w);

-- dual_write: a type change.
SELECT * FROM show('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write');
-- The options add and take away steps that wait.
SELECT step_no, phase, kind, title, requires_deployment, deployment
  FROM hotswap.plan('ALTER TABLE t ALTER COLUMN p TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false, "bake": "1 hour", "keep_previous": "2 days"}') ORDER BY step_no;
SELECT step_no, phase, kind, title, requires_deployment, deployment
  FROM hotswap.plan('ALTER TABLE t ALTER COLUMN p TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}') ORDER BY step_no;
-- A key with everything that hangs on it.
SELECT * FROM show('ALTER TABLE t ALTER COLUMN id TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}');
-- dual_write: a rename.
SELECT * FROM show('ALTER TABLE t RENAME COLUMN "Mixed" TO mixed');
-- dual_write: split and merge.
SELECT * FROM show('ALTER TABLE t DROP COLUMN "Mixed", ADD COLUMN a text NOT NULL, ADD COLUMN b text DEFAULT ''x''',
                   options => '{"up": {"a": "split_part(\"Mixed\", '' '', 1)", "b": "split_part(\"Mixed\", '' '', 2)"}, "down": {"Mixed": "a || '' '' || b"}}');
SELECT * FROM show('ALTER TABLE t ADD COLUMN pair text, DROP COLUMN w, DROP COLUMN "Mixed"',
                   options => '{"up": {"pair": "w || ''|'' || \"Mixed\""}, "down": {"w": "split_part(pair, ''|'', 1)", "Mixed": "split_part(pair, ''|'', 2)"}}');
-- online_index.
SELECT * FROM show('CREATE UNIQUE INDEX t_new ON t (lower(w) DESC, v) INCLUDE (p) WITH (fillfactor = 70) WHERE v > 1');
SELECT * FROM show('DROP INDEX t_w');
-- online_constraint.
SELECT * FROM show('ALTER TABLE t ALTER COLUMN w SET NOT NULL, ALTER COLUMN p SET NOT NULL');
-- A check that proves it spares the scan.
ALTER TABLE t ADD CHECK (w IS NOT NULL);
SELECT * FROM show('ALTER TABLE t ALTER COLUMN w SET NOT NULL');
-- DROP COLUMN: deprecate, wait, drop.
SELECT * FROM show('ALTER TABLE t DROP COLUMN v');
-- direct.
SELECT * FROM show('ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 5, ALTER COLUMN v SET DEFAULT 4, ALTER COLUMN id DROP DEFAULT');
SELECT * FROM show('ALTER TABLE t RENAME TO tt');
SELECT * FROM show('ALTER TABLE t RENAME COLUMN v TO z', 'direct');
SELECT * FROM show('ALTER TABLE t SET (fillfactor = 60)');
SELECT * FROM show('COMMENT ON TABLE t IS ''x''');

-- Looking changed nothing, and left nothing behind.
\pset tuples_only off
\pset format aligned
SELECT count(*) FROM hotswap._migrations;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE '~hotswap%';
DROP TABLE child, t, parent;
DROP FUNCTION show(text, text, jsonb);
DROP EXTENSION hotswap;
