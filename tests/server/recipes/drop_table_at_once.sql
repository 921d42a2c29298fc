-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE TABLE gone (id int PRIMARY KEY, t_id int REFERENCES t);
CREATE VIEW seen AS SELECT id FROM gone;
-- ddl
DROP TABLE IF EXISTS gone CASCADE
-- options {"auto_contract": true}
-- rollback no
