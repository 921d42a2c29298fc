The new values depend on nothing that is set: doing a row again is harmless.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text, pad text DEFAULT repeat('x', 200));
INSERT INTO t (id, v) SELECT i, i FROM generate_series(1, 20000) AS i;
-- load
\set id random(1, 20000)
UPDATE t SET pad = repeat('y', 200) WHERE id = :id;
-- ddl
UPDATE t AS x SET w = 'v' || x.v -- note
 WHERE x.v > 0
-- check
SELECT count(*) = 20000 FROM t WHERE w = 'v' || v
-- rollback no
