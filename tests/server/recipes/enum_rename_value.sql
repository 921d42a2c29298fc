-- setup
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, v mood);
INSERT INTO t SELECT i, 'happy' FROM generate_series(1, 200) AS i;
-- ddl
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'
