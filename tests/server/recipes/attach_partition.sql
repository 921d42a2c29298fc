-- setup
CREATE TABLE r (id int PRIMARY KEY);
INSERT INTO r SELECT i FROM generate_series(1, 2000) AS i;
CREATE TABLE t (id int NOT NULL, v int, r int REFERENCES r, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE INDEX ON t (v);
CREATE UNIQUE INDEX t_unique ON t (id, lower(v::text));
CREATE TABLE t_rest PARTITION OF t DEFAULT;
INSERT INTO t SELECT i, i, i FROM generate_series(1, 200) AS i;
CREATE TABLE later (id int NOT NULL, v int, r int);
INSERT INTO later SELECT i, i, i FROM generate_series(1000, 1500) AS i;
-- ddl
ALTER TABLE t ATTACH PARTITION later FOR VALUES FROM (1000) TO (2000)
-- check
SELECT count(*) = 701 FROM t
