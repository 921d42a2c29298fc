-- Circuit breakers: the statements of runbooks, the rules, and what an operator may set.
-- Traps: T9 (a breaker costs the application's transactions nothing and is not undone with them).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
SET search_path = public, hotswap;
-- As runbooks have them.
SELECT state FROM _migration_circuit_breakers WHERE breaker_name = 'migration_executor';
SELECT update_circuit_breaker('migration_executor', true);
UPDATE _migration_circuit_breakers SET state = 'closed', failure_count = 0 WHERE breaker_name = 'migration_executor';
SELECT * FROM _migration_circuit_breakers WHERE breaker_name = 'nobody';

-- Five failures in a row open the breaker of the workers. Each statement is a transaction; some are rolled back, and count.
SELECT update_circuit_breaker('migration_executor', false), update_circuit_breaker('migration_executor', false);
BEGIN;
SELECT update_circuit_breaker('migration_executor', false, '2 seconds');
ROLLBACK;
SELECT state, failure_count, success_count, failures_in_a_row FROM _migration_circuit_breakers;
BEGIN READ ONLY;
SELECT update_circuit_breaker('migration_executor', false);
SELECT update_circuit_breaker('migration_executor', false);
ROLLBACK;
SELECT state, failure_count, success_count, opens, reason, retry_at - state_since AS open_for, circuit_allows(breaker_name) FROM _migration_circuit_breakers;
-- Calls from before it opened change nothing.
SELECT update_circuit_breaker('migration_executor', true);
-- The conductor writes the state down for the next start of the server.
DO $$ BEGIN
    FOR i IN 1 .. 500 LOOP
        EXIT WHEN EXISTS (SELECT FROM hotswap._migration_breakers WHERE state = 'open');
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;
SELECT state, cause, opens, retry_at - state_since AS open_for FROM hotswap._migration_breakers;
-- An operator really closes it.
UPDATE _migration_circuit_breakers SET state = 'closed', failure_count = 0 WHERE breaker_name = 'migration_executor';
SELECT state, failure_count, failures_in_a_row, opens, reason, circuit_allows(breaker_name) FROM _migration_circuit_breakers;
-- Also where it looks closed already: only the counts go.
SELECT update_circuit_breaker('migration_executor', false);
UPDATE _migration_circuit_breakers SET state = 'closed', failure_count = 0 WHERE breaker_name = 'migration_executor';
SELECT state, failure_count, failures_in_a_row FROM _migration_circuit_breakers;

-- What is set by hand stays until it is set to something else, and counts once it is committed.
BEGIN;
UPDATE _migration_circuit_breakers SET state = 'forced_open' WHERE breaker_name = 'migration_executor';
SELECT state, circuit_allows(breaker_name), update_circuit_breaker(breaker_name, true) FROM _migration_circuit_breakers;
ROLLBACK;
SELECT state, circuit_allows(breaker_name) FROM _migration_circuit_breakers;
UPDATE _migration_circuit_breakers SET state = 'forced_open' WHERE breaker_name = 'migration_executor';
SELECT update_circuit_breaker('migration_executor', true), circuit_allows('migration_executor');
UPDATE _migration_circuit_breakers SET state = 'disabled' WHERE breaker_name = 'migration_executor';
SELECT count(update_circuit_breaker('migration_executor', false)) AS calls, bool_and(circuit_allows('migration_executor')) AS allowed FROM generate_series(1, 30);
SELECT state, failure_count FROM _migration_circuit_breakers;
UPDATE _migration_circuit_breakers SET state = 'closed' WHERE breaker_name = 'migration_executor';

-- Breakers of an application. The last 10 calls; half of them at least must be good, and half of them quick.
INSERT INTO _migration_circuit_breakers (breaker_name, window_type, window_calls, minimum_calls, slow_time, open_time, max_open_time, half_open_calls, half_open_time)
VALUES ('payments', 'count', 10, 4, '1 second', '1 hour', '3 hours', 2, '20 minutes');
SELECT * FROM refusal($$INSERT INTO _migration_circuit_breakers (breaker_name) VALUES ('payments')$$) \gx
SELECT string_agg(update_circuit_breaker('payments', n % 3 > 0), ' ' ORDER BY n) FROM generate_series(1, 9) n;
SELECT string_agg(update_circuit_breaker('payments', false), ' ') FROM generate_series(1, 3);
SELECT state, reason, failure_count, success_count, opens FROM _migration_circuit_breakers WHERE breaker_name = 'payments';
-- Half open: as many trial calls as half_open_calls, and one that fails opens it again, for twice as long.
UPDATE _migration_circuit_breakers SET state = 'half_open' WHERE breaker_name = 'payments';
SELECT circuit_allows('payments') AS first, circuit_allows('payments') AS second, circuit_allows('payments') AS third;
SELECT update_circuit_breaker('payments', true) AS first, update_circuit_breaker('payments', false) AS second;
SELECT state, reason, opens, retry_at - state_since AS open_for FROM _migration_circuit_breakers WHERE breaker_name = 'payments';
UPDATE _migration_circuit_breakers SET state = 'half_open' WHERE breaker_name = 'payments';
SELECT update_circuit_breaker('payments', true) AS first, update_circuit_breaker('payments', true) AS second;
-- Slow calls.
SELECT string_agg(update_circuit_breaker('payments', true, n * interval '500 ms'), ' ' ORDER BY n) FROM generate_series(1, 5) n;
SELECT state, reason, slow_count FROM _migration_circuit_breakers WHERE breaker_name = 'payments';
-- Other rules do not touch the state.
UPDATE _migration_circuit_breakers SET minimum_calls = 5, failure_ratio = NULL WHERE breaker_name = 'payments';
SELECT state, minimum_calls, failure_ratio FROM _migration_circuit_breakers WHERE breaker_name = 'payments';
-- The open time is over: the next call is a trial.
UPDATE _migration_circuit_breakers SET open_time = '1 millisecond', half_open_calls = 1 WHERE breaker_name = 'payments';
UPDATE _migration_circuit_breakers SET state = 'open' WHERE breaker_name = 'payments';
SELECT pg_sleep(0.01);
SELECT circuit_allows('payments'), circuit_allows('payments') AS again, update_circuit_breaker('payments', true);

-- What may not be set.
SELECT r.* FROM (VALUES ($$UPDATE _migration_circuit_breakers SET state = 'OPEN'$$), ($$UPDATE _migration_circuit_breakers SET state = NULL$$),
    ($$UPDATE _migration_circuit_breakers SET failure_count = 3$$), ($$UPDATE _migration_circuit_breakers SET opens = 7$$),
    ($$UPDATE _migration_circuit_breakers SET breaker_name = 'x'$$), ($$UPDATE _migration_circuit_breakers SET failure_ratio = 2$$),
    ($$INSERT INTO _migration_circuit_breakers (breaker_name) VALUES ('')$$), ($$SELECT update_circuit_breaker('nobody', true)$$),
    ($$SELECT circuit_allows('nobody')$$), ($$SELECT update_circuit_breaker(NULL, true)$$), ($$SELECT update_circuit_breaker('payments', NULL)$$)) s (statement),
    refused(statement) r;
DELETE FROM _migration_circuit_breakers WHERE breaker_name = 'payments';
SELECT refused($$SELECT circuit_allows('payments')$$);
-- That of the workers is always there.
UPDATE _migration_circuit_breakers SET state = 'forced_open', consecutive_failures = 2;
DELETE FROM _migration_circuit_breakers;
SELECT breaker_name, state, consecutive_failures FROM _migration_circuit_breakers;
SELECT migration_id, event, detail FROM _migration_events WHERE migration_id LIKE 'breaker %' AND event IN ('breaker set', 'breaker rules', 'breaker removed') ORDER BY event_id;

-- A migration waits while the breaker is open, and goes on by itself.
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT g, g FROM generate_series(1, 10) g;
UPDATE _migration_circuit_breakers SET state = 'forced_open' WHERE breaker_name = 'migration_executor';
SELECT start('ALTER TABLE t ADD COLUMN w int') AS id \gset
DO $$ BEGIN
    FOR i IN 1 .. 500 LOOP
        EXIT WHEN EXISTS (SELECT FROM hotswap._migrations WHERE reason LIKE 'waiting for the circuit breaker%');
        COMMIT;
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;
SELECT state, waiting_for FROM status(:'id');
UPDATE _migration_circuit_breakers SET state = 'closed' WHERE breaker_name = 'migration_executor';
CALL wait_until(:'id', 'completed');
SELECT event, detail FROM _migration_events WHERE migration_id = :'id' AND event IN ('held back', 'goes on') ORDER BY event_id;

-- Who may: those that were allowed tell and ask; setting it by hand is for those who were granted it.
CREATE ROLE regress_caller;
SELECT allow('regress_caller');
SET ROLE regress_caller;
SELECT update_circuit_breaker('migration_executor', true), (SELECT count(*) FROM _migration_circuit_breakers) AS seen;
SELECT refused($$UPDATE hotswap._migration_circuit_breakers SET state = 'closed'$$);
SELECT refused($$UPDATE hotswap._migration_breakers SET state = 'closed'$$);
RESET ROLE;
GRANT UPDATE ON _migration_circuit_breakers TO regress_caller;
SET ROLE regress_caller;
SELECT refused($$UPDATE hotswap._migration_circuit_breakers SET state = 'closed'$$);
RESET ROLE;
DROP OWNED BY regress_caller;
DROP ROLE regress_caller;
