-- The history of scripts: what its rows hold, a baseline, and who may see and do what.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
SET client_min_messages = notice;
\set ECHO all
SELECT * FROM hotswap.history();

-- A baseline: its name, and all names of its series before it, count as applied. Numbers count as numbers.
SELECT hotswap.baseline('V10__orders', 'made by hand before hotswap');
SELECT history_id, name, state, direction, description, checksum, statements, migration_id, applied_by = session_user AS mine,
       applied_at <= clock_timestamp() AS at, execution_time, out_of_order
  FROM hotswap.history();
-- Once is enough, and so is one for an earlier script.
SELECT hotswap.baseline('V10__orders');
SELECT hotswap.baseline('V9__users');
SELECT hotswap.baseline('v1.2__start');
-- A later one, and names of other series, are news.
SELECT hotswap.baseline('V10.1__more');
SELECT hotswap.baseline('V11__later');
SELECT hotswap.baseline('shop/0002_items');
SELECT hotswap.baseline('shop/0001_init');
SELECT hotswap.baseline('blog/0001_init');
-- Without a version it is about that name alone.
SELECT hotswap.baseline('orders to bigint');
SELECT hotswap.baseline('another thing');
SELECT history_id, name FROM hotswap.history();
-- Rolled back with the caller's transaction.
BEGIN;
SELECT hotswap.baseline('V12__x');
ROLLBACK;
SELECT count(*) FROM hotswap.history() WHERE name = 'V12__x';

SELECT * FROM refusal($$SELECT hotswap.baseline('')$$) \gx
SELECT refused($$SELECT hotswap.baseline(NULL)$$);

-- What a row holds is held to the rules; a name is applied once, and again after its way back.
SELECT refused($$INSERT INTO hotswap._migration_history (name, state, applied_by) VALUES ('V20__x', 'applied', 'me')$$);
SELECT refused($$INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script) VALUES ('V20__x', 'applied', 'me', 'no checksum', '')$$);
SELECT refused($$INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script) VALUES ('V20__x', 'dreamt', 'me', repeat('a', 64), '')$$);
SELECT refused($$INSERT INTO hotswap._migration_history (name, state, applied_by) VALUES ('V11__later', 'baseline', 'me')$$);
INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script) VALUES ('V20__x', 'reverted', 'me', repeat('a', 64), 'SELECT 1');
INSERT INTO hotswap._migration_history (name, state, direction, applied_by, checksum, script) VALUES ('V20__x', 'applied', 'down', 'me', repeat('a', 64), 'SELECT 1');
INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script) VALUES ('V20__x', 'applied', 'me', repeat('b', 64), 'SELECT 2');
SELECT refused($$INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script) VALUES ('V20__x', 'applied', 'me', repeat('b', 64), 'SELECT 2')$$);
SELECT name, state, direction, left(checksum, 3) AS checksum FROM hotswap.history() WHERE name = 'V20__x';

-- Rights: nobody without allow; with it the role is in the row, also after SET ROLE. Nobody writes the table by hand.
CREATE ROLE regress_alice;
CREATE ROLE regress_bob;
SELECT hotswap.allow('regress_alice');
SET ROLE regress_alice;
SELECT hotswap.baseline('alice/1');
SELECT name, applied_by FROM hotswap.history() ORDER BY history_id DESC LIMIT 1;
SELECT refused($$DELETE FROM hotswap._migration_history$$);
SET ROLE regress_bob;
SELECT refused($$SELECT hotswap.baseline('bob/1')$$);
SELECT refused($$SELECT * FROM hotswap.history()$$);
RESET ROLE;

-- A migration that is forgotten leaves its line in the history.
INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, owner, search_path, state) VALUES ('old_0', 0, 'x', 'x', 'direct', 'me', '', 'completed');
INSERT INTO hotswap._migration_history (name, state, applied_by, checksum, script, migration_id) VALUES ('V21__x', 'applied', 'me', repeat('c', 64), 'SELECT 3', 'old_0');
DELETE FROM hotswap._migrations WHERE migration_id = 'old_0';
SELECT name, state, migration_id FROM hotswap.history() WHERE name = 'V21__x';

DROP EXTENSION hotswap;
DROP ROLE regress_alice, regress_bob;
