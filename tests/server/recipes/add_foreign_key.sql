-- setup
CREATE TABLE o (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO o SELECT i, i::text FROM generate_series(1, 300) AS i;
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD FOREIGN KEY (v) REFERENCES o (id) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
-- load
UPDATE t SET v = 1 + (random() * 100)::int WHERE id = 3; UPDATE o SET code = code WHERE id = 7;
