It reads what it sets: a marker tells the rows that are done, and new rows are none of them.
-- setup
CREATE TABLE t (id serial PRIMARY KEY, n int, pad text DEFAULT repeat('x', 200));
INSERT INTO t (n) SELECT 10 FROM generate_series(1, 20000) AS i;
-- load
\set id random(1, 20000)
UPDATE t SET pad = repeat('y', 200) WHERE id = :id;
INSERT INTO t (n) VALUES (7);
-- ddl
UPDATE t SET n = n + 1
-- check
SELECT count(*) = 20000 FROM t WHERE n = 11 AND id <= 20000
-- rollback no
