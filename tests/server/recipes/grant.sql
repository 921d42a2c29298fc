Some of it was granted before, to others or to the same: only what is new is taken back.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) AS i;
GRANT SELECT ON t TO pg_monitor;
GRANT INSERT ON u TO PUBLIC;
-- ddl
GRANT SELECT, UPDATE, DELETE ON t, u TO pg_monitor
