-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE VIEW u WITH (security_barrier) AS SELECT id, w FROM t;
-- ddl
ALTER VIEW u SET (security_barrier = false, check_option = local)
