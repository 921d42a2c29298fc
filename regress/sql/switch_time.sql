-- When a migration switches, as a person says it: options and functions, what they refuse, who may call them, and a script whose parts
-- each wait for their time. What happens then, with sessions in the way and under load, is in tests/server/t/064_control.pl.
-- Traps: T36 (only members of the owner's role control a migration).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
LOAD 'hotswap';
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE t2 (id int PRIMARY KEY, v int);
INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;

-- Options that say something else.
SELECT o, r.* FROM (VALUES ('{"switch_at": "soon"}'), ('{"switch_at": 5}'), ('{"maintenance_window": "Mox 02:00-03:00"}'), ('{"maintenance_window": "02:00"}'),
    ('{"maintenance_window": "02:00-03:00 Nowhere/Town"}'), ('{"maintenance_window": ["02:00-03:00"]}'), ('{"force_switch": "kill"}'), ('{"force_switch": true}'),
    ('{"force_after": "-1 s"}'), ('{"group": ""}')) AS o(o),
    LATERAL (SELECT code, message, detail FROM refusal(format('SELECT hotswap.start(''ALTER TABLE t ADD w int'', options => %L)', o))) AS r;
\set ON_ERROR_STOP off
ALTER SYSTEM SET hotswap.maintenance_window = 'Mon-Fri 02:00';
ALTER SYSTEM SET hotswap.maintenance_window = '02:00-03:00 Nowhere/Town';
\set ON_ERROR_STOP on
SELECT count(*) FROM hotswap._migrations;

-- A time without a zone is the caller's.
SET TimeZone = 'Asia/Tokyo';
SELECT hotswap.start('ALTER TABLE t ADD COLUMN w int', options => '{"switch_at": "2100-01-01 00:00"}') AS id \gset
SET TimeZone = 'UTC';
CALL hotswap.wait(:'id');
SELECT state, switch_at = '2099-12-31 15:00+00' AS right_time, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT options FROM hotswap._migrations WHERE migration_id = :'id';
-- Another time; none; a word.
SELECT refused(format('SELECT hotswap.switch_at(%L, NULL)', :'id')), refused($$SELECT hotswap.switch_at('nosuch', now())$$),
       refused(format('SELECT hotswap.force_switch(%L, ''kill'')', :'id')), refused(format('SELECT hotswap.force_switch(%L, ''wait'', ''-1 s'')', :'id'));
SELECT hotswap.switch_at(:'id', 'infinity');
CALL hotswap.wait(:'id');
CALL until(format('waiting_for LIKE %L FROM hotswap.status(%L)', '%postponed%', :'id'));
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT hotswap.force_switch(:'id', 'cancel_idle', '3 seconds');
SELECT options FROM hotswap._migrations WHERE migration_id = :'id';
-- Somebody else.
DROP ROLE IF EXISTS regress_stranger;
CREATE ROLE regress_stranger;
SET ROLE regress_stranger;
SELECT refused(format('SELECT hotswap.switch_at(%L, now())', :'id')), refused(format('SELECT hotswap.force_switch(%L, ''wait'')', :'id'));
RESET ROLE;
SELECT hotswap.allow('regress_stranger');
SET ROLE regress_stranger;
SELECT refused(format('SELECT hotswap.switch_at(%L, now())', :'id')), refused(format('SELECT hotswap.force_switch(%L, ''wait'')', :'id'));
SELECT count(*) FROM hotswap.groups;
RESET ROLE;
SELECT hotswap.advance(:'id');
CALL wait_until(:'id', 'completed', 'failed', 'paused');
SELECT event, detail IS NOT NULL AS said FROM hotswap._migration_events WHERE migration_id = :'id' ORDER BY event_id;
SELECT refused(format('SELECT hotswap.switch_at(%L, now())', :'id')), refused(format('SELECT hotswap.force_switch(%L, ''wait'')', :'id'));

-- A script: each of its parts has its time. What is told the script holds for those that are left.
SELECT hotswap.start('ALTER TABLE t ADD COLUMN x int; ALTER TABLE t2 ADD COLUMN x int; ALTER TABLE t2 ADD COLUMN y int', name => 'three',
                     options => '{"switch_at": "infinity", "group": "g"}') AS id \gset
CALL hotswap.wait(:'id');
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'id');
SELECT hotswap.advance(:'id');
CALL until(format('EXISTS (SELECT FROM hotswap.status() WHERE script = %L AND part_no = 2 AND state = ''awaiting'')', :'id'));
CALL until(format('state = ''awaiting'' FROM hotswap.status(%L)', :'id'));
SELECT part_no, state FROM hotswap.status() WHERE script = :'id' ORDER BY 1;
-- The next one of the group waits for all of the script.
SELECT hotswap.start('CREATE INDEX t_v ON t (v)', options => '{"group": "g"}') AS next \gset
CALL hotswap.wait(:'next');
SELECT steady(replace(waiting_for, :'id', 'SCRIPT')) AS waiting_for FROM hotswap.status(:'next');
SELECT group_name, position, name = 'three' AS script, switched, others_wait FROM hotswap.groups;
SELECT hotswap.switch_at(:'id', now());
CALL wait_until(:'id', 'completed', 'failed', 'paused');
CALL wait_until(:'next', 'completed', 'failed', 'paused');
SELECT group_name, position, state, switched, others_wait FROM hotswap.groups;

DROP TABLE t, t2;
DROP EXTENSION hotswap;
DROP ROLE regress_stranger;
