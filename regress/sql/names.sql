-- Names that break tools which paste text: mixed case, quotes, spaces, 63 bytes, letters beyond ASCII, keywords, other
-- schemas, equal names in two schemas. Trap: T12.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
SET client_encoding = 'UTF8';
-- Migrates a column of a table there and back and there for good, by type change and by rename; says what went wrong.
CREATE OR REPLACE PROCEDURE public.journey(s text, t text, c text, new_name text) LANGUAGE plpgsql AS $$
DECLARE
    id text;
    state text;
    rel text := format('%I.%I', s, t);
    picture jsonb;
BEGIN
    EXECUTE format('CREATE TABLE %s (%I int PRIMARY KEY, %I int NOT NULL DEFAULT 3 CHECK (%3$I > 0), "plain" int)', rel, 'key of ' || c, c);
    EXECUTE format('CREATE INDEX ON %s (%I, plain)', rel, c);
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', rel, c, 'about ' || c);
    EXECUTE format('INSERT INTO %s SELECT g, g, g FROM generate_series(1, 20) g', rel);
    COMMIT;
    picture := (SELECT jsonb_agg(x ORDER BY x.what, x.name) FROM shape(rel::regclass) x);
    CALL hotswap.run(format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', rel, c), strategy => 'dual_write', migration_id => id);
    EXECUTE format('UPDATE %s SET %I = 100 WHERE plain = 5', rel, c);
    PERFORM hotswap.rollback(id);
    CALL public.wait_until(id, 'rolled_back', 'failed', 'paused');
    IF picture <> (SELECT jsonb_agg(x ORDER BY x.what, x.name) FROM shape(rel::regclass) x) THEN
        RAISE WARNING 'not as before: %', rel;
    END IF;
    CALL hotswap.run(format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', rel, c), strategy => 'dual_write', options => '{"auto_contract": true}', migration_id => id);
    EXECUTE format('SELECT string_agg(attname || '' '' || format_type(atttypid, atttypmod), '', '' ORDER BY attnum) FROM pg_attribute'
                   ' WHERE attrelid = %L::regclass AND attnum > 0 AND NOT attisdropped', rel) INTO state;
    RAISE WARNING '%: %', rel, state;
    CALL hotswap.run(format('ALTER TABLE %s RENAME COLUMN %I TO %I', rel, c, new_name), migration_id => id);
    EXECUTE format('INSERT INTO %s (%I, %I) VALUES (99, 99)', rel, 'key of ' || c, new_name);
    EXECUTE format('UPDATE %s SET %I = 98 WHERE %I = 99', rel, c, c);
    PERFORM hotswap.complete(id);
    CALL public.wait_until(id, 'completed', 'failed', 'paused');
    EXECUTE format('SELECT sum(%I) FROM %s', new_name, rel) INTO state;
    RAISE WARNING '% %: %', rel, quote_ident(new_name), state;
    COMMIT;
    EXECUTE format('DROP TABLE %s', rel);
END $$;
\set ECHO all
CREATE SCHEMA "Other Schema";
CALL journey('public', 'Mixed Case', 'a Column', 'another column');
CALL journey('public', 'quo"te', 'do"uble', 'sin''gle');
CALL journey('public', 'back\slash', 'per%cent', 'dollar$hotswap$');
CALL journey('public', 'user', 'new', 'old');
CALL journey('Other Schema', 'größe.x', 'naïve.y', '名前');
-- 63 bytes, also where the cut would fall into the middle of a letter. ("key of" is cut by the server.)
CALL journey('public', repeat('t', 63), repeat('c', 56), repeat('n', 63));
CALL journey('public', repeat('ä', 31), repeat('ö', 28), repeat('ü', 31));
-- Two long names that are equal in their first 50 bytes do not meet in the names hotswap makes from them.
CREATE TABLE twins (id int PRIMARY KEY);
SELECT format('ALTER TABLE twins ADD %I int, ADD %I int', repeat('x', 62) || '1', repeat('x', 62) || '2') \gexec
INSERT INTO twins VALUES (1, 10, 20);
SELECT format('ALTER TABLE twins ALTER %I TYPE bigint, ALTER %I TYPE bigint', repeat('x', 62) || '1', repeat('x', 62) || '2') AS ddl \gset
CALL hotswap.run(:'ddl', strategy => 'dual_write', options => '{"auto_contract": true}') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'twins'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname;
SELECT t::text FROM twins t;
DROP TABLE twins;

-- One name in two schemas: the search_path of the caller decides, once, at the start.
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE TABLE a.same (id int PRIMARY KEY, v int);
CREATE TABLE b.same (id int PRIMARY KEY, v int);
SET search_path = b, a, public;
SELECT hotswap.start('ALTER TABLE same ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}') AS id \gset
SET search_path = a, b, public;
SELECT hotswap.start('ALTER TABLE same RENAME COLUMN v TO w') AS second \gset
CALL hotswap.wait(:'id', '30 s');
CALL hotswap.wait(:'second', '30 s');
SELECT relation, strategy, state FROM hotswap.status() WHERE migration_id IN (:'id', :'second') ORDER BY relation;
SELECT hotswap.complete(:'second');
CALL wait_until(:'second', 'completed', 'failed', 'paused');
RESET search_path;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod) FROM pg_attribute
 WHERE attrelid IN ('a.same'::regclass, 'b.same'::regclass) AND attnum = ANY (SELECT attnum WHERE attnum > 1) AND NOT attisdropped ORDER BY 1::text;
-- A function of the user in the caller's path is found by an expression when the migration starts, not in the middle.
CREATE FUNCTION a.twice(int) RETURNS bigint LANGUAGE sql AS 'SELECT 2::bigint * $1';
CREATE FUNCTION b.twice(int) RETURNS bigint LANGUAGE sql AS 'SELECT 4::bigint * $1';
INSERT INTO a.same VALUES (1, 21);
SET search_path = a, public;
CALL hotswap.run('ALTER TABLE same ALTER COLUMN w TYPE bigint USING twice(w)', strategy => 'dual_write', options => '{"down": "(w / 2)::int", "auto_contract": true}') \gset
SET search_path = b, public;
SELECT w FROM a.same;
RESET search_path;
-- A table named like one of hotswap's own columns or variables in generated code.
CREATE TABLE hotswap_row (t int PRIMARY KEY, hotswap_old int, "NEW" int);
INSERT INTO hotswap_row VALUES (1, 1, 1);
CALL hotswap.run('ALTER TABLE hotswap_row ALTER COLUMN hotswap_old TYPE bigint, ALTER COLUMN t TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}') \gset
SELECT state FROM hotswap.status(:'migration_id');
SELECT t, hotswap_old, "NEW" FROM hotswap_row;
DROP TABLE hotswap_row;
DROP SCHEMA a, b, "Other Schema" CASCADE;
DROP PROCEDURE journey(text, text, text, text);
DROP EXTENSION hotswap;
