-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, -i FROM generate_series(1, 2000) AS i;
CREATE INDEX by_v ON t (v DESC);
-- ddl
CLUSTER t USING by_v
-- end awaiting
