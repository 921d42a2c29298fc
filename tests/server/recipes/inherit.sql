-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE TABLE child (id int NOT NULL, v int);
-- ddl
ALTER TABLE child INHERIT t
