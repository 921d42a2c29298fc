All of it as one script: the former type goes after the contract, and the new one gets its name.
-- setup
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, v mood);
INSERT INTO t SELECT i, CASE i % 2 WHEN 0 THEN 'ok' ELSE 'sad' END::mood FROM generate_series(1, 200) AS i;
-- ddl
CREATE TYPE mood_new AS ENUM ('sad', 'happy');
-- @metadata {"down": "v::text::mood"}
ALTER TABLE t ALTER COLUMN v TYPE mood_new USING (CASE v WHEN 'ok' THEN 'happy' ELSE v::text END)::mood_new;
-- @metadata {}
DROP TYPE mood;
ALTER TYPE mood_new RENAME TO mood
-- end awaiting
-- check
SELECT count(*) = 100 FROM t WHERE v = 'happy'
