A value goes by a new type: PostgreSQL has no statement for it.
-- setup
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood_new AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, v mood);
INSERT INTO t SELECT i, CASE i % 2 WHEN 0 THEN 'ok' ELSE 'sad' END::mood FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN v TYPE mood_new USING (CASE v WHEN 'ok' THEN 'happy' ELSE v::text END)::mood_new
-- options {"down": "v::text::mood"}
-- end awaiting
-- check
SELECT count(*) = 100 FROM t WHERE v = 'happy'
