-- Whose code runs with whose rights in an online rewrite: expressions, CHECK functions, index functions and types' functions run as
-- the owner of the table, security-restricted, also when a superuser has started it; who may write the table needs no further right; the
-- copy, the previous storage and the logs are nobody else's to read; and the trigger function is of no use to anybody.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
DROP ROLE IF EXISTS hotswap_owner, hotswap_writer, hotswap_other;
CREATE ROLE hotswap_owner;
CREATE ROLE hotswap_writer;
CREATE ROLE hotswap_other;
\set ECHO all
SELECT hotswap.allow('hotswap_owner');
GRANT CREATE, USAGE ON SCHEMA public TO hotswap_owner;
GRANT USAGE ON SCHEMA public TO hotswap_writer, hotswap_other;
-- Each function says who runs it; seen_t is what the owner may write.
SET ROLE hotswap_owner;
CREATE TABLE seen_t (place text, who name, session name, PRIMARY KEY (place, who, session));
GRANT SELECT, INSERT ON seen_t TO PUBLIC;
CREATE TABLE later_t (a int);
CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.seen('later'); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON later_t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION later();
CREATE FUNCTION seen(place text) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen_t VALUES (place, current_user, CASE session_user WHEN current_user THEN 'the same' ELSE 'another' END) ON CONFLICT DO NOTHING;
    RETURN true;
END $$;
CREATE FUNCTION to_new(v int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.seen('up'); RETURN v; END $$;
CREATE FUNCTION to_old(v bigint) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.seen('down'); RETURN v; END $$;
CREATE FUNCTION checked(v bigint) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.seen('check'); END $$;
CREATE FUNCTION indexed(v bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.seen('index'); RETURN v; END $$;
CREATE TABLE t (id int PRIMARY KEY, v int, note text);
INSERT INTO t SELECT g, g, 'row ' || g FROM generate_series(1, 200) g;
ALTER TABLE t ADD CONSTRAINT looks CHECK (checked(v));
CREATE INDEX t_indexed ON t (indexed(v));
GRANT INSERT ON t TO hotswap_writer;
RESET ROLE;
TRUNCATE seen_t;

-- Started by a superuser: the owner's code does not become the superuser's.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint USING to_new(v)', options => '{"auto_switch": false, "down": "to_old(v)"}') \gset
SELECT state, phase, strategy FROM hotswap.status(:'migration_id');
SELECT place, who FROM seen_t GROUP BY 1, 2 ORDER BY 1, 2;
-- Who can see what stands beside the table: the owner and superusers.
SELECT c.relname, pg_get_userbyid(c.relowner) AS owner, c.relacl FROM pg_class c WHERE c.relnamespace = 'hotswap'::regnamespace AND c.relname ~ '^_(twin|previous|changes)(_back)?_\d+_\d+$' ORDER BY 1;
SET ROLE hotswap_other;
SELECT refused('TABLE hotswap._twin_1_1'), refused('TABLE hotswap._previous_1_1'), refused('TABLE hotswap._changes_1_1'), refused('TABLE hotswap._changes_back_1_1');
SET ROLE hotswap_writer;
SELECT refused('TABLE hotswap._twin_1_1'), refused('INSERT INTO hotswap._twin_1_1 VALUES (1, 1)'), refused('DELETE FROM hotswap._changes_1_1'), refused('INSERT INTO hotswap._changes_1_1 VALUES (''k'', 1)');
-- A writer with INSERT only, and no right in schema hotswap, writes before and after the switch.
INSERT INTO t VALUES (1001, 1001, 'writer');
SELECT refused('SELECT * FROM t'), refused('UPDATE t SET v = 1');
RESET ROLE;
TRUNCATE seen_t;
SELECT hotswap.advance(:'migration_id');
CALL hotswap.wait(:'migration_id');
SELECT place, who FROM seen_t GROUP BY 1, 2 ORDER BY 1, 2;
SELECT pg_get_userbyid(relowner) AS owner, replace(relacl::text, session_user, 'me') AS acl FROM pg_class WHERE oid = 't'::regclass;
TRUNCATE seen_t;
SET ROLE hotswap_writer;
INSERT INTO t VALUES (1002, 1002, 'writer after');
RESET ROLE;
CALL until('NOT EXISTS (SELECT FROM hotswap._changes_back_1_1)');
SELECT place, who FROM seen_t WHERE place = 'down' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT DISTINCT who FROM seen_t WHERE place IN ('up', 'down', 'index') ORDER BY 1;
SELECT id, v, note FROM t WHERE id > 1000 ORDER BY id;

-- Code that wants more: SET ROLE, an own temporary table, DDL, a trap in search_path. None of it succeeds; the migration says why.
SET ROLE hotswap_owner;
CREATE FUNCTION evil_role(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN SET ROLE hotswap_other; RETURN v; END $$;
CREATE FUNCTION evil_reset(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RESET SESSION AUTHORIZATION; RETURN v; END $$;
CREATE FUNCTION evil_temp(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE pg_class (a int); RETURN v; END $$;
CREATE FUNCTION evil_deferred(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.later_t VALUES (v); RETURN v; END $$;
CREATE FUNCTION evil_store(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN UPDATE hotswap._migrations SET owner = 'postgres'; RETURN v; END $$;
CREATE FUNCTION evil_cursor(v int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'; RETURN v; END $$;
RESET ROLE;
CREATE OR REPLACE PROCEDURE try_evil(name text) LANGUAGE plpgsql AS $$
DECLARE
    id text;
BEGIN
    id := hotswap.start(format('ALTER TABLE t ALTER COLUMN v TYPE bigint USING %I(v)', name), options => '{"down": "v::int", "auto_switch": false}');
    CALL public.wait_until(id, 'failed', 'paused', 'awaiting');
    RAISE WARNING '%: %', name, (SELECT s.state || ': ' || regexp_replace(steady(s.waiting_for), ' Type .*', '') FROM hotswap.status(id) s);
    PERFORM hotswap.cancel(id);
    CALL public.wait_until(id, 'cancelled', 'failed', 'paused');
    PERFORM hotswap.cleanup(id);
END $$;
SET client_min_messages = warning;
CALL try_evil('evil_role');
CALL try_evil('evil_reset');
CALL try_evil('evil_temp');
CALL try_evil('evil_deferred');
CALL try_evil('evil_store');
CALL try_evil('evil_cursor');
CALL until('NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = ''t''::regclass)');
SELECT count(*), sum(v) FROM t;

-- Started by the owner, who is no superuser and owns nothing in schema hotswap.
SET ROLE hotswap_owner;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN id TYPE bigint', options => '{"auto_switch": false}') AS migration_id \gset
CALL wait_until(:'migration_id', 'awaiting', 'failed', 'paused');
UPDATE t SET note = 'mine' WHERE id IN (1, 200);
SELECT refused('UPDATE hotswap._migrations SET owner = ''postgres''');
-- He owns the table, not the copy: DDL on it would be DDL on the table.
RESET ROLE;
SELECT number FROM hotswap._migrations WHERE migration_id = :'migration_id' \gset
SET ROLE hotswap_owner;
SELECT refused(format('DROP TABLE hotswap._twin_%s_1', :number)) ~ '^(2BP01|55006)' AS refused;
RESET ROLE;
-- Nobody else may lead it.
SET ROLE hotswap_other;
SELECT call, refused(format('SELECT hotswap.%s(%L)', call, :'migration_id')) FROM unnest(ARRAY['advance', 'pause', 'cancel', 'rollback', 'complete', 'status']) call;
SET ROLE hotswap_owner;
SELECT hotswap.advance(:'migration_id');
CALL wait_until(:'migration_id', 'awaiting', 'failed', 'paused');
CALL until(format('(SELECT phase = ''contract'' FROM hotswap.status(%L))', :'migration_id'));
SELECT count(*), sum(id), pg_typeof(min(id)) AS type FROM t;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
RESET ROLE;
SELECT state FROM hotswap.status(:'migration_id');

-- The trigger function cannot be made to write where its user may not.
SET ROLE hotswap_other;
CREATE TEMP TABLE own (id int, v int);
SELECT refused('SELECT hotswap.log_change()');
SELECT refused('CREATE TRIGGER l AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION hotswap.log_change(''_migrations'', ''1'')');
RESET ROLE;
SET ROLE hotswap_owner;
CREATE TABLE own2 (id int, v int);
SELECT refused('CREATE TRIGGER l AFTER INSERT ON own2 FOR EACH ROW EXECUTE FUNCTION hotswap.log_change(''_migrations'', ''1'')');
SELECT refused('INSERT INTO own2 VALUES (1, 1)');
RESET ROLE;
-- Not even by mistake of a superuser: only a log is written, and only one of its shape.
CREATE TABLE own3 (id int, v int);
SELECT refused('CREATE TRIGGER l BEFORE INSERT ON own3 FOR EACH ROW EXECUTE FUNCTION hotswap.log_change(''_migrations'', ''1'')');
SELECT refused('INSERT INTO own3 VALUES (1, 1)');
DROP TRIGGER l ON own3;
CREATE TRIGGER l AFTER INSERT ON own3 FOR EACH ROW EXECUTE FUNCTION hotswap.log_change('_migrations', '1');
SELECT refused('INSERT INTO own3 VALUES (1, 1)');
DROP TRIGGER l ON own3;
CREATE TRIGGER l AFTER INSERT ON own3 FOR EACH ROW EXECUTE FUNCTION hotswap.log_change();
SELECT refused('INSERT INTO own3 VALUES (1, 1)');
DROP TRIGGER l ON own3;
CREATE TRIGGER l AFTER INSERT ON own3 FOR EACH ROW EXECUTE FUNCTION hotswap.log_change('nosuch', '99', 'x');
SELECT refused('INSERT INTO own3 VALUES (1, 1)');
SELECT count(*) FROM hotswap._migrations WHERE migration_id IS NULL;
DROP TABLE t, seen_t, later_t, own, own2, own3;
DROP EXTENSION hotswap CASCADE;
DROP OWNED BY hotswap_owner, hotswap_writer, hotswap_other CASCADE;
DROP ROLE hotswap_owner, hotswap_writer, hotswap_other;
DROP PROCEDURE try_evil(text);
