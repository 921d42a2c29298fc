The column is the last one, so its place is the same.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 3 NOT NULL, w varchar(10));
CREATE INDEX ON t (v);
COMMENT ON COLUMN t.v IS 'a number';
INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 2000) AS i;
-- ddl
ALTER TABLE t RENAME COLUMN w TO x
-- end awaiting
-- load
UPDATE t SET v = v WHERE id = 1 + (random() * 1990)::int;
