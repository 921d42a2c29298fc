-- setup
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood_new AS ENUM ('happy', 'ok', 'glad');
CREATE TABLE t (id int PRIMARY KEY, v mood NOT NULL DEFAULT 'ok');
INSERT INTO t SELECT i, 'happy' FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN v DROP DEFAULT, ALTER COLUMN v TYPE mood_new USING (v::text::mood_new), ALTER COLUMN v SET DEFAULT 'glad'
-- end awaiting
