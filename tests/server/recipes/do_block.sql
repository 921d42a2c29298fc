-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 't' AND column_name = 'z') THEN
        ALTER TABLE t ADD COLUMN z int;
    END IF;
    EXECUTE 'COMMENT ON COLUMN ' || quote_ident('t') || '.z IS ''last''';
END $$
-- rollback no
