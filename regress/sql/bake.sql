-- A bake that nobody asked for: where it is put, that it holds up nobody, and what ends it. Verdicts under load: tests/server/t/062_bake.pl.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- How a statement would be watched with these settings. The time stands in the stored step only.
CREATE FUNCTION watched(ddl text, options jsonb DEFAULT '{}', strategy text DEFAULT 'auto') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id text;
    found text;
BEGIN
    id := hotswap.start(ddl, options => options, strategy => strategy);
    found := coalesce((SELECT string_agg(wait_for || CASE WHEN unasked THEN ', unasked' ELSE '' END, '; ' ORDER BY step_no)
                         FROM hotswap._migration_steps WHERE migration_id = id AND phase = 'bake' AND kind = 'await'), 'no');
    RAISE EXCEPTION USING ERRCODE = 'UNDOX', MESSAGE = found;
EXCEPTION WHEN SQLSTATE 'UNDOX' THEN
    RETURN SQLERRM;
END $$;
CREATE FUNCTION watched_by_settings(ddl text, options jsonb DEFAULT '{}', strategy text DEFAULT 'auto')
RETURNS TABLE (switch text, "all" text, off text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hotswap.bake', 'switch', true); switch := watched(ddl, options, strategy);
    PERFORM set_config('hotswap.bake', 'all', true); "all" := watched(ddl, options, strategy);
    PERFORM set_config('hotswap.bake', 'off', true); off := watched(ddl, options, strategy);
    RETURN NEXT;
END $$;
-- Samples as if somebody used the server for the next half minute.
CREATE FUNCTION some_traffic() RETURNS void LANGUAGE sql AS
$$ INSERT INTO hotswap._migration_metrics (sampled_at, period_ms, transaction_latency)
   SELECT clock_timestamp() + i * interval '50 ms', 50, 1 FROM generate_series(1, 600) i ON CONFLICT DO NOTHING $$;
CREATE VIEW bakes AS SELECT m.name, m.state, s.wait_for, s.unasked, s.state AS step, regexp_replace(s.confirmed, 'of \w+,', 'of ME,') AS confirmed
  FROM hotswap._migrations m JOIN hotswap._migration_steps s USING (migration_id) WHERE s.phase = 'bake' AND s.kind = 'await' ORDER BY m.number, s.step_no;
\set ECHO all
\set SHOW_CONTEXT never
CREATE TABLE big (id int PRIMARY KEY, v int, note text);
INSERT INTO big SELECT i, i, repeat('x', 100) FROM generate_series(1, 10000) i;
CREATE INDEX big_by_v ON big (v);
CREATE TABLE small (id int PRIMARY KEY, v int);
CREATE TABLE parted (id int, v int, note text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100000);
INSERT INTO parted SELECT i, i, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE;

-- Without a baseline there is nothing to compare with.
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint');
ALTER SYSTEM SET hotswap.baseline_time = '1 ms';
ALTER SYSTEM SET hotswap.sample_interval = '100 ms';
SELECT pg_reload_conf();
SELECT pg_sleep(0.1);

-- ---- where it is put --------------------------------------------------------------------------------------------------
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint');
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', strategy => 'dual_write');
SELECT * FROM watched_by_settings('ALTER TABLE parted ADD COLUMN w int');
SELECT * FROM watched_by_settings('ALTER TABLE big ADD CONSTRAINT positive CHECK (v >= 0)');
SELECT * FROM watched_by_settings('DROP INDEX big_by_v');
SELECT * FROM watched_by_settings('CREATE INDEX ON big (note)');
SELECT * FROM watched_by_settings('ALTER TABLE small ALTER COLUMN v TYPE bigint');
SELECT * FROM watched_by_settings('ALTER TABLE small ADD COLUMN w int');
-- What cannot be taken back is not watched; nor is a rename, before a person has said that the new name is in use.
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"one_way": true}');
SELECT * FROM watched_by_settings('ALTER TABLE big RENAME COLUMN v TO w');
-- The option: true is the usual time for what is done, false is none, and a size does not matter.
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": true}');
SELECT * FROM watched_by_settings('ALTER TABLE small ADD COLUMN w int', '{"bake": "true"}');
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": false}');
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": "false"}');
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": "3 hours"}');
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": null}');
SELECT refused($$SELECT hotswap.start('ALTER TABLE big ADD COLUMN w int', options => '{"bake": 10}')$$);
SET hotswap.bake_switch = '90 s';
SET hotswap.bake_direct = '1500 ms';
SELECT * FROM watched_by_settings('ALTER TABLE big ALTER COLUMN v TYPE bigint', '{"bake": true}');
SELECT * FROM watched_by_settings('ALTER TABLE big ADD COLUMN w int', '{"bake": true}');
RESET hotswap.bake_switch;
RESET hotswap.bake_direct;

-- ---- samples are kept for a time --------------------------------------------------------------------------------------
INSERT INTO hotswap._migration_metrics (sampled_at, period_ms, tps) VALUES (clock_timestamp() - interval '6 days', 1000, 1), (clock_timestamp() - interval '8 days', 1000, 2);
CALL hotswap.run('ALTER TABLE small ADD COLUMN kept int') \gset
SELECT tps FROM hotswap._migration_metrics WHERE sampled_at < clock_timestamp() - interval '1 hour';

-- ---- it holds up nobody ------------------------------------------------------------------------------------------------
SET hotswap.bake = 'all';
SELECT some_traffic();
SELECT hotswap.start('ALTER TABLE big ADD COLUMN first int', name => 'first') AS first \gset
SELECT hotswap.start('ALTER TABLE small ADD COLUMN asked int', name => 'asked', options => '{"bake": "1 hour"}') AS asked \gset
-- Whoever follows it does not sit through it.
CALL hotswap.wait(:'first');
SELECT state FROM hotswap.status(:'first');
-- One that was asked for is in the way; the other is not, and can be taken back afterwards.
CALL wait_until(:'asked', 'baking', 'failed');
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE small ADD COLUMN next int')$$) \gx
SELECT "isValid" FROM jsonb_to_record(hotswap.validate('ALTER TABLE big ADD COLUMN second int')) AS v("isValid" boolean);
SELECT hotswap.start('ALTER TABLE big ADD COLUMN second int', name => 'second', options => '{"bake": false}') AS second \gset
CALL wait_until(:'second', 'completed', 'failed');
TABLE bakes;
SELECT regexp_replace(detail, 'of \w+,', 'of ME,') AS detail FROM hotswap._migration_events WHERE migration_id = :'first' AND event = 'bake ended';
SELECT hotswap.rollback(:'first');
CALL wait_until(:'first', 'rolled_back', 'failed', 'paused');
SELECT attname FROM pg_attribute WHERE attrelid = 'big'::regclass AND attnum > 3 AND NOT attisdropped;
SELECT hotswap.cancel(:'asked');
CALL wait_until(:'asked', 'cancelled', 'failed', 'paused');

-- ---- nor does it wait for traffic ------------------------------------------------------------------------------------
DELETE FROM hotswap._migration_metrics;
SELECT hotswap.start('ALTER TABLE big ADD COLUMN third int', name => 'third') AS third \gset
CALL wait_until(:'third', 'completed', 'failed', 'paused');
SELECT event, detail FROM hotswap._migration_events WHERE migration_id = :'third' AND event LIKE 'bake%';
DELETE FROM hotswap._migrations;

-- ---- in a script: what it has made itself is not watched, and the next part of a table ends the bake of the one before ------
ALTER SYSTEM SET hotswap.bake = 'all';   -- parts are planned by a worker
SELECT pg_reload_conf();
SELECT some_traffic();
SELECT hotswap.start($$
CREATE TABLE made AS SELECT * FROM big;
ALTER TABLE made ADD CONSTRAINT made_v CHECK (v > 0);
ALTER TABLE big ADD COLUMN fourth int;
ALTER TABLE big ADD COLUMN fifth int;
$$, name => 'script') AS script \gset
CALL wait_until(:'script', 'completed', 'failed', 'paused', 'awaiting');
SELECT state, regexp_replace(waiting_for, '_\d+', '_N', 'g') AS waiting_for FROM hotswap.status(:'script') WHERE migration_id = :'script';
SELECT part_no, ddl, m.state, s.unasked, s.state AS step FROM hotswap._migrations m LEFT JOIN hotswap._migration_steps s ON s.migration_id = m.migration_id AND s.phase = 'bake'
 WHERE part_no IS NOT NULL ORDER BY part_no;
SELECT hotswap.rollback(:'script');
CALL wait_until(:'script', 'rolled_back', 'failed', 'paused');
SELECT attname FROM pg_attribute WHERE attrelid = 'big'::regclass AND attnum > 3 AND NOT attisdropped;

DROP TABLE big, small, parted CASCADE;
DELETE FROM hotswap._migrations;
ALTER SYSTEM RESET hotswap.bake;
ALTER SYSTEM RESET hotswap.baseline_time;
ALTER SYSTEM RESET hotswap.sample_interval;
SELECT pg_reload_conf();
