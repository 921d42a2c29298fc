-- setup
CREATE TABLE t (id serial PRIMARY KEY, v int);
INSERT INTO t (v) SELECT i FROM generate_series(1, 200) AS i;
-- ddl
ALTER SEQUENCE t_id_seq RENAME TO numbers
