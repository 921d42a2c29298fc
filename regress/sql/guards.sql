-- What others may not do to a table in migration, and that they are told who and what next.
-- Traps: T31 (left-overs must not break writes), T34 (DDL by others is detected, not hoped away).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
CREATE INDEX t_w ON t (w);
CREATE TABLE other (id int PRIMARY KEY);
CREATE INDEX other_id_again ON other (id);
INSERT INTO t SELECT g, g, g FROM generate_series(1, 10) g;
CREATE TABLE before AS SELECT * FROM shape('t');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');

-- DDL on the table is refused, with the migration, its state and the way out.
SELECT * FROM refusal('ALTER TABLE t ADD COLUMN z int') \gx
SELECT statement, left(tried(statement), 5) AS sqlstate FROM (VALUES
    ('ALTER TABLE t DROP COLUMN w'),
    ('ALTER TABLE t DROP COLUMN _hotswap_new_v'),
    ('ALTER TABLE t ALTER COLUMN w TYPE varchar'),
    ('ALTER TABLE t RENAME COLUMN w TO ww'),
    ('ALTER TABLE t RENAME TO tt'),
    ('ALTER TABLE t SET SCHEMA hotswap'),
    ('ALTER TABLE t DISABLE TRIGGER ALL'),
    ('ALTER TABLE t DISABLE TRIGGER "~hotswap_dual_write"'),
    ('ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)'),
    ('ALTER TABLE t DROP CONSTRAINT t_pkey'),
    ('ALTER TABLE t SET UNLOGGED'),
    ('CREATE INDEX ON t (w)'),
    ('CREATE TRIGGER mine BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
    ('DROP TRIGGER "~hotswap_dual_write" ON t'),
    ('ALTER TRIGGER "~hotswap_dual_write" ON t RENAME TO mine'),
    ('DROP INDEX t_w'),
    ('ALTER INDEX t_w RENAME TO t_w2'),
    ('ALTER INDEX t_w SET (fillfactor = 50)'),
    ('REINDEX INDEX t_w'),
    ('DROP TABLE t'),
    ('DROP TABLE t CASCADE'),
    ('CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING'),
    ('DROP SCHEMA public CASCADE')) s (statement);
-- What does not change its shape, and other tables, are free.
SELECT statement, tried(statement) FROM (VALUES
    ('GRANT SELECT ON t TO PUBLIC'),
    ('REVOKE SELECT ON t FROM PUBLIC'),
    ('COMMENT ON TABLE t IS NULL'),
    ('CREATE VIEW t_view AS SELECT id FROM t'),
    ('ALTER TABLE other ADD COLUMN z int'),
    ('CREATE INDEX ON other (id)'),
    ('DROP INDEX other_id_again'),
    ('DROP TABLE other')) s (statement);

-- A second migration of the table is refused, whatever it is.
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE t RENAME COLUMN w TO ww')$$) \gx
SELECT left(refused($$SELECT hotswap.start('CREATE INDEX ON t (w)')$$), 5) AS sqlstate;
-- The dry run is not a migration.
SELECT count(*) > 0 AS planned FROM hotswap.plan('CREATE INDEX ON t (w)');

-- Truncation is no change of shape: both sides are empty together.
BEGIN;
TRUNCATE t;
SELECT count(*) FROM t;
ROLLBACK;

SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
-- Left as it was, to the last catalog row, and free again.
TABLE before EXCEPT SELECT * FROM shape('t');
SELECT * FROM shape('t') EXCEPT TABLE before;
SELECT refused('ALTER TABLE t ADD COLUMN z int');
ALTER TABLE t DROP COLUMN z;

-- DDL that slips past the guard (event triggers can be switched off) is noticed before the next step.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
ALTER EVENT TRIGGER hotswap_guard_ddl DISABLE;
ALTER TABLE t ADD COLUMN sneaked int;
ALTER EVENT TRIGGER hotswap_guard_ddl ENABLE ALWAYS;
SELECT hotswap.advance(:'migration_id');
CALL wait_until(:'migration_id', 'failed', 'paused', 'awaiting', 'completed');
SELECT state, phase, steady(waiting_for) AS waiting_for FROM hotswap.status(:'migration_id');
-- It can still be taken back, and leaves the others' column alone.
INSERT INTO t (id, v) VALUES (100, 100);
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
SELECT * FROM shape('t') EXCEPT TABLE before;
ALTER TABLE t DROP COLUMN sneaked;

-- The trigger taken away under the migration: writes go on (T31), and the migration finds out before the switch, which
-- would otherwise lose them.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
ALTER EVENT TRIGGER hotswap_guard_drop DISABLE;
DROP TRIGGER "~hotswap_dual_write" ON t;
ALTER EVENT TRIGGER hotswap_guard_drop ENABLE ALWAYS;
UPDATE t SET v = -v WHERE id = 1 RETURNING v;
SELECT hotswap.advance(:'migration_id');
CALL wait_until(:'migration_id', 'failed', 'paused', 'awaiting', 'completed');
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT v FROM t WHERE id = 1;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
TABLE before EXCEPT SELECT * FROM shape('t');
SELECT * FROM shape('t') EXCEPT TABLE before;

-- Event triggers sleep under session_replication_role = replica; ours must not.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SET session_replication_role = replica;
SELECT left(tried('ALTER TABLE t DISABLE TRIGGER ALL'), 5) AS sqlstate, left(tried('DROP TRIGGER "~hotswap_dual_write" ON t'), 5) AS drop_trigger;
RESET session_replication_role;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');

-- DROP EXTENSION is refused while a migration is under way; with CASCADE it takes it back.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SELECT * FROM refusal('DROP EXTENSION hotswap') \gx
CREATE TABLE renamed (id int PRIMARY KEY, o text DEFAULT 'x');
INSERT INTO renamed VALUES (1, 'one');
CREATE TABLE before_renamed AS SELECT * FROM shape('renamed');
CALL hotswap.run('ALTER TABLE renamed RENAME COLUMN o TO n') \gset second_
CREATE TABLE switched (id int PRIMARY KEY, v int NOT NULL DEFAULT 3 CHECK (v > 0));
INSERT INTO switched SELECT g, g FROM generate_series(1, 10) g;
CREATE TABLE before_switched AS SELECT * FROM shape('switched');
CALL hotswap.run('ALTER TABLE switched ALTER COLUMN v TYPE bigint', strategy => 'dual_write') \gset third_
SELECT state, phase FROM hotswap.status(:'third_migration_id');
UPDATE switched SET v = 1000 WHERE id = 1;
UPDATE renamed SET n = 'two' WHERE id = 1;
-- Rolled back: nothing happened.
BEGIN;
DROP EXTENSION hotswap CASCADE;
ROLLBACK;
UPDATE renamed SET n = 'three' WHERE id = 1 RETURNING *;
SELECT hotswap.pause(:'migration_id');
DROP EXTENSION hotswap CASCADE;
TABLE before EXCEPT SELECT * FROM shape('t');
SELECT * FROM shape('t') EXCEPT TABLE before;
TABLE before_renamed EXCEPT SELECT * FROM shape('renamed');
SELECT * FROM shape('renamed') EXCEPT TABLE before_renamed;
TABLE before_switched EXCEPT SELECT * FROM shape('switched');
SELECT * FROM shape('switched') EXCEPT TABLE before_switched;
INSERT INTO t VALUES (200, 200, 'usable') RETURNING *;
INSERT INTO renamed (id) VALUES (2);
TABLE renamed ORDER BY id;
SELECT * FROM switched WHERE id = 1;
SELECT evtname FROM pg_event_trigger ORDER BY 1;
SELECT count(*) AS left_over FROM pg_class WHERE relname LIKE '%hotswap%';
DROP TABLE t, renamed, switched, before, before_renamed, before_switched;
