-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE TABLE o (id int PRIMARY KEY, v int);
CREATE INDEX i ON t (v);
CREATE INDEX j ON o (v) WHERE v > 3;
-- ddl
DROP INDEX i, j
