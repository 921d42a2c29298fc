-- The throttle by hand, live: rules for a migration, for all, for a kind of step; a user's query; and what each pause says.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE PROCEDURE public.waits_for(id text, wanted text, INOUT shown text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 1000 LOOP
        COMMIT;
        EXIT WHEN EXISTS (SELECT FROM hotswap._migrations m WHERE m.migration_id = id AND m.reason LIKE wanted);
        PERFORM pg_sleep(0.02);
    END LOOP;
    shown := public.shown(id);
END $$;
CREATE FUNCTION public.shown(id text) RETURNS text LANGUAGE sql AS $$
    SELECT m.state || ': ' || replace(regexp_replace(regexp_replace(m.reason, 'until .*', 'until then'), '_\d+\)', '_N)'), session_user, 'me')
      FROM hotswap._migrations m WHERE m.migration_id = id
$$;
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT g, g FROM generate_series(1, 5000) g;
\set ECHO all
-- Stopped before it begins, and let go while it waits.
SELECT hotswap.throttle('backfill');
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_switch": false, "batch_size": 1000, "parallel": 1}') AS id \gset
CALL waits_for(:'id', 'throttled:%');
-- Another rule does not weaken it; the exemption of the migration does.
SELECT hotswap.throttle(:'id', 0.5, '10 minutes');
SELECT shown(:'id');
SELECT hotswap.exempt(:'id', '1 minute');
CALL wait_until(:'id', 'awaiting');
SELECT event FROM hotswap._migration_events WHERE migration_id = :'id' AND event IN ('throttle', 'exempt', 'held back', 'goes on') ORDER BY event_id;
SELECT hotswap.unthrottle('backfill'), hotswap.unthrottle(:'id') AS of_the_migration, hotswap.unthrottle('backfill') AS again;
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled');

-- A query of the user: it stops, it fails, it is nonsense, it takes too long, it writes; then it lets go.
CREATE TABLE business (hours int);
INSERT INTO business VALUES (1);
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write',
    options => '{"auto_switch": false, "throttle_query": "SELECT CASE hours WHEN 2 THEN 1 / (hours - 2) WHEN 3 THEN NULL WHEN 4 THEN (SELECT 1 FROM pg_sleep(5)) WHEN 5 THEN nextval(''hotswap._migration_numbers'') ELSE hours END FROM business"}') AS id \gset
CALL waits_for(:'id', '%returned 1,%');
UPDATE business SET hours = 2;
CALL waits_for(:'id', '%zero%');
UPDATE business SET hours = 3;
CALL waits_for(:'id', '%nothing%');
UPDATE business SET hours = 4;
CALL waits_for(:'id', '%took%');
UPDATE business SET hours = 5;
CALL waits_for(:'id', '%read-only%');
UPDATE business SET hours = 0;
CALL wait_until(:'id', 'awaiting');
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled');

-- What is refused.
SELECT refused(s) FROM (VALUES ($$SELECT hotswap.throttle(NULL)$$), ($$SELECT hotswap.throttle('all', 1.5)$$), ($$SELECT hotswap.throttle('all', 'NaN')$$),
    ($$SELECT hotswap.throttle('all', 0.5, '0')$$), ($$SELECT hotswap.throttle('nothing')$$), ($$SELECT hotswap.exempt('nothing')$$),
    ($$SELECT hotswap.unthrottle('nothing')$$), ($$SELECT hotswap.start('ALTER TABLE t ADD COLUMN w int', options => '{"throttle_query": 7}')$$)) x (s);
-- One's own migrations only.
CREATE ROLE regress_throttler;
SELECT hotswap.allow('regress_throttler');
SET ROLE regress_throttler;
SELECT refused(format('SELECT hotswap.throttle(%L)', :'id')) ~ '^42501: permission denied' AS of_others, refused($$SELECT hotswap.exempt('all')$$) AS all;
RESET ROLE;
DROP OWNED BY regress_throttler;
DROP ROLE regress_throttler;
