-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE INDEX by_v ON t (v);
-- ddl
ALTER INDEX by_v RENAME TO "by the v"
