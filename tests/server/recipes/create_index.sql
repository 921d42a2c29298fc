-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 200) AS i;
-- ddl
CREATE INDEX ON t (v, lower(w) DESC) INCLUDE (id) WITH (fillfactor = 70) WHERE v > 0
