-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0) NOT VALID;
COMMENT ON CONSTRAINT c ON t IS 'not valid yet';
-- ddl
ALTER TABLE t VALIDATE CONSTRAINT c
