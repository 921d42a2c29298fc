-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN v SET NOT NULL
