-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
-- ddl
UPDATE t SET v = 1 RETURNING id
-- refused 0A000 RETURNING
