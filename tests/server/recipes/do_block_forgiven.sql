What is there already is forgiven, as the block says.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text, CONSTRAINT c CHECK (v >= 0));
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
DO $$ BEGIN ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0); EXCEPTION WHEN duplicate_object THEN null; END $$
-- rollback no
