-- CREATE EXTENSION: what is there, that all of it is documented, who may do what, and that DROP EXTENSION takes all of it.
-- The second half is about rights: a role acts only after hotswap.allow, only on its own tables and migrations, and the
-- expressions of a migration run as the owner of the table, security-restricted. Trap: T32.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
DROP EXTENSION hotswap;
\set ECHO all
CREATE EXTENSION hotswap;
-- It has a schema of its own, and stays there.
SELECT extrelocatable, nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'hotswap';
SELECT refused('ALTER EXTENSION hotswap SET SCHEMA public');

SELECT relname, relkind FROM pg_class WHERE relnamespace = 'hotswap'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY relkind, relname;
SELECT p.oid::regprocedure AS function, prokind AS kind, l.lanname, provolatile AS volatile, prosecdef AS definer
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE pronamespace = 'hotswap'::regnamespace
 ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT evtname, evtevent, evtenabled FROM pg_event_trigger ORDER BY evtname;

-- Everything has a comment.
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'hotswap'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL;
SELECT c.oid::regclass FROM pg_class c
 WHERE relnamespace = 'hotswap'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL;
-- Errors are part of what a comment promises: those that people call name SQLSTATEs.
SELECT p.proname FROM pg_proc p
 WHERE pronamespace = 'hotswap'::regnamespace AND proname IN ('start', 'plan', 'pause', 'resume', 'advance', 'complete', 'cancel', 'rollback', 'retry', 'cleanup')
   AND obj_description(oid, 'pg_proc') !~ '\d\d[0-9A-Z]\d\d|[Ee]rrors: as hotswap.start';

-- Every function with a path of its own is safe from the caller's; SECURITY DEFINER ones without exception.
SELECT p.oid::regprocedure FROM pg_proc p
 WHERE pronamespace = 'hotswap'::regnamespace AND prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false);

-- PUBLIC may look, and nothing else.
SELECT p.oid::regprocedure AS may_execute FROM pg_proc p
 WHERE pronamespace = 'hotswap'::regnamespace
   AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE a.grantee = 0) ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(coalesce(relacl, acldefault('r', relowner))) a
 WHERE relnamespace = 'hotswap'::regnamespace AND a.grantee = 0 ORDER BY 1, 2;
SELECT a.privilege_type FROM pg_namespace n, aclexplode(nspacl) a WHERE nspname = 'hotswap' AND a.grantee = 0;

-- Words in the tables are held to the list.
SELECT refused($$INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, owner, search_path, state)
                 VALUES ('x', 1, 'x', 'x', 'direct', 'postgres', '', 'sleeping')$$);
SELECT refused($$INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, owner, search_path)
                 VALUES ('x', 1, 'x', 'x', 'magic', 'postgres', '')$$);
SELECT refused($$INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, owner, search_path, phase)
                 VALUES ('x', 1, 'x', 'x', 'direct', 'postgres', '', 'pupate')$$);
SELECT refused($$INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, owner, search_path)
                 VALUES ('', 1, 'x', 'x', 'direct', 'postgres', '')$$);

-- pg_dump takes the rows of all tables, and the sequence.
SELECT c.oid::regclass, coalesce(nullif(cond, ''), '-') AS condition
  FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS u (rel, cond) JOIN pg_class c ON c.oid = u.rel
 WHERE extname = 'hotswap' ORDER BY c.relname COLLATE "C";
SELECT c.oid::regclass AS forgotten FROM pg_class c, pg_extension e
 WHERE extname = 'hotswap' AND relnamespace = 'hotswap'::regnamespace AND relkind = 'r' AND NOT c.oid = ANY (extconfig);

-- The trigger function is of no use by itself.
SELECT refused('SELECT hotswap.dual_write()');
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TRIGGER mine BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION hotswap.dual_write();
SELECT refused('INSERT INTO t VALUES (1, 1)');
DROP TRIGGER mine ON t;
CREATE TRIGGER mine AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION hotswap.dual_write();
SELECT refused('INSERT INTO t VALUES (1, 1)');
DROP TABLE t;

-- Rights. alice may migrate, bob may not (yet); both own a table.
CREATE ROLE regress_alice;
CREATE ROLE regress_bob;
CREATE ROLE regress_eve;
CREATE SCHEMA lab;
GRANT ALL ON SCHEMA lab TO regress_alice, regress_bob, regress_eve;
SET ROLE regress_alice;
CREATE TABLE lab.hers (id int PRIMARY KEY, v int);
INSERT INTO lab.hers VALUES (1, 1);
SET ROLE regress_bob;
CREATE TABLE lab.his (id int PRIMARY KEY, v int);
-- Without allow: looking and planning only.
SELECT refused($$SELECT hotswap.start('ALTER TABLE lab.his ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$);
SELECT refused($$CALL hotswap.run('ALTER TABLE lab.his ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$);
SELECT refused($$SELECT hotswap.cancel('x')$$);
SELECT refused($$SELECT * FROM hotswap._migrations$$);
SELECT refused($$UPDATE hotswap._migration_progress SET status = 'cancelled'$$);
SELECT refused($$SELECT hotswap.allow('regress_bob')$$);
SELECT count(*) FROM hotswap.v_zero_downtime_status;
SELECT count(*) FROM hotswap.status();
SELECT count(*) > 3 AS planned FROM hotswap.plan('ALTER TABLE lab.his ALTER COLUMN v TYPE bigint', strategy => 'dual_write');
SELECT refused($$SELECT * FROM hotswap.plan('ALTER TABLE lab.hers ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$);
RESET ROLE;
SELECT hotswap.allow('regress_alice');
SELECT hotswap.allow('regress_eve');
SET ROLE regress_alice;
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE lab.his ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$) \gx
SELECT refused($$SELECT hotswap.allow('regress_bob')$$);
SELECT refused($$UPDATE hotswap._migrations SET state = 'completed'$$);
SELECT refused($$DELETE FROM hotswap._migration_events$$);
CALL hotswap.run('ALTER TABLE lab.hers ALTER COLUMN v TYPE bigint', strategy => 'dual_write') \gset
SELECT state, phase, owner FROM hotswap.status(:'migration_id');
-- Nobody else controls it, allowed or not; members of the role and superusers do.
SET ROLE regress_eve;
SELECT call, refused(format('SELECT hotswap.%s(%L)', call, :'migration_id'))
  FROM unnest(ARRAY['pause', 'resume', 'advance', 'complete', 'cancel', 'rollback', 'retry', 'cleanup']) call;
SELECT refused(format('UPDATE hotswap._migration_progress SET status = ''paused'' WHERE migration_id = %L', :'migration_id'));
SELECT refused($$SELECT hotswap.start('ALTER TABLE lab.hers RENAME COLUMN v TO w')$$);
SELECT state FROM hotswap.status(:'migration_id');
RESET ROLE;
GRANT regress_alice TO regress_eve;
SET ROLE regress_eve;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
RESET ROLE;
REVOKE regress_alice FROM regress_eve;
SELECT state FROM hotswap.status(:'migration_id');

-- What a later step needs is asked for at the start, not found missing in the middle: the tables of others that reference
-- the column, and CREATE on the schema where indexes, sequences and views are made.
SET ROLE regress_alice;
GRANT REFERENCES ON lab.hers TO regress_bob;
SET ROLE regress_bob;
CREATE TABLE lab.refers (c int REFERENCES lab.hers);
SET ROLE regress_alice;
SELECT left(refused($$SELECT * FROM hotswap.plan('ALTER TABLE lab.hers ALTER COLUMN id TYPE bigint', strategy => 'dual_write')$$), 5) AS sqlstate;
SET ROLE regress_bob;
DROP TABLE lab.refers;
RESET ROLE;
REVOKE CREATE ON SCHEMA lab FROM regress_alice;
SET ROLE regress_alice;
SELECT left(refused($$SELECT * FROM hotswap.plan('ALTER TABLE lab.hers ALTER COLUMN id TYPE bigint', strategy => 'dual_write')$$), 5) AS key,
       left(refused($$SELECT * FROM hotswap.plan('ALTER TABLE lab.hers RENAME TO hers2')$$), 5) AS rename,
       left(refused($$SELECT * FROM hotswap.plan('CREATE INDEX ON lab.hers (v)')$$), 5) AS index,
       left(refused($$SELECT * FROM hotswap.plan('ALTER TABLE lab.hers ALTER COLUMN v TYPE bigint', strategy => 'dual_write')$$), 5) AS no_need;
RESET ROLE;

-- T32: what an expression does, it does as the owner of the table, security-restricted, whoever writes the row.
-- The superuser below writes eve's table: had her function his rights, she would be superuser.
SET ROLE regress_eve;
CREATE TABLE lab.seen (what text PRIMARY KEY);
CREATE TABLE lab.trap (id int PRIMARY KEY, v int);
INSERT INTO lab.trap VALUES (1, 1);
CREATE FUNCTION lab.spy(v int, what text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lab.seen VALUES (what || ' as ' || current_user) ON CONFLICT DO NOTHING;
    BEGIN
        EXECUTE 'RESET ROLE';
        INSERT INTO lab.seen VALUES (what || ' reset its role') ON CONFLICT DO NOTHING;
    EXCEPTION WHEN insufficient_privilege THEN
        INSERT INTO lab.seen VALUES (what || ' could not reset its role') ON CONFLICT DO NOTHING;
    END;
    BEGIN
        EXECUTE 'SET SESSION AUTHORIZATION DEFAULT';
        INSERT INTO lab.seen VALUES (what || ' changed the session') ON CONFLICT DO NOTHING;
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;
    END;
    BEGIN
        EXECUTE 'ALTER ROLE regress_eve SUPERUSER';
        INSERT INTO lab.seen VALUES (what || ' became superuser') ON CONFLICT DO NOTHING;
    EXCEPTION WHEN insufficient_privilege THEN
        INSERT INTO lab.seen VALUES (what || ' did not become superuser') ON CONFLICT DO NOTHING;
    END;
    RETURN v;
END $$;
CALL hotswap.run('ALTER TABLE lab.trap ALTER COLUMN v TYPE bigint USING lab.spy(v, ''up'')', strategy => 'dual_write', options => '{"down": "lab.spy(v::int, ''down'')::int"}') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
TABLE lab.seen ORDER BY what;
DELETE FROM lab.seen;
RESET ROLE;
INSERT INTO lab.trap VALUES (2, 2);
UPDATE lab.trap SET v = 3 WHERE id = 2;
SELECT current_user = session_user AS myself_again;
TABLE lab.seen ORDER BY what;
SELECT rolname FROM pg_roles WHERE rolname ~ '^regress_' AND rolsuper;
SELECT hotswap.cleanup(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
TABLE lab.trap ORDER BY id;

-- DROP EXTENSION leaves nothing.
DROP EXTENSION hotswap;
SELECT count(*) FROM pg_namespace WHERE nspname = 'hotswap';
SELECT count(*) FROM pg_event_trigger;
SELECT count(*) FROM pg_proc WHERE probin LIKE '%hotswap%';
-- A schema of that name that somebody else has made is not moved into.
CREATE SCHEMA hotswap;
SELECT refused('CREATE EXTENSION hotswap');
DROP SCHEMA hotswap;
-- And it can come again.
CREATE EXTENSION hotswap;
DROP EXTENSION hotswap;
DROP SCHEMA lab CASCADE;
DROP ROLE regress_alice, regress_bob, regress_eve;
