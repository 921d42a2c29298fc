-- setup
CREATE TABLE o (id int);
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD FOREIGN KEY (v) REFERENCES o (id)
-- refused 42830 no unique constraint
