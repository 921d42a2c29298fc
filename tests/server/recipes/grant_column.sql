-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) AS i;
GRANT SELECT (id) ON t TO pg_monitor;
-- ddl
GRANT SELECT (id, v), UPDATE (v) ON t TO pg_monitor WITH GRANT OPTION
