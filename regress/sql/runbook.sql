-- The statements that people have in their runbooks, character by character and in one session, with a migration under way. What
-- each means in detail is in the tests of its part: lifecycle, flags, breakers.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE users (user_id int PRIMARY KEY, legacy_field text, v int);
INSERT INTO users VALUES (42, 'x', 1), (43, 'y', 2);
SET search_path = public, hotswap;
SELECT * FROM v_zero_downtime_status;
CALL hotswap.run('ALTER TABLE users ALTER COLUMN v TYPE bigint', options => '{"auto_switch": false}') \gset

INSERT INTO _migration_deprecations (table_name, column_name, removal_date) VALUES ('users', 'legacy_field', NOW() + INTERVAL '30 days');
SELECT * FROM _migration_deprecations WHERE removal_date < NOW() + INTERVAL '7 days';
DELETE FROM _migration_deprecations WHERE table_name = 'users' AND column_name = 'legacy_field';
INSERT INTO _migration_feature_flags (flag_name, enabled, rollout_percentage) VALUES ('new_search_algorithm', true, 10);
UPDATE _migration_feature_flags SET rollout_percentage = 50 WHERE flag_name = 'new_search_algorithm';
UPDATE _migration_feature_flags SET created_at = '2024-05-01';   -- for the output only
\x on
SELECT * FROM _migration_feature_flags WHERE enabled = true AND rollout_percentage < 100;
\x off
CREATE FUNCTION ask(user_id int) RETURNS boolean LANGUAGE sql AS $$
SELECT check_feature_flag('new_search_algorithm', user_id);            -- user_id of any type
$$;
SELECT user_id, ask(user_id) FROM users ORDER BY user_id;
SELECT state FROM _migration_circuit_breakers WHERE breaker_name = 'migration_executor';
SELECT update_circuit_breaker('migration_executor', true);
UPDATE _migration_circuit_breakers SET state = 'closed', failure_count = 0 WHERE breaker_name = 'migration_executor';
SELECT m.migration_id, m.batches_completed, m.rows_affected, m.status, EXTRACT(EPOCH FROM (NOW() - m.started_at)) AS duration_seconds,
       (m.rows_affected / NULLIF(EXTRACT(EPOCH FROM (NOW() - m.started_at)), 0))::INT AS rows_per_second
  FROM _migration_progress m WHERE m.status = 'running';
UPDATE _migration_progress SET status = 'cancelled' WHERE migration_id = 'current_migration';   -- really cancels it
\x on
SELECT state, phase, ddl, percent FROM (
SELECT * FROM v_zero_downtime_status
) s;
\x off

-- And so it does for a migration that is there.
UPDATE _migration_progress SET status = 'cancelled' WHERE migration_id = :'migration_id';
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
SELECT status FROM _migration_progress WHERE migration_id = :'migration_id';
RESET search_path;
DROP FUNCTION ask;
DROP TABLE users;
DROP EXTENSION hotswap;
