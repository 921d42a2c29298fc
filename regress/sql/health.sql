-- Health: thresholds, baselines and verdicts by SQL. What a bake does with them under load: tests/server/t/062_bake.pl.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
\set SHOW_CONTEXT never
-- No sample but ours.
ALTER SYSTEM SET hotswap.sample_interval = '1 min';
SELECT pg_reload_conf();

-- The metrics of the table are those that can be judged.
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
 WHERE attrelid = 'hotswap._migration_metrics'::regclass AND attnum > 2 AND NOT attisdropped;

SELECT hotswap.set_threshold('transaction_latency', 0.5);
SELECT hotswap.set_threshold('tps', judged => true, least_shift => 100);
SELECT * FROM hotswap._migration_thresholds ORDER BY metric;
SELECT hotswap.set_threshold('tps');
SELECT * FROM hotswap._migration_thresholds ORDER BY metric;
SELECT hotswap.set_threshold('happiness', 0.5);
SELECT hotswap.set_threshold('tps', -1);
SELECT hotswap.set_threshold('tps', least_shift => -1);
DELETE FROM hotswap._migration_thresholds;

SELECT hotswap.set_baseline('nobody');
CREATE TABLE watched (id int PRIMARY KEY, v int);
CALL hotswap.run('ALTER TABLE watched ADD COLUMN w int') \gset
SELECT hotswap.set_baseline(:'migration_id');
SELECT hotswap.set_baseline(:'migration_id', '-1 minute');

-- A baseline that a person sets is what came before.
CALL hotswap.run('ALTER TABLE watched ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
DELETE FROM hotswap._migration_metrics;
SELECT hotswap.set_baseline(:'migration_id');
INSERT INTO hotswap._migration_metrics (sampled_at, period_ms, tps) VALUES (clock_timestamp() - interval '10 s', 1000, 5), (clock_timestamp() - interval '20 s', 1000, 6);
SELECT hotswap.set_baseline(:'migration_id', '15 s');
SELECT hotswap.set_baseline(:'migration_id');
SELECT event, detail FROM hotswap._migration_events WHERE migration_id = :'migration_id' AND event = 'baseline' ORDER BY event_id;
CREATE ROLE health_stranger;
GRANT USAGE ON SCHEMA hotswap TO health_stranger;
SELECT hotswap.allow('health_stranger');
SET ROLE health_stranger;
SELECT hotswap.set_baseline(:'migration_id');
SELECT hotswap.set_threshold('tps', 1);
RESET ROLE;
DROP OWNED BY health_stranger;
DROP ROLE health_stranger;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
DELETE FROM hotswap._migration_metrics;
DROP TABLE watched;
ALTER SYSTEM RESET hotswap.sample_interval;
SELECT pg_reload_conf();
