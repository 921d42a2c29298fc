-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE VIEW u AS SELECT id, w FROM t;
-- ddl
ALTER TABLE u RENAME COLUMN w TO words
