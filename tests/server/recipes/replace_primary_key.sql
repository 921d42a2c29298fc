-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ALTER v SET NOT NULL;
-- ddl
ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (v, id)
-- load
UPDATE t SET w = w WHERE id = 3;
