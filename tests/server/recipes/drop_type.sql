-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE TYPE mood AS ENUM ('good', 'bad');
COMMENT ON TYPE mood IS 'of the day';
-- ddl
DROP TYPE IF EXISTS mood, other
