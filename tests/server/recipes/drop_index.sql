-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE INDEX i ON t (lower(w) DESC) WHERE v > 0;
COMMENT ON INDEX i IS 'an index'; ALTER TABLE t CLUSTER ON t_pkey;
-- ddl
DROP INDEX i
