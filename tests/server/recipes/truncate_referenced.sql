-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE u (id int REFERENCES t);
-- ddl
TRUNCATE t
-- refused 0A000 referenced
