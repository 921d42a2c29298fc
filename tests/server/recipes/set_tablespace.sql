The tablespace "side" is made by 040_recipes.pl. Indexes stay where they are.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE INDEX ON t (v);
INSERT INTO t SELECT i, repeat('x', i % 3000) FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t SET TABLESPACE side
-- end awaiting
-- check
SELECT count(*) = 2000 AND (SELECT reltablespace <> 0 FROM pg_class WHERE oid = 't'::regclass) FROM t
