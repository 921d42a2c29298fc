-- setup
CREATE DOMAIN positive AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t ADD COLUMN p positive NOT NULL
-- end awaiting
