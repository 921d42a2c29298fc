-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE INDEX ON t (v);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t SET UNLOGGED
-- end awaiting
-- check
SELECT count(*) = 2000 FROM t
