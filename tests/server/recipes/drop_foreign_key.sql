-- setup
CREATE TABLE o (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO o SELECT i, i::text FROM generate_series(1, 300) AS i;
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (v) REFERENCES o ON DELETE CASCADE;
COMMENT ON CONSTRAINT c ON t IS 'a key';
-- ddl
ALTER TABLE t DROP CONSTRAINT c
-- load
UPDATE t SET v = v WHERE id = 3;
