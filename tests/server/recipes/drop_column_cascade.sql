-- setup
CREATE TABLE t (id int PRIMARY KEY, v int UNIQUE, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
CREATE TABLE o (id int PRIMARY KEY, v int REFERENCES t (v) ON DELETE CASCADE);
INSERT INTO o SELECT i, i FROM generate_series(1, 100) AS i;
CREATE VIEW u AS SELECT id, v FROM t;
CREATE VIEW x AS SELECT v + 1 AS next FROM u;
COMMENT ON VIEW x IS 'next';
-- ddl
ALTER TABLE t DROP COLUMN v CASCADE
-- load
UPDATE t SET w = w WHERE id = 3;
-- end awaiting
