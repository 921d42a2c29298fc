-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT u UNIQUE (v);
-- ddl
ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (v, w)
