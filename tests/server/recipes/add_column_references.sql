-- setup
CREATE TABLE o (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO o SELECT i, i::text FROM generate_series(1, 300) AS i;
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD COLUMN o int NOT NULL DEFAULT 5 REFERENCES o ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
