-- A migration drives a feature flag: 10, 50, 100 once the new shape is there, and back on rollback. Each change is an event and a row
-- of the audit. A flag that somebody touched meanwhile is not raised over their head.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE FUNCTION flag_now() RETURNS text LANGUAGE sql AS
$$ SELECT format('%s, %s %%', CASE WHEN enabled THEN 'on' ELSE 'off' END, rollout_percentage) FROM hotswap._migration_feature_flags WHERE flag_name = 'use_new_email' $$;
\set ECHO all
CREATE TABLE users (id int PRIMARY KEY, email text);
INSERT INTO users SELECT g, g || '@example.com' FROM generate_series(1, 50) g;

-- Before what cannot be undone, after the proof; nothing else changes in the plan.
SELECT step_no, phase, kind, title, action, deployment FROM hotswap.plan('ALTER TABLE users RENAME COLUMN email TO mail', options => '{"flag": "use_new_email"}') WHERE kind IN ('flag', 'await');
SELECT step_no, phase, kind, title FROM hotswap.plan('ALTER TABLE users ALTER COLUMN id TYPE bigint', options => '{"flag": "f", "flag_steps": [0.5, 100], "bake": "1 hour"}') WHERE phase IN ('switch', 'bake', 'contract');
SELECT kind, title FROM hotswap.plan('ALTER TABLE users ADD COLUMN note text', options => '{"flag": "f", "flag_steps": [100]}');
SELECT options, tried(format('SELECT * FROM hotswap.plan(''ALTER TABLE users ADD COLUMN note text'', options => %L)', options)) FROM (VALUES
    ('{"flag": ""}'), ('{"flag": 1}'), ('{"flag_steps": [50, 10, 100]}'), ('{"flag_steps": [10, 50]}'), ('{"flag_steps": 100}'), ('{"flag_steps": [0, 100]}')) s (options);

SELECT hotswap.start('ALTER TABLE users RENAME COLUMN email TO mail', options => '{"flag": "use_new_email", "bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking');
SELECT flag_now(), state, phase, step, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id') \gx
SELECT hotswap.advance(:'id');
CALL wait_until(:'id', 'baking');
SELECT flag_now(), state, step FROM hotswap.status(:'id');
SELECT hotswap.advance(:'id');
CALL wait_until(:'id', 'awaiting');
SELECT flag_now(), state, step FROM hotswap.status(:'id');
SELECT hotswap.check_feature_flag('use_new_email', 1);
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back');
SELECT flag_now(), hotswap.check_feature_flag('use_new_email', 1);
SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT event, detail FROM hotswap._migration_events WHERE migration_id = :'id' AND event LIKE 'flag%' ORDER BY event_id;
SELECT operation, new_flag ->> 'enabled' AS enabled, new_flag ->> 'rollout_percentage' AS percentage, changed_by = current_user AS mine, migration_id = :'id' AS by_migration FROM hotswap._migration_flag_changes ORDER BY change_id;

-- What it was before comes back, and no more than that. Somebody lowers it by hand: the migration asks.
UPDATE hotswap._migration_feature_flags SET enabled = true, rollout_percentage = 3 WHERE flag_name = 'use_new_email';
SELECT hotswap.start('ALTER TABLE users RENAME COLUMN email TO mail', options => '{"flag": "use_new_email", "bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking');
SELECT flag_now();
UPDATE hotswap._migration_feature_flags SET rollout_percentage = 1 WHERE flag_name = 'use_new_email';
SELECT hotswap.advance(:'id');
CALL wait_until(:'id', 'paused');
SELECT flag_now(), steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT hotswap.resume(:'id');
CALL wait_until(:'id', 'baking');
SELECT flag_now();
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back');
SELECT flag_now();
-- Switched off by hand: the way back leaves it off.
SELECT hotswap.start('ALTER TABLE users RENAME COLUMN email TO mail', options => '{"flag": "use_new_email", "flag_steps": [10, 100], "bake": "1 hour"}') AS id \gset
CALL wait_until(:'id', 'baking');
UPDATE hotswap._migration_feature_flags SET enabled = false WHERE flag_name = 'use_new_email';
SELECT hotswap.advance(:'id');
CALL wait_until(:'id', 'paused');
SELECT flag_now(), steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled');
SELECT flag_now();

-- To the end: complete confirms the waits, and the flag stays at 100.
DELETE FROM hotswap._migration_feature_flags;
SELECT hotswap.start('ALTER TABLE users RENAME COLUMN email TO mail', options => '{"flag": "use_new_email"}') AS id \gset
CALL wait_until(:'id', 'baking');
SELECT hotswap.complete(:'id');
CALL wait_until(:'id', 'completed');
SELECT flag_now();
SELECT event, detail FROM hotswap._migration_events WHERE migration_id = :'id' AND event LIKE 'flag%' ORDER BY event_id;

-- The owner of the migration needs the right to change flags, and is asked for it at the start.
CREATE ROLE flags_owner;
GRANT CREATE ON SCHEMA public TO flags_owner;
SELECT hotswap.allow('flags_owner');
REVOKE UPDATE ON hotswap._migration_feature_flags FROM flags_owner;
SET ROLE flags_owner;
CREATE TABLE mine (id int PRIMARY KEY);
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE mine ADD COLUMN a int', options => '{"flag": "use_new_email"}')$$) \gx
RESET ROLE;
-- A script is about several statements, a flag about one.
SELECT refused($$SELECT hotswap.start('ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int', options => '{"flag": "f"}')$$);
DROP TABLE users, mine;
DROP EXTENSION hotswap CASCADE;
REVOKE ALL ON SCHEMA public FROM flags_owner;
DROP ROLE flags_owner;
