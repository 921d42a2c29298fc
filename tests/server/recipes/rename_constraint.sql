-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, CONSTRAINT small CHECK (v < 1000));
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t RENAME CONSTRAINT small TO tiny
