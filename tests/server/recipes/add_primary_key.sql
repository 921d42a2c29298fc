-- setup
CREATE TABLE t (id int, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD PRIMARY KEY (id)
