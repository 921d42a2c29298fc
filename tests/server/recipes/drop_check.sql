-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0);
-- ddl
ALTER TABLE t DROP CONSTRAINT IF EXISTS c, DROP CONSTRAINT IF EXISTS nosuch
