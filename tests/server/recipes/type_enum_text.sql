-- setup
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, v mood NOT NULL DEFAULT 'ok', CHECK (v <> 'sad'));
INSERT INTO t SELECT i, 'happy' FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t DROP CONSTRAINT t_v_check, ALTER COLUMN v SET DATA TYPE text, ALTER COLUMN v SET DEFAULT 'ok'::text
-- end awaiting
