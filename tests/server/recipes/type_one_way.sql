-- setup
CREATE TABLE t (id int PRIMARY KEY, v text NOT NULL, gone int, w text DEFAULT 'w');
INSERT INTO t SELECT i, 'v' || i, i FROM generate_series(1, 200) AS i;
CREATE INDEX ON t (v);
-- ddl
ALTER TABLE t ALTER COLUMN v TYPE int USING substr(v, 2)::int, DROP COLUMN gone, ALTER COLUMN w SET NOT NULL
-- options {"one_way": true}
-- rollback no
-- check
SELECT sum(v) = 20100 FROM t
