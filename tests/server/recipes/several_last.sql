-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD CHECK (v > 0), ENABLE ROW LEVEL SECURITY
-- rollback no
