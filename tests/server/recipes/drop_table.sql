-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE TABLE gone (id serial PRIMARY KEY, t_id int REFERENCES t, v int CHECK (v > 0));
CREATE INDEX ON gone (v);
COMMENT ON TABLE gone IS 'old';
-- ddl
DROP TABLE gone
-- end awaiting
