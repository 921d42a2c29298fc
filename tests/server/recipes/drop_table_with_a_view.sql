-- setup
CREATE TABLE gone (id int PRIMARY KEY);
CREATE VIEW seen AS SELECT id FROM gone;
-- ddl
DROP TABLE gone
-- refused 2BP01 view
