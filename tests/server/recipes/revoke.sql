-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) AS i;
GRANT SELECT ON t TO pg_monitor WITH GRANT OPTION;
GRANT UPDATE ON t TO PUBLIC;
-- ddl
REVOKE ALL ON t FROM pg_monitor, PUBLIC
