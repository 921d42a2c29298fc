-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i;
DELETE FROM t WHERE id % 2 = 0;
-- ddl
VACUUM (FULL) t
-- end awaiting
