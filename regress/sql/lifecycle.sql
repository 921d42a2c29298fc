-- A migration from start to end and every way off the road: status, wait, pause, resume, cancel, rollback, retry, cleanup,
-- complete, advance; what each says when it cannot; and the statements people have in their runbooks, word for word.
-- Traps: T29 (the way back is open until the last step), T36 (start only enqueues, and rolls back with its caller).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;

-- T36: a start that is rolled back leaves nothing, and nothing happens.
BEGIN;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write') IS NOT NULL AS started;
SELECT state, phase FROM hotswap.status();
ROLLBACK;
SELECT count(*) FROM hotswap._migrations;
SELECT count(*) FROM hotswap._migration_events;
BEGIN;
SAVEPOINT s;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write') IS NOT NULL AS started;
ROLLBACK TO s;
COMMIT;
SELECT count(*) FROM hotswap._migrations;
-- Within a transaction it waits for the commit. wait and run refuse to wait inside one.
BEGIN;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', name => 'bigger v', options => '{"auto_switch": false}') AS id \gset
SELECT name, state, phase, percent, strategy, relation, ddl, rows_affected FROM hotswap.status(:'id');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
COMMIT;
CALL hotswap.wait(:'id');
BEGIN;
CALL hotswap.wait(:'id');
ROLLBACK;
BEGIN;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write');
ROLLBACK;

-- What a person watches.
SELECT name, state, phase, percent, steady(waiting_for) AS waiting_for, rows_affected, rejected_rows, step_no, steps, step FROM hotswap.status(:'id') \gx
SELECT migration_id = :'id' AS same, state, phase, percent FROM hotswap.progress(:'id');
SELECT state, phase, percent FROM hotswap.v_zero_downtime_status;
SET search_path = public, hotswap;
SELECT count(*) FROM v_zero_downtime_status;
RESET search_path;
SELECT step_no, phase, kind, title, state, attempts > 0 AS tried FROM hotswap._migration_steps WHERE migration_id = :'id' ORDER BY step_no;
SELECT sum(rows_changed) AS changed, sum(rows_skipped) AS skipped, bool_and(state = 'done') AS done FROM hotswap._migration_chunks WHERE migration_id = :'id';
SELECT old_columns, new_columns, up, down, on_conflict, active FROM hotswap._migration_dual_writes WHERE migration_id = :'id';

-- What each call says in this state (awaiting, before the switch).
SELECT call, refused(format('SELECT hotswap.%s(%L)', call, :'id')) FROM unnest(ARRAY['resume', 'retry']) call;
SELECT * FROM refusal(format('SELECT hotswap.resume(%L)', :'id')) \gx
-- paused
SELECT hotswap.pause(:'id');
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT call, refused(format('SELECT hotswap.%s(%L)', call, :'id')) FROM unnest(ARRAY['pause', 'advance', 'complete']) call;
SELECT hotswap.resume(:'id');
CALL wait_until(:'id', 'awaiting');
-- advance confirms what it waits for, in words; the words are kept.
SELECT hotswap.advance(:'id', deployment => 'v1.1 is out');
CALL wait_until(:'id', 'awaiting', 'failed', 'paused');
SELECT state, phase, percent, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT confirmed FROM hotswap._migration_steps WHERE migration_id = :'id' AND confirmed IS NOT NULL;
-- After the switch: cancel is refused and names rollback.
SELECT * FROM refusal(format('SELECT hotswap.cancel(%L)', :'id')) \gx
SELECT hotswap.complete(:'id');
CALL wait_until(:'id', 'completed', 'failed', 'paused');
SELECT state, phase, percent, waiting_for, finished_at IS NOT NULL AS finished FROM hotswap.status(:'id');
-- After the end: everything is refused.
SELECT call, refused(format('SELECT hotswap.%s(%L)', call, :'id')) FROM unnest(ARRAY['pause', 'resume', 'advance', 'complete', 'cancel', 'rollback', 'retry']) call;
SELECT * FROM refusal(format('SELECT hotswap.rollback(%L)', :'id')) \gx
CALL hotswap.wait(:'id');
-- cleanup of a finished one forgets chunks and rejects, nothing else.
SELECT hotswap.cleanup(:'id');
SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = :'id';
SELECT count(*) > 5 AS kept FROM hotswap._migration_steps WHERE migration_id = :'id';
SELECT state FROM hotswap.status(:'id');
-- The audit: who did what, in order.
SELECT event, step_no, actor = current_user AS me FROM hotswap._migration_events WHERE migration_id = :'id' ORDER BY event_id;
-- An id that is not there.
SELECT call, refused(format('SELECT hotswap.%s(''nosuch'')', call)) FROM unnest(ARRAY['pause', 'resume', 'advance', 'complete', 'cancel', 'rollback', 'retry', 'cleanup', 'status']) call;
CALL hotswap.wait('nosuch');

-- Rollback before and after the switch; of a rename; of a column that was added.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE numeric', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT refused(format('SELECT hotswap.rollback(%L)', :'migration_id'));
CALL hotswap.run('ALTER TABLE t ADD COLUMN z int DEFAULT 5, ALTER COLUMN v SET DEFAULT 8') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT * FROM t WHERE id = 1;
SELECT refused(format('SELECT hotswap.cancel(%L)', :'migration_id'));
CALL hotswap.run('ALTER TABLE t DROP COLUMN z') \gset
SELECT state, phase, steady(waiting_for) AS waiting_for FROM hotswap.status(:'migration_id');
SELECT col_description('t'::regclass, attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'z';
SELECT table_name, column_name FROM hotswap._migration_deprecations;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT col_description('t'::regclass, attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'z';
SELECT table_name, column_name FROM hotswap._migration_deprecations;
CALL hotswap.run('ALTER TABLE t DROP COLUMN z') \gset
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'z';

-- A table renamed: the former name is a view until the contract.
CALL hotswap.run('ALTER TABLE t RENAME TO t2') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
INSERT INTO t VALUES (1001, 1);
UPDATE t2 SET v = 2 WHERE id = 1001;
DELETE FROM t WHERE id = 1001 RETURNING v;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT relkind FROM pg_class WHERE relname IN ('t', 't2') AND relnamespace = 'public'::regnamespace;

-- Indexes and NOT NULL, there and back.
CALL hotswap.run('CREATE UNIQUE INDEX t_v ON t (v)') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 't_v'::regclass;
CALL hotswap.run('DROP INDEX t_v') \gset
SELECT to_regclass('t_v') IS NULL AS gone;
-- A unique index that cannot be: it says so, leaves nothing behind, and can be tried again.
INSERT INTO t VALUES (1002, 1);
SELECT hotswap.start('CREATE UNIQUE INDEX t_v ON t (v)') AS id \gset
CALL wait_until(:'id', 'failed', 'completed', 'paused');
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
CALL hotswap.wait(:'id');
SELECT count(*) FROM pg_class WHERE relname = 't_v';
DELETE FROM t WHERE id = 1002;
SELECT hotswap.retry(:'id');
CALL wait_until(:'id', 'failed', 'completed', 'paused');
SELECT state FROM hotswap.status(:'id');
SELECT indisvalid FROM pg_index WHERE indexrelid = 't_v'::regclass;
-- NOT NULL with a null in the way: new nulls are refused at once, the old one is named by the failure; cancel takes it back.
UPDATE t SET v = NULL WHERE id = 5;
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v SET NOT NULL') AS id \gset
CALL wait_until(:'id', 'failed', 'completed', 'paused');
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT refused('UPDATE t SET v = NULL WHERE id = 6');
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled', 'failed', 'paused');
UPDATE t SET v = NULL WHERE id = 6;
UPDATE t SET v = id WHERE v IS NULL;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v SET NOT NULL') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT * FROM shape('t');

-- rollout_percentage stops for a look once; resume goes on to the end.
INSERT INTO t SELECT g, g FROM generate_series(2000, 12000) g;
ANALYZE t;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE numeric', strategy => 'dual_write', options => '{"rollout_percentage": 30, "batch_size": 500, "parallel": 1, "auto_contract": true}') \gset
SELECT state, phase, percent BETWEEN 25 AND 60 AS a_third, waiting_for ~ 'rollout_percentage' AS says_why FROM hotswap.status(:'migration_id');
SELECT batches_completed > 1 AS some_batches, rows_affected BETWEEN 2500 AND 6000 AS some_rows FROM hotswap._migration_progress WHERE migration_id = :'migration_id';
SELECT hotswap.resume(:'migration_id');
CALL hotswap.wait(:'migration_id', '60 s');
SELECT state, percent FROM hotswap.status(:'migration_id');
SELECT status, rows_affected >= 10000 AS all_rows FROM hotswap._migration_progress WHERE migration_id = :'migration_id';
-- max_duration pauses with its reason.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE text', strategy => 'dual_write', options => '{"max_duration": "1 ms", "auto_contract": true}') \gset
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'migration_id');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
-- keep_previous: the contract comes by itself when the time is over; bake: and so does the end of watching.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE text', strategy => 'dual_write', options => '{"keep_previous": "10 ms", "bake": "10 ms"}') \gset
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT state FROM hotswap.status(:'migration_id');

-- The runbook, word for word.
CREATE TABLE users (id int PRIMARY KEY, legacy_field text, v int);
INSERT INTO users VALUES (1, 'x', 1);
CALL hotswap.run('ALTER TABLE users ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SET search_path = public, hotswap;
INSERT INTO _migration_deprecations (table_name, column_name, removal_date) VALUES ('users', 'legacy_field', NOW() + INTERVAL '30 days');
SELECT * FROM _migration_deprecations WHERE removal_date < NOW() + INTERVAL '7 days';
SELECT table_name, column_name, removal_date > NOW() AS later FROM _migration_deprecations ORDER BY 1, 2;
DELETE FROM _migration_deprecations WHERE table_name = 'users' AND column_name = 'legacy_field';
SELECT m.migration_id, m.batches_completed, m.rows_affected, m.status, EXTRACT(EPOCH FROM (NOW() - m.started_at)) AS duration_seconds,
       (m.rows_affected / NULLIF(EXTRACT(EPOCH FROM (NOW() - m.started_at)), 0))::INT AS rows_per_second
  FROM _migration_progress m WHERE m.status = 'running';
SELECT count(*) FROM (
SELECT m.migration_id, m.batches_completed, m.rows_affected, m.status, EXTRACT(EPOCH FROM (NOW() - m.started_at)) AS duration_seconds,
       (m.rows_affected / NULLIF(EXTRACT(EPOCH FROM (NOW() - m.started_at)), 0))::INT AS rows_per_second
  FROM _migration_progress m WHERE m.status = 'awaiting') s WHERE duration_seconds >= 0;
UPDATE _migration_progress SET status = 'cancelled' WHERE migration_id = 'current_migration';
SELECT count(*) FROM (SELECT * FROM v_zero_downtime_status) s;
-- ... and it really cancels; paused and running work the same way, the rest is refused.
UPDATE _migration_progress SET status = 'completed' WHERE migration_id = :'migration_id';
\echo :SQLSTATE
\set VERBOSITY terse
UPDATE _migration_progress SET status = 'nonsense' WHERE migration_id = :'migration_id';
\echo :SQLSTATE
\set VERBOSITY default
UPDATE _migration_progress SET status = 'paused' WHERE migration_id = :'migration_id';
SELECT state FROM status(:'migration_id');
UPDATE _migration_progress SET status = 'running' WHERE migration_id = :'migration_id';
CALL wait_until(:'migration_id', 'awaiting');
BEGIN;
UPDATE _migration_progress SET status = 'cancelled' WHERE migration_id = :'migration_id';
ROLLBACK;
SELECT state FROM status(:'migration_id');
UPDATE _migration_progress SET status = 'cancelled' WHERE migration_id = :'migration_id';
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
SELECT status FROM _migration_progress WHERE migration_id = :'migration_id';
SELECT status = state AS same FROM _migration_progress JOIN _migrations USING (migration_id) GROUP BY 1;
RESET search_path;
SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1;
UPDATE hotswap._migration_progress SET status = 'cancelled' WHERE migration_id = :'migration_id';
UPDATE hotswap._migration_progress SET status = 'running' WHERE migration_id = :'migration_id';
DROP TABLE t, users;
DROP EXTENSION hotswap;
