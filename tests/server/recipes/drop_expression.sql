-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (v * 2) STORED);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN g DROP EXPRESSION
-- rollback no
