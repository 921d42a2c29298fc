-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c UNIQUE (v) INCLUDE (w) DEFERRABLE;
COMMENT ON INDEX c IS 'index'; COMMENT ON CONSTRAINT c ON t IS 'constraint'; ALTER TABLE t CLUSTER ON c;
-- ddl
ALTER TABLE t DROP CONSTRAINT c
-- load
UPDATE t SET w = w WHERE id = 3;
