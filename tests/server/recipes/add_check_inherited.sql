-- setup
CREATE TABLE t (id int, v int);
CREATE TABLE child (x int) INHERITS (t);
INSERT INTO child SELECT i, i, i FROM generate_series(1, 100) AS i;
-- ddl
ALTER TABLE t ADD CHECK (v > 0)
