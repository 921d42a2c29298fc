-- Feature flags: the statements people have in their runbooks, word for word; what is answered to whom and why; what is refused
-- when it is written; the audit; rights; stored assignments. Buckets themselves are unit tests.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
SET search_path = public, hotswap;
INSERT INTO _migration_feature_flags (flag_name, enabled, rollout_percentage) VALUES ('new_search_algorithm', true, 10);
UPDATE _migration_feature_flags SET rollout_percentage = 50 WHERE flag_name = 'new_search_algorithm';
UPDATE _migration_feature_flags SET created_at = '2024-05-01';   -- for the output only
\x on
SELECT * FROM _migration_feature_flags WHERE enabled = true AND rollout_percentage < 100;
\x off
CREATE FUNCTION ask(user_id int) RETURNS boolean LANGUAGE sql AS $$
SELECT check_feature_flag('new_search_algorithm', user_id);            -- user_id of any type
$$;
CREATE FUNCTION ask(user_id uuid) RETURNS boolean LANGUAGE sql AS $$
SELECT check_feature_flag('new_search_algorithm', user_id);            -- user_id of any type
$$;
SELECT ask(42), ask(43), ask('550e8400-e29b-41d4-a716-446655440000'::uuid);
CREATE TABLE users AS SELECT g AS user_id FROM generate_series(1, 10000) g;
SELECT count(*) BETWEEN 4800 AND 5200 AS half FROM users WHERE check_feature_flag('new_search_algorithm', user_id);

-- The key's text form decides, whatever its type.
SELECT flag_bucket('new_search_algorithm', '42') AS golden, flag_bucket('new_search_algorithm', '42', 's2') AS salted;
UPDATE _migration_feature_flags SET rollout_percentage = 54.35 WHERE flag_name = 'new_search_algorithm';
SELECT check_feature_flag('new_search_algorithm', 42) AS int4, check_feature_flag('new_search_algorithm', 42::bigint) AS int8, check_feature_flag('new_search_algorithm', 42::smallint) AS int2,
       check_feature_flag('new_search_algorithm', 42::numeric) AS numeric, check_feature_flag('new_search_algorithm', '42') AS unknown, check_feature_flag('new_search_algorithm', '42'::text) AS text,
       check_feature_flag('new_search_algorithm', '42'::varchar) AS varchar, check_feature_flag('new_search_algorithm', '42'::char(5)) AS char, check_feature_flag('new_search_algorithm', '42'::name) AS name;
UPDATE _migration_feature_flags SET rollout_percentage = 54.349 WHERE flag_name = 'new_search_algorithm';
SELECT check_feature_flag('new_search_algorithm', 42) AS int4, check_feature_flag('new_search_algorithm', '42') AS unknown;
CREATE DOMAIN user_number AS int;
CREATE TYPE mood AS ENUM ('glad', 'sad');
-- Every type as its cast to text has it.
SELECT type, bool_and(same) AS same FROM (
    SELECT 'uuid' AS type, check_feature_flag('new_search_algorithm', u) = check_feature_flag('new_search_algorithm', u::text) AS same FROM (SELECT md5(g::text)::uuid AS u FROM generate_series(1, 200) g) s
    UNION ALL SELECT 'int4', check_feature_flag('new_search_algorithm', g) = check_feature_flag('new_search_algorithm', g::text) FROM generate_series(-100, 100) g
    UNION ALL SELECT 'int4', check_feature_flag('new_search_algorithm', g) = check_feature_flag('new_search_algorithm', g::text) FROM unnest('{-2147483648,2147483647}'::int[]) g
    UNION ALL SELECT 'int8', check_feature_flag('new_search_algorithm', g) = check_feature_flag('new_search_algorithm', g::text) FROM unnest('{-9223372036854775808,9223372036854775807}'::bigint[]) g
    UNION ALL SELECT 'bool', check_feature_flag('new_search_algorithm', b) = check_feature_flag('new_search_algorithm', b::text) FROM unnest('{t,f}'::bool[]) b
    UNION ALL SELECT 'domain', check_feature_flag('new_search_algorithm', g::user_number) = check_feature_flag('new_search_algorithm', g) FROM generate_series(1, 50) g
    UNION ALL SELECT 'enum', check_feature_flag('new_search_algorithm', m) = check_feature_flag('new_search_algorithm', m::text) FROM unnest('{glad,sad}'::mood[]) m
    UNION ALL SELECT 'date', check_feature_flag('new_search_algorithm', d) = check_feature_flag('new_search_algorithm', d::text) FROM unnest('{2024-01-01,2024-02-29}'::date[]) d
    UNION ALL SELECT 'array', check_feature_flag('new_search_algorithm', ARRAY[1, 2]) = check_feature_flag('new_search_algorithm', '{1,2}')
    UNION ALL SELECT 'long', check_feature_flag('new_search_algorithm', repeat('x', g * 400)) = flag('new_search_algorithm', repeat('x', g * 400)) FROM generate_series(1, 20) g) s GROUP BY type ORDER BY type;

-- It always has an answer.
SELECT check_feature_flag('no_such_flag', 1) AS unknown_flag, check_feature_flag(NULL, 1) AS null_flag, check_feature_flag('new_search_algorithm', NULL) AS null_key, check_feature_flag('new_search_algorithm', NULL::int) AS null_int;
SELECT call.*, d.* FROM (VALUES ('new_search_algorithm', '42', '{}'), ('new_search_algorithm', '43', '{}'), ('new_search_algorithm', NULL, '{}'), ('new_search_algorithm', NULL, '{"targetingKey": "43"}'),
    ('no_such_flag', '1', '{}'), (NULL, '1', '{}'), ('new_search_algorithm', '1', '[1]'), ('new_search_algorithm', '43', NULL)) call (flag, key, context), flag_detail(call.flag, call.key, call.context::jsonb) d;
UPDATE _migration_feature_flags SET rollout_percentage = 100 WHERE flag_name = 'new_search_algorithm';
SELECT * FROM flag_detail('new_search_algorithm', NULL);
UPDATE _migration_feature_flags SET enabled = false WHERE flag_name = 'new_search_algorithm';
SELECT * FROM flag_detail('new_search_algorithm', 1);
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE pronamespace = 'hotswap'::regnamespace AND proname IN ('check_feature_flag', 'flag', 'flag_detail') GROUP BY 1, 2, 3;

-- Kill switch, explicit key, rule, percentage, default.
INSERT INTO _migration_feature_flags (flag_name, enabled, allow_keys, deny_keys, rules, variants) VALUES ('checkout', true, '{friend}', '{foe}', '[
    {"name": "staff", "if": {"attribute": "email", "op": "ends_with", "value": "@example.com"}, "variant": "short"},
    {"if": {"all": [{"attribute": "country", "op": "in", "value": ["CH", "AT"]}, {"not": {"attribute": ["device", "os"], "op": "eq", "value": "ios"}}]}, "percentage": 50},
    {"if": {"attribute": "app", "op": "semver_lt", "value": "2.10.0"}, "value": false},
    {"if": {"attribute": "targetingKey", "op": "starts_with", "value": "vip-"}}]',
    '[{"name": "short", "weight": 1}, {"name": "long", "weight": 1}]');
SELECT call.*, d.* FROM (VALUES ('friend', '{"app": "1.0"}'), ('foe', '{"email": "me@example.com"}'), ('a', '{"email": "me@example.com"}'), ('b', '{"country": "CH"}'), ('c', '{"country": "CH"}'), ('d', '{"country": "AT"}'),
    ('e', '{"country": "CH", "device": {"os": "ios"}}'), ('f', '{"app": "2.9.3"}'), ('vip-7', '{"app": "2.10.1"}'), ('g', '{}')) call (key, context), flag_detail('checkout', call.key, call.context::jsonb) d;
SELECT check_feature_flag('checkout', 'vip-7'), flag('checkout', 'a', '{"email": "me@example.com"}'), flag('checkout', 'a'), flag('checkout', 5, '{"country": "CH"}');
UPDATE _migration_feature_flags SET enabled = false WHERE flag_name = 'checkout';
SELECT * FROM flag_detail('checkout', 'friend');

-- What could not be evaluated is refused when it is written.
SELECT * FROM refusal($$UPDATE _migration_feature_flags SET rules = '[{"if": {"attribute": "a", "op": "is", "value": 1}}]' WHERE flag_name = 'checkout'$$) \gx
SELECT * FROM refusal($$INSERT INTO _migration_feature_flags (flag_name, rollout_percentage) VALUES ('f', 12.3456)$$) \gx
SELECT set_clause, tried('UPDATE _migration_feature_flags SET ' || set_clause || ' WHERE flag_name = ''checkout''') FROM (VALUES
    ('rollout_percentage = 101'), ('rollout_percentage = -1'), ('rollout_percentage = ''NaN'''), ('rules = ''{}'''), ('rules = ''[1]'''), ('rules = ''[{"if": {}}]'''), ('rules = NULL'),
    ('variants = ''[]'''), ('variants = ''[{"name": "a", "share": 1}]'''), ('hash_version = 2'), ('allow_keys = ''{foe}'''), ('allow_keys = ''{NULL}'''), ('flag_name = '''''), ('rollout_percentage = 0.001')) s (set_clause);
-- A row that got past the check has no answer but false, and says so.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE _migration_feature_flags SET enabled = true, rules = '{"oops": 1}' WHERE flag_name = 'checkout';
SELECT * FROM flag_detail('checkout', 'friend');
SELECT check_feature_flag('checkout', 'friend');
ROLLBACK;

-- Own changes are seen by the next statement; what is rolled back never was. A statement sees one state.
INSERT INTO _migration_feature_flags (flag_name, enabled, rollout_percentage) VALUES ('mine', true, 0);
BEGIN;
SELECT check_feature_flag('mine', 1);
UPDATE _migration_feature_flags SET rollout_percentage = 100 WHERE flag_name = 'mine' RETURNING check_feature_flag('mine', 1) AS before;
SELECT check_feature_flag('mine', 1) AS after;
SAVEPOINT s;
UPDATE _migration_feature_flags SET enabled = false WHERE flag_name = 'mine';
SELECT check_feature_flag('mine', 1) AS in_savepoint;
ROLLBACK TO s;
SELECT check_feature_flag('mine', 1) AS after_savepoint;
DECLARE c CURSOR FOR SELECT check_feature_flag('mine', g) FROM generate_series(1, 3) g;
FETCH c;
DELETE FROM _migration_feature_flags WHERE flag_name = 'mine';
SELECT check_feature_flag('mine', 1) AS deleted;
FETCH c;
SELECT check_feature_flag('mine', 1) AS deleted;
ROLLBACK;
SELECT check_feature_flag('mine', 1) AS rolled_back;
BEGIN;
TRUNCATE _migration_feature_flags CASCADE;
SELECT check_feature_flag('new_search_algorithm', 1);
SELECT DISTINCT operation, old_flag IS NOT NULL AS old, new_flag IS NOT NULL AS new FROM _migration_flag_changes WHERE operation = 'TRUNCATE';
ROLLBACK;
-- A function sees what it has done, a stable one what its caller saw.
CREATE FUNCTION toggle() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen text := '';
BEGIN
    FOR share IN 0..2 LOOP
        UPDATE hotswap._migration_feature_flags SET rollout_percentage = share * 50 WHERE flag_name = 'mine';
        seen := seen || ' ' || (SELECT count(*) > 50 FROM generate_series(1, 100) g WHERE hotswap.check_feature_flag('mine', g)) || (SELECT hotswap.check_feature_flag('mine', NULL));
    END LOOP;
    RETURN seen;
END $$;
SELECT toggle();
-- Workers of a parallel query answer as their leader.
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
UPDATE pg_class SET reltuples = 1000000 WHERE oid = 'users'::regclass;
UPDATE _migration_feature_flags SET enabled = true, rollout_percentage = 54.35 WHERE flag_name = 'new_search_algorithm';
SELECT count(*) = (SELECT count(*) FROM generate_series(1, 10000) g WHERE check_feature_flag('new_search_algorithm', g)) AS same FROM users WHERE check_feature_flag('new_search_algorithm', user_id);
ROLLBACK;

-- Once in, always in. Storing is a call of its own; looking finds it.
INSERT INTO _migration_feature_flags (flag_name, enabled, rollout_percentage, sticky, variants) VALUES ('sticky', true, 50, true, '[{"name": "blue"}, {"name": "green"}]');
SELECT k AS key, d.* FROM generate_series(1, 6) k, flag_assign('sticky', k) d;
SELECT * FROM flag_assign('sticky', '1');
SELECT * FROM flag_assign('sticky', NULL);
UPDATE _migration_feature_flags SET rollout_percentage = 0, variants = '[{"name": "red"}]' WHERE flag_name = 'sticky';
SELECT k AS key, d.*, check_feature_flag('sticky', k) AS checked FROM generate_series(1, 6) k, flag_detail('sticky', k) d;
UPDATE _migration_feature_flags SET deny_keys = (SELECT array_agg(key) FROM _migration_flag_assignments) WHERE flag_name = 'sticky';
SELECT bool_or(check_feature_flag('sticky', k)) AS denied FROM generate_series(1, 6) k;
UPDATE _migration_feature_flags SET deny_keys = '{}', enabled = false WHERE flag_name = 'sticky';
SELECT bool_or(check_feature_flag('sticky', k)) AS killed FROM generate_series(1, 6) k;
UPDATE _migration_feature_flags SET enabled = true, sticky = false WHERE flag_name = 'sticky';
SELECT bool_or(check_feature_flag('sticky', k)) AS not_sticky FROM generate_series(1, 6) k;
SELECT count(*) FROM flag_assign('new_search_algorithm', '1') JOIN _migration_flag_assignments a ON a.flag_name = 'new_search_algorithm';
DELETE FROM _migration_feature_flags WHERE flag_name = 'sticky';
SELECT count(*) FROM _migration_flag_assignments;

-- The audit: every change, by whom, with both rows; it can only grow.
SELECT operation, old_flag ->> 'rollout_percentage' AS old, new_flag ->> 'rollout_percentage' AS new, new_flag ->> 'enabled' AS enabled, changed_by = current_user AS me, session_role = session_user AS session, migration_id
  FROM _migration_flag_changes WHERE flag_name = 'new_search_algorithm' ORDER BY change_id;
SELECT operation, count(*) FROM _migration_flag_changes GROUP BY operation ORDER BY operation;
UPDATE _migration_feature_flags SET enabled = enabled;
SELECT operation, count(*) FROM _migration_flag_changes GROUP BY operation ORDER BY operation;
SELECT * FROM refusal('DELETE FROM _migration_flag_changes') \gx
SELECT refused('UPDATE _migration_flag_changes SET changed_by = ''nobody''');
SELECT refused('TRUNCATE _migration_flag_changes');

-- Everybody may ask, by name; nobody may list or change without being allowed to.
CREATE ROLE flags_app;
CREATE ROLE flags_ops;
SELECT hotswap.allow('flags_ops');
UPDATE _migration_feature_flags SET enabled = true, rollout_percentage = 100 WHERE flag_name = 'new_search_algorithm';
SET ROLE flags_app;
SELECT check_feature_flag('new_search_algorithm', 1), flag('new_search_algorithm', '1'), (flag_detail('new_search_algorithm', 1)).reason;
SELECT statement, tried(statement) FROM (VALUES ('SELECT FROM hotswap._migration_feature_flags'), ('UPDATE hotswap._migration_feature_flags SET enabled = false'),
    ('SELECT hotswap.flag_assign(''sticky'', ''1'')'), ('SELECT FROM hotswap._migration_flag_changes'), ('CREATE TRIGGER t BEFORE INSERT ON hotswap._migration_feature_flags FOR EACH ROW EXECUTE FUNCTION hotswap._check_flag()')) s (statement);
SET ROLE flags_ops;
UPDATE _migration_feature_flags SET rollout_percentage = 7 WHERE flag_name = 'new_search_algorithm';
SELECT new_flag ->> 'rollout_percentage' AS new, changed_by FROM _migration_flag_changes ORDER BY change_id DESC LIMIT 1;
SELECT tried('INSERT INTO _migration_flag_changes (flag_name, operation, changed_by) VALUES (''f'', ''INSERT'', ''somebody'')');
RESET ROLE;

-- Gone with the extension, and right from the start with the next one.
SELECT check_feature_flag('new_search_algorithm', g) FROM generate_series(13, 14) g;
DROP EXTENSION hotswap CASCADE;
CREATE EXTENSION hotswap;
SELECT check_feature_flag('new_search_algorithm', 1);
INSERT INTO _migration_feature_flags (flag_name, enabled, rollout_percentage) VALUES ('new_search_algorithm', true, 100);
SELECT check_feature_flag('new_search_algorithm', 1);
DROP EXTENSION hotswap CASCADE;
DROP ROLE flags_app, flags_ops;
