-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE MATERIALIZED VIEW u AS SELECT id, w FROM t;
-- ddl
ALTER MATERIALIZED VIEW u ALTER COLUMN w SET STATISTICS 50, SET (fillfactor = 70)
