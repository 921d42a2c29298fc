-- setup
CREATE TABLE t (id int, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE UNIQUE INDEX t_key ON t (v, id);
-- ddl
ALTER TABLE t ADD PRIMARY KEY USING INDEX t_key
