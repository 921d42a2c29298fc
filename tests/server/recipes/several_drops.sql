-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0), ADD CONSTRAINT u UNIQUE (v);
-- ddl
ALTER TABLE t DROP CONSTRAINT c, DROP CONSTRAINT u, ALTER COLUMN w SET DEFAULT 'x', ADD PRIMARY KEY (id)
-- refused 42P16 multiple primary keys
