-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE FUNCTION f(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- ddl
ALTER FUNCTION f(int, text) RENAME TO g
