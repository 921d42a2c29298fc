-- Rollback points: what is kept, what a restore brings back and what not, whose they are, and what is refused.
-- Traps: T6 (all that belongs to a table), T29 (kept before it is gone), T31 (no left-overs), T32 (only the owner).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE FUNCTION held() RETURNS TABLE (schema text, relation text, owner name) LANGUAGE sql AS $$
    SELECT n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
     WHERE n.nspname LIKE 'hotswap\_held%' ORDER BY 1, 2 $$;
CREATE PROCEDURE carry_out(ddl text, options jsonb DEFAULT '{}') LANGUAGE plpgsql AS $$
BEGIN
    CALL wait_until(hotswap.start(ddl, options => '{"auto_contract": true, "rollback_point": "table"}' || options), 'completed', 'failed');
END $$;
CREATE PROCEDURE bring_back(point bigint) LANGUAGE plpgsql AS $$ BEGIN CALL wait_until(hotswap.restore(point), 'completed', 'failed'); END $$;
\set ECHO all
CREATE TABLE customers (id integer PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 10);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers, note text NOT NULL DEFAULT 'none', code varchar(5) COLLATE "C", extra json);
COMMENT ON COLUMN orders.note IS 'said';
CREATE INDEX orders_code ON orders (code);
INSERT INTO orders SELECT i, 1 + i % 10, 'note ' || i, nullif('c' || i % 3, 'c1'), '{"a": 1}' FROM generate_series(1, 100) AS i;
CREATE TABLE truth AS SELECT * FROM orders;

-- The plan shows the steps.
SELECT step_no, phase, kind, title, action, undo, irreversible FROM hotswap.plan('ALTER TABLE orders DROP COLUMN note, DROP COLUMN extra', options => '{"rollback_point": "table", "auto_contract": true}');
SELECT step_no, phase, kind, title, action, irreversible FROM hotswap.plan('DROP TABLE orders', options => '{"rollback_point": "table", "auto_contract": true}');
SELECT step_no, phase, kind, title, action, irreversible FROM hotswap.plan('DELETE FROM orders WHERE id > 50', options => '{"rollback_point": "table"}');
SELECT kind, title FROM hotswap.plan('DROP TABLE orders', options => '{"rollback_point": "none", "auto_contract": true}');

-- Columns.
CALL carry_out('ALTER TABLE orders DROP COLUMN note, DROP COLUMN extra, DROP COLUMN code');
SELECT point_id, kind, relation, columns, state, rows, bytes > 0 AS some_bytes, hold, in_file, expires_at - created_at > '71 hours' AS kept_long, lost FROM hotswap.rollback_points;
SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT * FROM held();
INSERT INTO orders VALUES (101, 1);
CALL bring_back(1);
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) AS usual, col_description(a.attrelid, a.attnum) AS comment, c.collname
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_collation c ON c.oid = a.attcollation
 WHERE a.attrelid = 'orders'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname;
SELECT count(*) FROM orders o JOIN truth t USING (id) WHERE (o.note, o.code, o.extra::text) IS NOT DISTINCT FROM (t.note, t.code, t.extra::text);
SELECT note, code, extra FROM orders WHERE id = 101;
SELECT state, hold FROM hotswap.rollback_points;
SELECT * FROM held();
SELECT refused('SELECT hotswap.restore(1)');

-- Before the drop the way back is the migration's own, and nothing stays.
SELECT hotswap.start('ALTER TABLE orders DROP COLUMN note', options => '{"rollback_point": "table"}') AS id \gset
CALL wait_until(:'id', 'awaiting');
SELECT hotswap.pause(:'id');
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back');
SELECT count(*) FROM hotswap._migration_rollback_points WHERE state <> 'restored';

-- A table, held under another name first, with what depends on it.
CREATE VIEW seen AS SELECT id, note FROM orders;
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer REFERENCES orders);
SELECT refused($$SELECT hotswap.start('DROP TABLE orders', options => '{"rollback_point": "table"}')$$);
SELECT hotswap.start('DROP TABLE orders CASCADE', options => '{"rollback_point": "table", "deprecation": "0 s", "keep_previous": "0 s"}') AS id \gset
CALL wait_until(:'id', 'completed', 'failed');
SELECT kind, relation, state, hold, lost FROM hotswap.rollback_points WHERE point_id = 2;
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1;
DELETE FROM customers WHERE id = 10;
CREATE TABLE orders (id integer);
SELECT refused('SELECT hotswap.restore(2)');
DROP TABLE orders;
-- A row that it references is gone: the foreign key says so, and the rest can be taken back.
SELECT hotswap.restore(2) AS id \gset
CALL wait_until(:'id', 'failed');
SELECT reason ~ 'validate a foreign key.*SQLSTATE 23503' AS says_why FROM hotswap._migrations WHERE migration_id = :'id';
SELECT hotswap.rollback(:'id');
CALL wait_until(:'id', 'rolled_back');
SELECT to_regclass('orders') IS NULL AS away_again, state FROM hotswap.rollback_points WHERE point_id = 2;
INSERT INTO customers VALUES (10);
CALL bring_back(2);
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'orders'::regclass ORDER BY conname;
SELECT obj_description('orders'::regclass) AS comment, count(*) FROM orders;

-- Partitions: one, and all.
CREATE TABLE parts (id integer PRIMARY KEY, v text, w integer) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (200);
INSERT INTO parts SELECT i, 'v' || i, i FROM generate_series(1, 100) AS i;
CALL carry_out('ALTER TABLE parts DROP COLUMN v');
CALL bring_back(3);
SELECT count(*) FROM parts WHERE v = 'v' || id;
CALL carry_out('DROP TABLE parts_1');
SELECT count(*) FROM parts;
CALL bring_back(4);
SELECT count(*) FROM parts;
CALL carry_out('DROP TABLE parts');
SELECT * FROM held();
CALL bring_back(5);
SELECT count(*) FROM parts WHERE v = 'v' || id AND w = id;

-- Two tables with a key between them.
CREATE TABLE one (id integer PRIMARY KEY);
CREATE TABLE two (id integer PRIMARY KEY, one integer REFERENCES one);
CALL carry_out('DROP TABLE one, two');
CALL bring_back(6);
CALL bring_back(7);
SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = 'two'::regclass AND contype = 'f';

-- Rows. One whose key is taken stays where it is, and so does the point.
CALL carry_out('DELETE FROM orders WHERE id % 2 = 0');
SELECT kind, relation, rows FROM hotswap.rollback_points WHERE point_id = 8;
INSERT INTO orders (id, customer) VALUES (2, 1);
CALL bring_back(8);
SELECT detail FROM hotswap._migration_events WHERE event = 'rows brought back';
SELECT count(*) FROM orders;
SELECT state FROM hotswap.rollback_points WHERE point_id = 8;
SELECT hotswap.drop_rollback_point(8);
SELECT state FROM hotswap.rollback_points WHERE point_id = 8;
SELECT * FROM held();

-- TRUNCATE: the storage goes to the hold. Dropped and added columns, generated ones, values out of line, identity, CASCADE.
CREATE TABLE logs (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone integer DEFAULT 7, v text, twice integer GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE log_lines (id integer PRIMARY KEY, log integer REFERENCES logs, EXCLUDE USING btree (id WITH =));
CREATE INDEX ON logs (lower(v));
ALTER TABLE logs ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO logs (v) SELECT CASE WHEN i % 10 = 0 THEN repeat(i::text || ' ', 3000) ELSE 'v' || i END FROM generate_series(1, 200) AS i;
ALTER TABLE logs DROP COLUMN gone;
ALTER TABLE logs ADD COLUMN late text NOT NULL DEFAULT 'late';
INSERT INTO log_lines SELECT i, i FROM generate_series(1, 50) AS i;
ANALYZE logs, log_lines;
CREATE TABLE logs_truth AS SELECT * FROM logs;
SELECT refused($$SELECT hotswap.start('TRUNCATE logs', options => '{"rollback_point": "table"}')$$);
SELECT step_no, phase, kind, title, action, irreversible FROM hotswap.plan('TRUNCATE logs RESTART IDENTITY CASCADE', options => '{"rollback_point": "table"}');
CALL carry_out('TRUNCATE logs RESTART IDENTITY CASCADE');
SELECT (SELECT count(*) FROM logs) AS logs, (SELECT count(*) FROM log_lines) AS lines;
SELECT point_id, kind, relation, columns, state, rows, lost FROM hotswap.rollback_points WHERE state = 'kept' ORDER BY 1;
SELECT * FROM held();
SELECT c.relname, d.refobjid IS NOT NULL AS in_extension, c.relrewrite, EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid) AS indexed FROM pg_class c LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e' WHERE c.oid = 'hotswap_held_9.logs'::regclass;
SELECT count(*) FROM hotswap_held_9.logs JOIN logs_truth USING (id, v, late);
CALL bring_back(9);
CALL bring_back(10);
SELECT count(*) FROM logs JOIN logs_truth USING (id, v, twice, late);
SELECT count(*) FROM log_lines JOIN logs ON logs.id = log;
SET enable_seqscan = off;
SELECT count(*) FROM logs WHERE lower(v) LIKE 'v%' AND id BETWEEN 1 AND 100;
RESET enable_seqscan;
SELECT setval('public.logs_id_seq', greatest(200, (SELECT last_value FROM public.logs_id_seq)));
INSERT INTO logs (v) VALUES ('new') RETURNING id;
SELECT state FROM hotswap.rollback_points WHERE point_id IN (9, 10);
CALL carry_out('TRUNCATE parts, two');
SELECT kind, relation, state, lost FROM hotswap.rollback_points WHERE point_id > 10 ORDER BY 1, 2;
CALL bring_back(11);
CALL bring_back(12);
SELECT count(*) FROM parts WHERE v = 'v' || id AND w = id;
CREATE TRIGGER looks BEFORE TRUNCATE ON logs FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger();
SELECT * FROM refusal($$SELECT hotswap.start('TRUNCATE logs CASCADE', options => '{"rollback_point": "table"}')$$);
DROP TABLE log_lines, logs, logs_truth;

-- Nothing to find the rows by: a warning, and an error where it was asked for.
CREATE TABLE keyless (a integer, b integer);
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE keyless DROP COLUMN b', options => '{"rollback_point": "table"}')$$);
SELECT refused($$SELECT hotswap.start('ALTER TABLE orders DROP COLUMN note', options => '{"rollback_point": "file"}')$$);
SELECT * FROM refusal($$SELECT hotswap.start('DROP TABLE keyless', options => '{"rollback_point": "disk"}')$$);

-- Whose they are.
CREATE ROLE regress_points_owner; CREATE ROLE regress_points_other;
SELECT hotswap.allow('regress_points_owner'), hotswap.allow('regress_points_other');
GRANT CREATE, USAGE ON SCHEMA public TO regress_points_owner;
SET SESSION AUTHORIZATION regress_points_owner;
CREATE TABLE mine (id integer PRIMARY KEY, v text);
INSERT INTO mine VALUES (1, 'one');
CALL carry_out('ALTER TABLE mine DROP COLUMN v');
SELECT point_id, owner FROM hotswap.rollback_points;
SELECT * FROM hotswap_held_13.mine;
SELECT * FROM refusal($$SELECT hotswap.start('DELETE FROM mine', options => '{"rollback_point": "file"}')$$);
SET SESSION AUTHORIZATION regress_points_other;
SELECT count(*) FROM hotswap.rollback_points;
SELECT count(*) FROM hotswap._migration_rollback_points;
SELECT refused('SELECT * FROM hotswap_held_13.mine'), refused('SELECT hotswap.restore(13)'), refused('SELECT hotswap.drop_rollback_point(13)'), refused('SELECT hotswap.restore(99)');
SET SESSION AUTHORIZATION regress_points_owner;
CALL bring_back(13);
SELECT * FROM mine;
RESET SESSION AUTHORIZATION;

-- Their time is over: the conductor drops them, but not what others have come to depend on.
CALL carry_out('DROP TABLE two');
CALL carry_out('DROP TABLE one');
SELECT hold FROM hotswap.rollback_points WHERE state = 'kept' ORDER BY point_id;
CREATE VIEW clings AS SELECT * FROM hotswap_held_14.two;
UPDATE hotswap._migration_rollback_points SET expires_at = now() WHERE state = 'kept';
CALL carry_out('ALTER TABLE mine DROP COLUMN v', '{"rollback_point": "none"}');
DO $$ BEGIN
    FOR i IN 1 .. 500 LOOP
        EXIT WHEN (SELECT count(*) = 2 FROM hotswap._migration_events WHERE event IN ('expired', 'not dropped'));
        PERFORM hotswap._wake();
        COMMIT;
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
SELECT point_id, state, expires_at > now() AS later FROM hotswap.rollback_points WHERE point_id >= 14 ORDER BY 1;
SELECT event, detail FROM hotswap._migration_events WHERE event IN ('expired', 'not dropped') ORDER BY event;

-- The extension goes, what is kept stays.
DROP EXTENSION hotswap;
SELECT * FROM held();
DROP SCHEMA hotswap_held_14 CASCADE;
DROP TABLE mine;
REVOKE ALL ON SCHEMA public FROM regress_points_owner;
DROP ROLE regress_points_owner, regress_points_other;
