-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0);
COMMENT ON CONSTRAINT c ON t IS 'to be replaced';
-- ddl
ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (v > 0 AND v < 100000)
