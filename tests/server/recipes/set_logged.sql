-- setup
CREATE UNLOGGED TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t SET LOGGED
-- end awaiting
-- check
SELECT count(*) = 2000 FROM t
