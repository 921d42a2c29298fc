-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
UPDATE t SET v = -1 WHERE id = 3;
-- ddl
ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0)
-- load
UPDATE t SET v = 5 WHERE id = 4;
-- end failed is violated by some row
