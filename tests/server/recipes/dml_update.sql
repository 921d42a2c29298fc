The new values contradict the condition.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, n int DEFAULT 0, pad text DEFAULT repeat('x', 200));
INSERT INTO t (id, v) SELECT i, 1 FROM generate_series(1, 20000) AS i;
-- load
\set id random(1, 20000)
UPDATE t SET pad = repeat('y', 200) WHERE id = :id;
-- ddl
UPDATE t SET v = 2, n = n + 1 WHERE v = 1
-- check
SELECT count(*) = 20000 FROM t WHERE v = 2 AND n = 1
-- rollback no
