-- setup
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, v mood);
INSERT INTO t SELECT i, 'ok' FROM generate_series(1, 200) AS i;
-- load
UPDATE t SET v = v WHERE id = 1;
-- ddl
ALTER TYPE mood RENAME TO "Mood"
