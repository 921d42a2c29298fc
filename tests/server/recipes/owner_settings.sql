-- setup
CREATE TABLE t (id int PRIMARY KEY, v text) WITH (fillfactor = 80);
INSERT INTO t SELECT i, 'x' FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t SET (fillfactor = 70, toast.autovacuum_enabled = false), ALTER COLUMN v SET STATISTICS 500, ALTER COLUMN v SET STORAGE EXTERNAL
