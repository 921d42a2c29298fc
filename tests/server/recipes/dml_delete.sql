-- setup
CREATE TABLE t (id serial PRIMARY KEY, v int, pad text DEFAULT repeat('x', 200));
INSERT INTO t (v) SELECT i FROM generate_series(1, 20000) AS i;
-- load
INSERT INTO t (v) VALUES (2);
-- ddl
DELETE FROM t WHERE v % 2 = 0
-- check
SELECT NOT EXISTS (SELECT FROM t WHERE id <= 20000 AND v % 2 = 0) AND (SELECT count(*) FROM t WHERE id <= 20000) = 10000
-- rollback no
