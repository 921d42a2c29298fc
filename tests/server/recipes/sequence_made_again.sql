Django's way to a wider key. Every row that comes meanwhile needs the default.
-- setup
CREATE SEQUENCE s AS integer;
CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'), w text);
ALTER SEQUENCE s OWNED BY t.id;
COMMENT ON SEQUENCE s IS 'numbers';
INSERT INTO t (w) SELECT 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
DROP SEQUENCE IF EXISTS s CASCADE;
CREATE SEQUENCE s;
ALTER TABLE t ALTER COLUMN id SET DEFAULT nextval('s');
SELECT setval('s', max(id)) FROM t;
ALTER SEQUENCE s OWNED BY t.id
-- load
INSERT INTO t (w) VALUES ('new');
