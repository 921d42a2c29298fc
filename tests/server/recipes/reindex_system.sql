-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
REINDEX SYSTEM there
-- refused 0A000 PostgreSQL cannot build indexes of its catalogs CONCURRENTLY
