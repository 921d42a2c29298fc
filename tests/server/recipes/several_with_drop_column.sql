-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t DROP COLUMN w, ADD COLUMN z int NOT NULL DEFAULT 3, ADD CHECK (z > 0), ADD UNIQUE (v)
-- end awaiting
