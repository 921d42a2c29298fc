-- setup
CREATE SEQUENCE s;
CREATE TABLE t (id int PRIMARY KEY, v bigint DEFAULT nextval('s'), w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
DROP SEQUENCE IF EXISTS s CASCADE
-- load
UPDATE t SET w = w WHERE id = 3;
-- rollback no
