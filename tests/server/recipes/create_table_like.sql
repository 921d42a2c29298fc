-- setup
CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v > 0));
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
CREATE TABLE u (LIKE t INCLUDING ALL)
