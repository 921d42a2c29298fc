-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
COMMENT ON TABLE t IS 'before';
-- ddl
COMMENT ON TABLE t IS 'this is'' it'
