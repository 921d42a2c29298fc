-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
UPDATE t SET v = 7 WHERE id < 10;
-- ddl
CREATE UNIQUE INDEX i ON t (v)
-- load none
-- end failed is duplicated
