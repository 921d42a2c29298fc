-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE INDEX i ON t (v);
-- ddl
CREATE INDEX IF NOT EXISTS i ON t (w)
-- rollback no
