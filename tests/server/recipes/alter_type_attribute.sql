-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE TYPE pair AS (a int, b text);
-- ddl
ALTER TYPE pair ADD ATTRIBUTE c date
