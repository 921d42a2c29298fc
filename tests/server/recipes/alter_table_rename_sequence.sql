-- setup
CREATE TABLE t (id serial PRIMARY KEY, w text);
INSERT INTO t (w) SELECT 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t_id_seq RENAME TO numbers
-- load
INSERT INTO t (w) VALUES ('new');
