-- An undo that is only known once the statement has run: privileges, and CREATE ... IF NOT EXISTS beside somebody who was faster.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE u (id int PRIMARY KEY);
GRANT SELECT ON t TO pg_monitor;
CREATE FUNCTION undo_of(id text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT u FROM hotswap._migration_steps s, unnest(s.undo) WITH ORDINALITY AS u(u, n) WHERE migration_id = id ORDER BY step_no, n $$;

-- Only what was not there before goes again.
SELECT undo, irreversible FROM hotswap.plan('GRANT SELECT, UPDATE ON t, u TO pg_monitor');
SELECT hotswap.start('GRANT SELECT, UPDATE ON t, u TO pg_monitor', options => '{"bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT relname, relacl::text ~ 'pg_monitor=r/' AS read_only, relacl::text ~ 'pg_monitor=rw' AS writes FROM pg_class WHERE relname IN ('t', 'u') ORDER BY 1;

-- Roles, columns, grant options, and a statement that changes nothing.
SELECT hotswap.start('GRANT SELECT (v), UPDATE (v, id) ON t TO pg_monitor WITH GRANT OPTION', options => '{"bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT hotswap.start('REVOKE SELECT ON t FROM pg_monitor', options => '{"bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT hotswap.start('GRANT SELECT ON t TO pg_monitor', options => '{"bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT has_table_privilege('pg_monitor', 't', 'SELECT') AS still_there;

-- A completed one can be taken back, too.
SELECT hotswap.start('GRANT pg_read_all_stats TO pg_signal_backend') AS id \gset
CALL wait_until(:'id', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT pg_has_role('pg_signal_backend', 'pg_read_all_stats', 'MEMBER') AS member;

-- Somebody makes the table between the start and the step: the way back leaves it alone.
BEGIN;
SELECT hotswap.start('CREATE TABLE IF NOT EXISTS w (id int)', options => '{"bake": "1 hour"}') AS id \gset
SELECT undo_of(:'id');
CREATE TABLE w (mine text);
COMMIT;
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT count(*) AS still_there FROM pg_class WHERE relname = 'w';
SELECT hotswap.start('CREATE SCHEMA IF NOT EXISTS s', options => '{"bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking', 'completed', 'failed');
SELECT undo_of(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back', 'failed');
SELECT count(*) AS made_and_taken_back FROM pg_namespace WHERE nspname = 's';
