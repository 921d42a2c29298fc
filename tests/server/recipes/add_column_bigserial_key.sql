-- setup
CREATE TABLE t (v int);
INSERT INTO t SELECT i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD COLUMN id bigserial PRIMARY KEY
-- check
SELECT count(*) = max(id) FROM t
