-- setup
CREATE TABLE t (id serial PRIMARY KEY, v int);
INSERT INTO t (v) SELECT i FROM generate_series(1, 200) AS i;
-- load
INSERT INTO t (v) VALUES (1);
-- ddl
ALTER SEQUENCE t_id_seq AS bigint INCREMENT BY 2 OWNED BY NONE
