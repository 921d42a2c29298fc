-- setup
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
-- ddl
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA r_grant_function TO pg_monitor
-- load none
