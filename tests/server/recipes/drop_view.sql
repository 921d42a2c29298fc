-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE VIEW seen WITH (security_barrier = true) AS SELECT id, v AS "the Value" FROM t;
COMMENT ON COLUMN seen.id IS 'key';
GRANT SELECT ON seen TO PUBLIC;
-- ddl
DROP VIEW seen
