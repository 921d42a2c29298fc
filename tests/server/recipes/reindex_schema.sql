-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE TABLE o (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE o1 PARTITION OF o FOR VALUES FROM (1) TO (100);
CREATE INDEX j ON o (v);
-- ddl
REINDEX SCHEMA r_reindex_schema
