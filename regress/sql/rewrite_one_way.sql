-- Rewrites that nothing takes back once they have switched: asked for by option one_way, or by themselves in a script. Before the switch
-- they are taken back like others. And what goes together with a rewriting change: constraints that are dropped and added, columns that
-- are dropped.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE OR REPLACE FUNCTION public.stands(id text, OUT state text, OUT phase text, OUT waiting_for text, OUT revertible text)
LANGUAGE sql AS $$ SELECT s.state, s.phase, public.steady(s.waiting_for), s.revertible FROM hotswap.status(id) s $$;
CREATE OR REPLACE FUNCTION public.show(ddl text, options jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s. %s: %s [%s]%s', step_no, phase, title, kind, CASE WHEN irreversible THEN ' IRREVERSIBLE' END)
           || coalesce(E'\n' || (SELECT string_agg('     ' || a, E'\n') FROM unnest(action) a), '')
           || coalesce(E'\n' || (SELECT string_agg('   undo: ' || a, E'\n') FROM unnest(undo) a), '')
      FROM hotswap.plan(ddl, options => options) WHERE kind NOT IN ('copy', 'twin_index', 'catch_up', 'twin_verify')
$$;
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v text, w int DEFAULT 1);
INSERT INTO t SELECT g, g * 10, g FROM generate_series(1, 300) g;

-- Refused alone, with both ways out in the hint.
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int / 10')$$) \gx
SELECT refused($$SELECT hotswap.start('ALTER TABLE t ALTER COLUMN w SET DEFAULT 2', options => '{"one_way": true}')$$);
SELECT refused($$SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int / 10', strategy => 'dual_write', options => '{"one_way": true}')$$);
SELECT refused($$SELECT hotswap.start('ALTER TABLE t ALTER w DROP DEFAULT; UPDATE t SET w = 1', options => '{"one_way": true}')$$);
SET client_min_messages = notice;
SELECT * FROM show('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int / 10', '{"one_way": true, "bake": "1 hour"}');
SELECT count(*) FROM hotswap.plan('ALTER TABLE t ALTER COLUMN w TYPE bigint', options => '{"one_way": true}') WHERE irreversible;
SET client_min_messages = warning;

-- Before the switch it is taken back like any other.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int / 10', options => '{"one_way": true, "auto_switch": false}') \gset
SELECT * FROM stands(:'migration_id');
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT count(*), max(v), pg_typeof(max(v)) FROM t;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;

-- After it there is nothing to wait for, and no way back.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int / 10', options => '{"one_way": true}') \gset
SELECT state, phase FROM stands(:'migration_id');
SELECT count(*), max(v), pg_typeof(max(v)) FROM t;
SELECT * FROM refusal(format('SELECT hotswap.rollback(%L)', :'migration_id')) \gx
SELECT count(*) FROM pg_class WHERE relnamespace = 'hotswap'::regnamespace AND relname ~ '^_(twin|previous|changes|alive)_[0-9]';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
SELECT warnings[1] FROM hotswap._migrations WHERE migration_id = :'migration_id';

-- A script takes it by itself, and so does a single statement with a name, which is a file of somebody's tool.
SET client_min_messages = notice;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE text USING v || ''!''; ALTER TABLE t ALTER COLUMN w DROP DEFAULT;', 'V1__text') AS migration_id \gset
SET client_min_messages = warning;
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase FROM stands(:'migration_id');
SELECT strategy, state, warnings[1] FROM hotswap._migrations WHERE script_id = :'migration_id' ORDER BY part_no;
SELECT max(v) FROM t;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int USING left(v, -1)::int', name => 'V2__number') \gset
SELECT state, phase FROM stands(:'migration_id');
SELECT max(v) FROM t;

-- The time zone that a script sets before its first statement is that of all its statements, and of nothing else.
CREATE TABLE z (id int PRIMARY KEY, at timestamp, on_day timestamptz);
INSERT INTO z VALUES (1, '2026-07-01 12:00', '2026-07-01 20:00+00');
CALL hotswap.run($$SET TIME ZONE 'Asia/Tokyo'; ALTER TABLE z ALTER at TYPE timestamptz; ALTER TABLE z ALTER on_day TYPE date$$, name => 'V4__zone', options => '{"auto_contract": true}') \gset
SELECT state FROM stands(:'migration_id');
SELECT * FROM z;
SELECT current_setting('timezone'), array_agg(DISTINCT time_zone) FROM hotswap._migrations WHERE :'migration_id' IN (migration_id, script_id);
SELECT refused($$SELECT hotswap.start('SET TIME ZONE ''Nowhere/Else''; ALTER TABLE z ADD x int')$$);
DROP TABLE z;

-- An enum that takes the place of another: its parts wait for a word only where the old type still has to go.
CREATE TYPE role AS ENUM ('USER', 'EDITOR');
CREATE TABLE u (id int PRIMARY KEY, role role DEFAULT 'USER');
INSERT INTO u SELECT g FROM generate_series(1, 100) g;
CALL hotswap.run($$
CREATE TYPE role_new AS ENUM ('USER', 'ADMIN');
ALTER TABLE u ALTER COLUMN role DROP DEFAULT, ALTER COLUMN role TYPE role_new USING (role::text::role_new);
ALTER TYPE role RENAME TO role_old;
ALTER TYPE role_new RENAME TO role;
DROP TYPE role_old;
ALTER TABLE u ALTER COLUMN role SET DEFAULT 'ADMIN';
$$, name => 'V3__role') \gset
SELECT state, regexp_replace(waiting_for, '_\d+', '_N', 'g') AS waiting_for FROM stands(:'migration_id');
INSERT INTO u VALUES (101, 'ADMIN');
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT role, count(*), pg_typeof(role) FROM u GROUP BY 1 ORDER BY 1;
DROP TABLE u;
DROP TYPE role;

-- Constraints with a type change: the key that a tool drops and adds again, a foreign key, a check, an index.
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT g FROM generate_series(1, 300) g;
ALTER TABLE t ADD CONSTRAINT positive CHECK (w > 0), ADD CONSTRAINT t_w_key UNIQUE (w), ADD CONSTRAINT t_v_fkey FOREIGN KEY (v) REFERENCES parent;
COMMENT ON CONSTRAINT t_pkey ON t IS 'the key';
CREATE TABLE shape_before AS SELECT * FROM shape('t');
SELECT * FROM show('ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER COLUMN id SET DATA TYPE bigint, ADD CONSTRAINT t_pkey PRIMARY KEY (id)');
CALL hotswap.run($$ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER COLUMN id TYPE bigint, ADD CONSTRAINT t_pkey PRIMARY KEY (id), DROP CONSTRAINT positive,
    ADD CONSTRAINT positive CHECK (w >= 1), DROP CONSTRAINT t_w_key, DROP CONSTRAINT t_v_fkey, ADD CONSTRAINT t_w_fkey FOREIGN KEY (w) REFERENCES parent, ADD UNIQUE (v),
    ALTER COLUMN v SET NOT NULL, ALTER COLUMN v SET DEFAULT 5, ALTER COLUMN w DROP DEFAULT$$) \gset
SELECT state, phase, revertible FROM stands(:'migration_id');
SELECT * FROM shape('t') WHERE what IN ('constraint', 'index') ORDER BY 1, 2;
SELECT refused('INSERT INTO t VALUES (1000, 1000, 1000)'), refused('INSERT INTO t VALUES (1000, 1000, 0)'), refused('INSERT INTO t VALUES (1, 1000, 1)');
UPDATE t SET v = 299, w = 300 WHERE id = 299;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT * FROM stands(:'migration_id');
SELECT row_key, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
UPDATE t SET w = 299 WHERE id = 299;
SELECT hotswap.resume(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
(TABLE shape_before EXCEPT ALL SELECT * FROM shape('t')) UNION ALL (SELECT * FROM shape('t') EXCEPT ALL TABLE shape_before);
SELECT count(*), sum(id), sum(w), pg_typeof(min(id)) FROM t;

-- Rows that break what is added: the foreign key is validated after the switch, the check before it.
UPDATE t SET w = 500 WHERE id = 100;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint, ADD CONSTRAINT low CHECK (w < 400), ADD CONSTRAINT f FOREIGN KEY (w) REFERENCES parent') \gset
SELECT state, phase, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
UPDATE t SET w = 350 WHERE id = 100;
SELECT hotswap.retry(:'migration_id');
CALL wait_until(:'migration_id', 'awaiting', 'failed', 'completed');
SELECT state, phase, waiting_for FROM stands(:'migration_id');
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 't'::regclass AND conname IN ('low', 'f') ORDER BY 1;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
UPDATE t SET w = 100 WHERE id = 100;

-- What does not go together, and why.
SELECT * FROM refusal($$SELECT hotswap.plan('ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT t_w_key, ALTER COLUMN id TYPE bigint')$$) \gx
SELECT refused($$SELECT hotswap.plan('ALTER TABLE parent DROP CONSTRAINT parent_pkey, ALTER COLUMN id TYPE bigint')$$);
ALTER TABLE t ADD CONSTRAINT later CHECK (w < 1000) NOT VALID;
SELECT * FROM refusal($$SELECT hotswap.plan('ALTER TABLE t VALIDATE CONSTRAINT later, ALTER COLUMN id TYPE bigint')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.plan('ALTER TABLE t DROP COLUMN v, ALTER COLUMN id TYPE bigint')$$) \gx
-- A column that goes with it has no way back either.
CALL hotswap.run('ALTER TABLE t DROP COLUMN v, ALTER COLUMN id TYPE bigint, ADD COLUMN x text', options => '{"one_way": true}') \gset
SELECT state, phase FROM stands(:'migration_id');
SELECT * FROM shape('t') WHERE what IN ('column', 'constraint') ORDER BY 1, 2;
SELECT count(*), sum(id), sum(w) FROM t;
DROP TABLE t, parent, shape_before;
DROP EXTENSION hotswap;
