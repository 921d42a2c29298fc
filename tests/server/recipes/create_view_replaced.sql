-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE VIEW seen AS SELECT id FROM t;
COMMENT ON VIEW seen IS 'what is seen';
-- ddl
CREATE OR REPLACE VIEW seen AS SELECT id, v FROM t WHERE v > 0
