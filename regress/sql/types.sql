-- Type changes with data: NULL, long (toasted) values, values at the edge of a type; and tables with a past: dropped
-- columns, columns added with a default (never written into the rows), fillfactor, unlogged. Each change goes there and back
-- without a loss, then there for good, and gives what the plain ALTER gives.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- Changes column v of a table both ways; says what the twin with the plain ALTER says otherwise.
CREATE OR REPLACE PROCEDURE public.change_type(relation text, type text, options jsonb DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE
    id text;
    n bigint;
    before text;
    after text;
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS twin');
    EXECUTE format('CREATE TABLE twin AS TABLE %I', relation);
    EXECUTE format('SELECT string_agg(coalesce(md5(v::text), ''-''), '''' ORDER BY id) FROM %I', relation) INTO before;
    COMMIT;
    CALL hotswap.run(format('ALTER TABLE %I ALTER COLUMN v TYPE %s', relation, type), strategy => 'dual_write', options => options, migration_id => id);
    PERFORM FROM hotswap.status(id) s WHERE s.state = 'awaiting';
    IF NOT FOUND THEN
        RAISE WARNING '%', (SELECT steady(s.state || ': ' || coalesce(s.waiting_for, '')) FROM hotswap.status(id) s);
        PERFORM hotswap.cancel(id);
        COMMIT;
        CALL public.wait_until(id, 'cancelled');
        RETURN;
    END IF;
    PERFORM hotswap.rollback(id);
    CALL public.wait_until(id, 'rolled_back', 'failed', 'paused');
    EXECUTE format('SELECT string_agg(coalesce(md5(v::text), ''-''), '''' ORDER BY id) FROM %I', relation) INTO after;
    IF before IS DISTINCT FROM after THEN
        RAISE WARNING 'the way back of % lost something', type;
    END IF;
    CALL hotswap.run(format('ALTER TABLE %I ALTER COLUMN v TYPE %s', relation, type), strategy => 'dual_write',
                     options => options || '{"auto_contract": true}', migration_id => id);
    EXECUTE format('ALTER TABLE twin ALTER COLUMN v TYPE %s', type);
    EXECUTE format('SELECT count(*) FROM (SELECT id, v::text FROM %I EXCEPT ALL SELECT id, v::text FROM twin) d', relation) INTO n;
    EXECUTE format('SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %L::regclass AND attname = ''v''', relation) INTO after;
    RAISE WARNING '% is %, % rows differ from the plain ALTER', relation, after, n;
END $$;
\set ECHO all
CREATE TABLE num (id int PRIMARY KEY, v smallint);
INSERT INTO num VALUES (1, 1), (2, NULL), (3, 32767), (4, -32768), (5, 0);
CALL change_type('num', 'int');
CALL change_type('num', 'bigint');
CALL change_type('num', 'numeric(20,0)');
CALL change_type('num', 'numeric(22,2)');
CALL change_type('num', 'numeric');
CALL change_type('num', 'text');
CALL change_type('num', 'int USING v::numeric::int', '{"down": "v::text"}');
CALL change_type('num', 'double precision');
DROP TABLE num;

-- NaN, infinities, scale that matters (1.0 is not 1.00), more digits than a machine number has.
CREATE TABLE num (id int PRIMARY KEY, v numeric);
INSERT INTO num VALUES (1, 1.0), (2, 1.00), (3, 'NaN'), (4, 'Infinity'), (5, NULL), (6, 12345678901234567890.123456789), (7, -0.0);
CALL change_type('num', 'text');
CALL change_type('num', 'numeric USING v::numeric', '{"down": "v::text"}');
SELECT * FROM num ORDER BY id;
DROP TABLE num;

CREATE TABLE word (id int PRIMARY KEY, v text);
INSERT INTO word VALUES (1, ''), (2, NULL), (3, ' x '), (4, 'é'), (5, repeat('long ', 10000)),
    (6, (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 3000) g));
ALTER TABLE word ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO word SELECT 7, repeat('e', 9000);
CALL change_type('word', 'varchar');
CALL change_type('word', 'varchar(100000)');
CALL change_type('word', 'text COLLATE "C"');
CALL change_type('word', 'varchar(3)');
CALL change_type('word', 'bytea USING convert_to(v, ''UTF8'')', '{"down": "convert_from(v, ''UTF8'')"}');
SELECT id, length(v) FROM word ORDER BY id;
DROP TABLE word;
-- char(n): trailing blanks are not part of it.
CREATE TABLE word (id int PRIMARY KEY, v char(5));
INSERT INTO word VALUES (1, 'a'), (2, NULL), (3, 'abcde'), (4, '');
CALL change_type('word', 'text');
DROP TABLE word;

-- Time: the zone of the session, or one that is named.
CREATE TABLE moment (id int PRIMARY KEY, v timestamp);
INSERT INTO moment VALUES (1, '2026-03-29 02:30'), (2, NULL), (3, 'infinity'), (4, '2026-01-01 00:00:00.123456');
SET timezone = 'Europe/Berlin';
CALL change_type('moment', 'timestamptz');
CALL change_type('moment', 'timestamp USING v::timestamp');
SET timezone = 'UTC';
CALL change_type('moment', 'timestamptz USING v AT TIME ZONE ''UTC''');
CALL change_type('moment', 'timestamp USING v AT TIME ZONE ''Europe/Berlin''');
SELECT * FROM moment ORDER BY id;
CALL change_type('moment', 'date USING v::date', '{"down": "v::timestamp"}');
DROP TABLE moment;

CREATE TABLE doc (id int PRIMARY KEY, v json);
INSERT INTO doc VALUES (1, '{"a":1}'), (2, NULL), (3, 'null'), (4, '[1, 2, {"x": "\u00e9"}]'), (5, (SELECT json_agg(g) FROM generate_series(1, 5000) g));
CALL change_type('doc', 'jsonb');
CALL change_type('doc', 'json');
DROP TABLE doc;
-- Whitespace and double keys do not come back from jsonb: the old application's text stays as it is until the contract.
CREATE TABLE doc (id int PRIMARY KEY, v json, x int);
INSERT INTO doc VALUES (1, '{"a": 1,   "a": 2}');
CALL hotswap.run('ALTER TABLE doc ALTER COLUMN v TYPE jsonb', strategy => 'dual_write') \gset
UPDATE doc SET x = 1;
SELECT v, _hotswap_old_v FROM doc;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
TABLE doc;
DROP TABLE doc;

CREATE TABLE ids (id int PRIMARY KEY, v text);
INSERT INTO ids VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, NULL), (3, 'A0EEBC999C0B4EF8BB6D6BB9BD380A12');
CALL change_type('ids', 'uuid USING v::uuid');
CALL change_type('ids', 'text');
DROP TABLE ids;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood2 AS ENUM ('ok', 'happy', 'sad', 'ecstatic');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 6);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE other (id int PRIMARY KEY, v text);
INSERT INTO other VALUES (1, 'sad'), (2, NULL), (3, 'happy');
CALL change_type('other', 'mood USING v::mood', '{"down": "v::text"}');
CALL change_type('other', 'mood2 USING v::text::mood2', '{"down": "v::text::mood"}');
CALL change_type('other', 'short USING v::text::short', '{"down": "v::text::mood2"}');
CALL change_type('other', 'text[] USING ARRAY[v::text]', '{"down": "v[1]"}');
CALL change_type('other', 'varchar(5)[]', '{"down": "v", "up": "v"}');
CALL change_type('other', 'pair USING ROW(1, v[1])::pair', '{"down": "ARRAY[(v).b]"}');
CALL change_type('other', 'int USING (v).a', '{"down": "ROW(v, NULL)::pair"}');
DROP TABLE other;

-- A table with a past.
CREATE TABLE old (id int PRIMARY KEY, gone1 text, v int, gone2 int, w text) WITH (fillfactor = 50);
INSERT INTO old SELECT g, 'x', g, g, repeat('w', 100) FROM generate_series(1, 500) g;
ALTER TABLE old DROP COLUMN gone1, DROP COLUMN gone2;
ALTER TABLE old ADD COLUMN fast int NOT NULL DEFAULT 42, ADD COLUMN fast_text text DEFAULT 'fast';
INSERT INTO old (id, v) VALUES (501, NULL);
CALL change_type('old', 'bigint');
SELECT count(*), sum(v), sum(fast), count(fast_text) FROM old;
ALTER TABLE old RENAME v TO z;
ALTER TABLE old RENAME fast TO v;
CALL change_type('old', 'numeric');
SELECT count(*), sum(v), sum(z) FROM old;
SELECT reloptions FROM pg_class WHERE relname = 'old';
DROP TABLE old;
CREATE UNLOGGED TABLE un (id int PRIMARY KEY, v int);
INSERT INTO un SELECT g, g FROM generate_series(1, 10) g;
CALL change_type('un', 'bigint');
SELECT relpersistence FROM pg_class WHERE relname = 'un';
DROP TABLE un;
CREATE TABLE empty (id int PRIMARY KEY, v int);
CALL change_type('empty', 'bigint');
DROP TABLE empty;
-- Two columns at once, and a table with rules of its own about who sees what.
CREATE TABLE two (id int, v int, w int, PRIMARY KEY (id, v));
INSERT INTO two SELECT g, g, g FROM generate_series(1, 10) g;
ALTER TABLE two ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON two USING (id < 5);
CALL hotswap.run('ALTER TABLE two ALTER COLUMN v TYPE bigint, ALTER COLUMN w TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}') \gset
SELECT state, steady(waiting_for) AS waiting_for FROM hotswap.status(:'migration_id');
SELECT count(*), sum(v + w), pg_typeof(min(w)) AS type FROM two;
SELECT polname FROM pg_policy WHERE polrelid = 'two'::regclass;
-- Rows hidden from the owner himself could not be filled: refused before anything is done.
ALTER TABLE two FORCE ROW LEVEL SECURITY;
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE two ALTER COLUMN v TYPE numeric', strategy => 'dual_write')$$) \gx
DROP TABLE two, twin;
DROP TYPE mood, mood2, pair;
DROP DOMAIN short;
DROP PROCEDURE change_type(text, text, jsonb);
DROP EXTENSION hotswap;
