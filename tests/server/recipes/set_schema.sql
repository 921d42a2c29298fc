-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE SCHEMA r_set_schema_other;
-- load none
-- ddl
ALTER TABLE t SET SCHEMA r_set_schema_other
