The column is the last one, so its place is the same.
-- setup
CREATE TABLE t (id int PRIMARY KEY, w varchar(10), v int DEFAULT 3 NOT NULL CHECK (v > 0));
CREATE INDEX ON t (v);
COMMENT ON COLUMN t.v IS 'a number';
INSERT INTO t SELECT i, 'x', i FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN v TYPE bigint
-- strategy dual_write
-- end awaiting
-- check
SELECT count(*) = 2000 FROM t WHERE v = id
