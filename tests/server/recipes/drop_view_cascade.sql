-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE VIEW a AS SELECT id, v FROM t;
CREATE VIEW b AS SELECT v FROM a;
CREATE VIEW c AS SELECT a.id, b.v FROM a JOIN b ON a.v = b.v;
COMMENT ON VIEW b IS 'the second';
-- ddl
DROP VIEW a CASCADE
