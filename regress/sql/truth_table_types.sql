-- The truth table of the dual write, where one of the two sides is hidden: type changes, before and after the switch, and two pairs in one
-- trigger. The lines with two visible names are in truth_table.sql.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all

-- Type change. Before the switch the application knows one name, v, which is the old side; the new side is hidden.
CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 7, x int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE text', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
\set both 'RETURNING v, pg_typeof(v) AS type, _hotswap_new_v AS hidden'
INSERT INTO t (id, v) VALUES (101, 5) :both;
INSERT INTO t (id) VALUES (102) :both;
INSERT INTO t (id, v) VALUES (103, NULL) :both;
INSERT INTO t (id, v) VALUES (104, DEFAULT) :both;
UPDATE t SET v = 11 WHERE id = 1 :both;
UPDATE t SET v = NULL WHERE id = 2 :both;
UPDATE t SET x = 1 WHERE id = 3 :both;
INSERT INTO t (id, v) VALUES (4, 44) ON CONFLICT (id) DO UPDATE SET v = excluded.v :both;
MERGE INTO t USING (VALUES (5)) s (k) ON id = k WHEN MATCHED THEN UPDATE SET v = 55;
SELECT v, _hotswap_new_v FROM t WHERE id = 5;
COPY t (id, v) FROM stdin;
106	66
\.
-- A statement that names the hidden column is held to the same rules.
UPDATE t SET _hotswap_new_v = '99' WHERE id = 6 :both;
SELECT refused('UPDATE t SET v = 1, _hotswap_new_v = ''2'' WHERE id = 7');
SELECT count(*) AS disagree FROM t WHERE v::text IS DISTINCT FROM _hotswap_new_v;

-- After the switch v is the new side, and what the old side had is kept for the way back.
SELECT hotswap.advance(:'migration_id');
CALL wait_until(:'migration_id', 'awaiting');
SELECT state, phase FROM hotswap.status(:'migration_id');
\set both 'RETURNING v, pg_typeof(v) AS type, _hotswap_old_v AS kept'
INSERT INTO t (id, v) VALUES (201, '5') :both;
INSERT INTO t (id) VALUES (202) :both;
INSERT INTO t (id, v) VALUES (203, NULL) :both;
INSERT INTO t (id, v) VALUES (204, DEFAULT) :both;
UPDATE t SET v = '11' WHERE id = 8 :both;
UPDATE t SET v = NULL WHERE id = 9 :both;
UPDATE t SET x = 1 WHERE id = 10 :both;
INSERT INTO t (id, v) VALUES (11, '44') ON CONFLICT (id) DO UPDATE SET v = excluded.v :both;
-- What the old type cannot hold is refused while the way back is open: a rollback would lose it.
SELECT refused('UPDATE t SET v = ''eleven'' WHERE id = 11');
SELECT count(*) AS disagree FROM t WHERE v IS DISTINCT FROM _hotswap_old_v::text;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back');
SELECT id, v, pg_typeof(v) AS type FROM t WHERE id IN (1, 2, 4, 5, 6, 8, 9, 10, 11) OR id > 100 ORDER BY id;
SELECT * FROM shape('t');
DROP TABLE t;

-- Two pairs in one trigger: each decides for itself.
CREATE TABLE native (id int PRIMARY KEY, a int, b int);
INSERT INTO native VALUES (1, 1, 1), (2, 2, 2);
CALL hotswap.run('ALTER TABLE native ALTER COLUMN a TYPE bigint, ALTER COLUMN b TYPE text', strategy => 'dual_write', options => '{"auto_switch": false}') \gset
UPDATE native SET a = 10, _hotswap_new_b = '20' WHERE id = 1 RETURNING *;
SELECT refused('UPDATE native SET a = 11, b = 5, _hotswap_new_b = ''6'' WHERE id = 1');
SELECT * FROM native ORDER BY id;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT id, a, pg_typeof(a) AS type_a, b, pg_typeof(b) AS type_b FROM native ORDER BY id;
DROP TABLE native;
DROP EXTENSION hotswap;
