-- Every kind of value through an online rewrite: into the copy, over the switch, and back. Each change is made, compared with the
-- plain ALTER of an equal table (rows as text, both ways; columns by the catalogs), taken back and compared with the start, then
-- made for good and compared again.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- Rows of one table that the other does not have, as text; both ways. Leaves out what is another value each time.
CREATE OR REPLACE FUNCTION public.differing(one text, other text, without text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    n bigint;
BEGIN
    SELECT string_agg(format('t.%I::text', attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
     WHERE attrelid = one::regclass AND attnum > 0 AND NOT attisdropped AND attname <> without;
    EXECUTE format('SELECT count(*) FROM ((SELECT %1$s FROM %2$I t EXCEPT ALL SELECT %1$s FROM %3$I t) UNION ALL (SELECT %1$s FROM %3$I t EXCEPT ALL SELECT %1$s FROM %2$I t)) d', columns, one, other) INTO n;
    RETURN n;
END $$;
-- What the catalogs say about the columns only.
CREATE OR REPLACE FUNCTION public.columns(relation text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(s.name || ' ' || s.definition, E'\n') FROM public.shape(relation::regclass) s WHERE s.what = 'column' $$;
CREATE OR REPLACE PROCEDURE public.change(relation text, actions text, options jsonb DEFAULT '{}', without text DEFAULT '') LANGUAGE plpgsql AS $$
DECLARE
    id text;
    writable text;
    shape text;
    expected text;
    actual text;
BEGIN
    DROP TABLE IF EXISTS twin, start;
    SELECT string_agg(format('%I', attname), ', ') INTO writable FROM pg_attribute
     WHERE attrelid = relation::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('CREATE %s TABLE twin (LIKE %I INCLUDING ALL)', CASE (SELECT relpersistence FROM pg_class WHERE oid = relation::regclass) WHEN 'u' THEN 'UNLOGGED' ELSE '' END, relation);
    EXECUTE format('INSERT INTO twin (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM %2$I', writable, relation);
    EXECUTE format('CREATE TABLE start AS TABLE %I', relation);
    SELECT string_agg(s::text, E'\n') INTO shape FROM public.shape(relation::regclass) s;
    EXECUTE format('ALTER TABLE twin %s', actions);
    COMMIT;
    FOR round IN 1..2 LOOP
        CALL hotswap.run(format('ALTER TABLE %I %s', relation, actions), strategy => 'online_rewrite',
                         options => options || jsonb_build_object('auto_contract', round = 2, 'batch_size', 50), migration_id => id);
        SELECT s.state || coalesce(': ' || steady(s.waiting_for), '') INTO actual FROM hotswap.status(id) s;
        IF actual !~ '^(awaiting: keep|completed)' THEN
            RAISE WARNING '% %: %', relation, actions, actual;
            PERFORM hotswap.rollback(id);
            COMMIT;
            CALL public.wait_until(id, 'rolled_back');
        END IF;
        expected := public.columns('twin');
        actual := public.columns(relation);
        IF expected IS DISTINCT FROM actual THEN
            RAISE WARNING '% %: columns are%but should be%', relation, actions, E'\n' || actual || E'\n', E'\n' || expected;
        END IF;
        RAISE WARNING '% %: % rows differ from the plain ALTER', relation, actions, public.differing(relation, 'twin', without);
        PERFORM FROM hotswap._migration_events e WHERE e.migration_id = id AND e.event = 'verify repaired rows';
        IF FOUND THEN
            RAISE WARNING 'the copy was not right at first';
        END IF;
        CONTINUE WHEN round = 2;
        PERFORM hotswap.rollback(id);
        CALL public.wait_until(id, 'rolled_back', 'failed', 'paused');
        SELECT s.state INTO actual FROM hotswap.status(id) s;
        IF actual <> 'rolled_back' THEN
            RAISE WARNING '% %: the way back ended %', relation, actions, (SELECT steady(s.waiting_for) FROM hotswap.status(id) s);
        END IF;
        SELECT string_agg(s::text, E'\n') INTO actual FROM public.shape(relation::regclass) s;
        IF actual IS DISTINCT FROM shape THEN
            RAISE WARNING 'after the way back % is%but was%', relation, E'\n' || actual || E'\n', E'\n' || shape;
        END IF;
        IF public.differing(relation, 'start', '') <> 0 THEN
            RAISE WARNING '% rows differ after the way back', public.differing(relation, 'start', '');
        END IF;
    END LOOP;
END $$;
\set ECHO all
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 6);
CREATE DOMAIN counted AS int NOT NULL DEFAULT 7 CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);

-- All kinds of values that stay as they are, in rows with and without nulls; columns that were dropped, and columns that were added
-- with a default and are in no row (attmissingval).
CREATE TABLE every (gone1 text, id int PRIMARY KEY, b bool, c "char", n name, ch char(5), vc varchar(5), tc text COLLATE "C", t text, gone2 int, by bytea,
    num numeric, num2 numeric(10, 2), r real, d double precision, da date, ti time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid,
    j json, jb jsonb, i inet, ci cidr, m macaddr, bi bit(3), vb varbit, po point, bx box, pa path, pg polygon, cr circle, ra int4range, tr tstzrange,
    mr nummultirange, tv tsvector, tq tsquery, mo mood, sh short, pr pair, ar int[], at text[][], ap pair[], am mood[], ad short[], o oid, rc regclass, mon money, lsn pg_lsn,
    gen numeric GENERATED ALWAYS AS (num * 2) STORED);
INSERT INTO every (gone1, id, b, c, n, ch, vc, tc, t, gone2, by, num, num2, r, d, da, ti, tz, ts, tstz, iv, u, j, jb, i, ci, m, bi, vb, po, bx, pa, pg, cr, ra, tr, mr, tv, tq, mo, sh, pr,
                   ar, at, ap, am, ad, o, rc, mon, lsn) VALUES
    ('x', 1, true, 'x', 'name', 'ab', 'ab  ', 'Ä', 'é''"\', 1, '\x00ff', 1.00, 1.5, 1.5, 'NaN', '2026-02-28', '23:59:60', '12:00+03', '2026-01-01 00:00:00.123456', '2026-01-01 00:00+02', '1 mon -3 days 04:05:06',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1,   "a": 2}', '{"b": [1, null, "é"]}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', B'1', '(1,2)', '((0,0),(1,1))', '[(0,0),(1,1)]',
     '((0,0),(1,1),(2,0))', '<(0,0),1>', '[1,5)', '[2026-01-01,infinity)', '{[1,2],[3.5,4)}', 'a:1 b:2', 'a & b', 'happy', 'short', '(1,"a,b")', '{1,NULL,3}', '{{a,b},{c,NULL}}', '{"(1,x)","(,)"}', '{sad,ok}', '{abc,NULL}', 42, 'pg_class', 12.34, '0/ABC'),
    ('y', 2, false, '', '', '', '', '', '', NULL, '', 'NaN', 0, '-Infinity', '-0', '-infinity', '00:00', '00:00-15:59', 'infinity', '-infinity', '00:00', '00000000-0000-0000-0000-000000000000',
     'null', 'null', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', B'000', B'', '(Infinity,NaN)', NULL, NULL, NULL, NULL, 'empty', '(,)', '{}', '', '', 'sad', '', '(,)', '{}', '{}', '{}', '{}', '{}', 0, NULL, -0.01, '0/0'),
    ('z', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Infinity', NULL, 1e-45, 5e-324, '4713-01-01 BC', '24:00', NULL, '294276-12-31 23:59:59.999999', 'infinity', '-178000000 years', NULL,
     '[1, 2.0, 1e3]', '[1, 2.0, 1e3]', NULL, NULL, NULL, NULL, repeat('10', 500)::varbit, NULL, NULL, NULL, NULL, NULL, '(,5]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[5:6]={1,2}', '{{x}}', NULL, NULL, NULL, 4294967295, NULL, NULL, NULL);
INSERT INTO every (id) SELECT g FROM generate_series(4, 200) g;
ALTER TABLE every DROP COLUMN gone1, DROP COLUMN gone2;
ALTER TABLE every ADD COLUMN fast int NOT NULL DEFAULT 42, ADD COLUMN fast_text text DEFAULT 'fast', ADD COLUMN fast_array mood[] DEFAULT '{ok,sad}', ADD COLUMN fast_stamp timestamptz DEFAULT 'infinity', ADD COLUMN gone3 int DEFAULT 3;
INSERT INTO every (id, fast, fast_text) VALUES (201, 0, NULL);
ALTER TABLE every DROP COLUMN gone3;
CALL change('every', 'ALTER COLUMN id TYPE bigint');
SELECT count(*), sum(fast), count(fast_text), count(fast_array), sum(id), min(fast_stamp) FROM every;
CALL change('every', 'ALTER COLUMN id TYPE numeric, ALTER COLUMN fast TYPE bigint');
CALL change('every', 'ALTER COLUMN mo TYPE text', '{"down": "mo::mood"}');
CALL change('every', 'ALTER COLUMN j TYPE jsonb', '{"down": "j::json"}');
CALL change('every', 'ALTER COLUMN ar TYPE bigint[], ALTER COLUMN am TYPE text[]', '{"down": {"ar": "ar::int[]", "am": "am::mood[]"}}');
DROP TABLE every;

-- TOAST: compressed, out of line, both, and neither; rows that fill a page each.
CREATE TABLE big (id int PRIMARY KEY, v text, e text, m text, w1 text, w2 text, w3 text, w4 text, b bytea);
ALTER TABLE big ALTER COLUMN e SET STORAGE EXTERNAL, ALTER COLUMN m SET STORAGE MAIN, ALTER COLUMN w1 SET STORAGE PLAIN, ALTER COLUMN w2 SET STORAGE PLAIN, ALTER COLUMN w3 SET STORAGE PLAIN, ALTER COLUMN w4 SET STORAGE PLAIN;
INSERT INTO big SELECT g, repeat('compressed ', g * 1000), repeat('e', g * 500), repeat('m', g * 100), repeat('1', 1900), repeat('2', 1900), repeat('3', 1900), repeat('4', 1900), decode(repeat('00ff', g), 'hex') FROM generate_series(1, 40) g;
INSERT INTO big (id, v, e) SELECT 41, v, v FROM (SELECT string_agg(md5(g::text), '') AS v FROM generate_series(1, 6000) g) s;
INSERT INTO big (id) VALUES (42);
UPDATE big SET v = v WHERE id = 41;
DELETE FROM big WHERE id = 40;
CALL change('big', 'ALTER COLUMN id TYPE bigint');
SELECT count(pg_column_compression(v)) AS compressed, count(pg_column_compression(e)) AS not_compressed FROM big WHERE id < 40;
CALL change('big', 'ALTER COLUMN v TYPE bytea USING convert_to(v, ''UTF8'')', '{"down": "convert_from(v, ''UTF8'')"}');
CALL change('big', 'ALTER COLUMN e TYPE json USING to_json(e)', '{"down": "e #>> ''{}''"}');
SELECT attname, attstorage FROM pg_attribute WHERE attrelid = 'big'::regclass AND attnum > 0 ORDER BY attnum;
DROP TABLE big;

-- 200 columns: a long bitmap of nulls.
DO $$ BEGIN EXECUTE 'CREATE TABLE many (id int PRIMARY KEY, ' || (SELECT string_agg(format('c%s %s', g, (ARRAY['int', 'text', 'bigint', 'bool'])[g % 4 + 1]), ', ') FROM generate_series(1, 200) g) || ')'; END $$;
INSERT INTO many (id, c1, c100, c199, c200) SELECT g, 'one', g, g % 2 = 0, g FROM generate_series(1, 300) g;
INSERT INTO many (id) VALUES (301);
CALL change('many', 'ALTER COLUMN id TYPE bigint');
CALL change('many', 'ALTER COLUMN c200 TYPE text, ALTER COLUMN c4 TYPE numeric', '{"down": {"c200": "c200::int", "c4": "c4::int"}}');
SELECT count(c1), sum(c100), count(c199), count(c200), count(c150) FROM many;
DROP TABLE many;

-- Type changes with and without USING; values at the edges of a type, not numbers, infinities.
CREATE TABLE num (id int PRIMARY KEY, v smallint, UNIQUE (v));
INSERT INTO num VALUES (1, 1), (2, NULL), (3, 32767), (4, -32768), (5, 0);
CALL change('num', 'ALTER COLUMN v TYPE int');
CALL change('num', 'ALTER COLUMN v TYPE bigint');
CALL change('num', 'ALTER COLUMN v TYPE numeric(20,0)');
CALL change('num', 'ALTER COLUMN v TYPE text');
CALL change('num', 'ALTER COLUMN v TYPE int USING v::numeric::int', '{"down": "v || ''.00''"}');
CALL change('num', 'ALTER COLUMN v TYPE double precision');
CALL change('num', 'ALTER COLUMN v TYPE text COLLATE "C" USING CASE WHEN v < 0 THEN ''minus'' ELSE v::text END', '{"down": "nullif(v, ''minus'')::double precision"}');
DROP TABLE num;
CREATE TABLE num (id numeric PRIMARY KEY, v numeric);
INSERT INTO num VALUES (1.0, 1.0), (2.00, 1.00), ('NaN', 'NaN'), ('Infinity', '-Infinity'), (5, NULL), (12345678901234567890.123456789, 12345678901234567890.123456789);
CALL change('num', 'ALTER COLUMN v TYPE text', '{"down": "v::numeric"}');
CALL change('num', 'ALTER COLUMN v TYPE numeric USING v::numeric', '{"down": "v::text"}');
SELECT * FROM num ORDER BY id;
DROP TABLE num;
CREATE TABLE moment (id int PRIMARY KEY, v timestamp, w timestamptz);
INSERT INTO moment VALUES (1, '2026-03-29 02:30', '2026-03-29 02:30+00'), (2, NULL, NULL), (3, 'infinity', '-infinity'), (4, '2026-01-01 00:00:00.123456', '2026-10-25 00:30+00');
CALL change('moment', 'ALTER COLUMN v TYPE timestamptz USING v AT TIME ZONE ''UTC'', ALTER COLUMN w TYPE timestamp USING w AT TIME ZONE ''UTC''');
CALL change('moment', 'ALTER COLUMN v TYPE date USING (v AT TIME ZONE ''UTC'')::date', '{"down": "v::timestamp AT TIME ZONE ''UTC''"}');
DROP TABLE moment;
CREATE TABLE other (id int PRIMARY KEY, v text, w char(5), x json);
INSERT INTO other VALUES (1, 'sad', 'a', '{"a": 1,   "a": 2}'), (2, NULL, NULL, NULL), (3, 'happy', 'abcde', '[]');
CALL change('other', 'ALTER COLUMN v TYPE mood USING v::mood', '{"down": "v::text"}');
CALL change('other', 'ALTER COLUMN v TYPE short USING v::text::short', '{"down": "v::text::mood"}');
CALL change('other', 'ALTER COLUMN v TYPE text[] USING ARRAY[v::text]', '{"down": "v[1]"}');
CALL change('other', 'ALTER COLUMN v TYPE pair USING ROW(1, v[1])::pair', '{"down": "ARRAY[(v).b]"}');
CALL change('other', 'ALTER COLUMN v TYPE int USING (v).a', '{"down": "ROW(v, NULL)::pair"}');
CALL change('other', 'ALTER COLUMN w TYPE text', '{"down": "w::char(5)"}');
CALL change('other', 'ALTER COLUMN x TYPE jsonb', '{"down": "x::json"}');
-- What one column becomes may read the others, as they were.
CALL change('other', 'ALTER COLUMN v TYPE text USING v || coalesce(w, ''-''), ALTER COLUMN w TYPE int USING length(w)', '{"down": {"v": "left(v, 1)::int", "w": "repeat(''x'', w)"}}');
DROP TABLE other;

-- Several subcommands at once.
CREATE TABLE mixed (id serial PRIMARY KEY, a int NOT NULL, b text DEFAULT 'b', c int);
INSERT INTO mixed (a, c) SELECT g, nullif(g, 3) FROM generate_series(1, 100) g;
CALL change('mixed', 'ALTER COLUMN id TYPE bigint, ALTER COLUMN a TYPE text, ALTER COLUMN b SET DEFAULT ''bb'', ADD COLUMN d int NOT NULL DEFAULT 5, ADD COLUMN e timestamptz, ADD CONSTRAINT small CHECK (c < 1000), ALTER COLUMN a SET STATISTICS 50', '{"down": {"a": "a::int"}}');
INSERT INTO mixed (a) VALUES ('new') RETURNING *;
DROP TABLE twin, mixed;

-- Columns whose value is another one each time; sequences; generated columns; constrained domains.
CREATE TABLE added (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int);
INSERT INTO added (a) SELECT g FROM generate_series(1, 100) g;
CREATE SEQUENCE tick;
CALL change('added', 'ADD COLUMN r double precision DEFAULT random()', without => 'r');
CALL change('added', 'ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid()', without => 'u');
CALL change('added', 'ADD COLUMN n bigint NOT NULL DEFAULT nextval(''tick'')', without => 'n');
SELECT count(DISTINCT u) AS u, count(DISTINCT n) AS n, count(DISTINCT r) > 90 AS r FROM added;
CALL change('added', 'ADD COLUMN g int GENERATED ALWAYS AS (a * 2) STORED');
CALL change('added', 'ADD COLUMN s short DEFAULT ''abc'', ADD COLUMN k counted');
CALL change('added', 'ALTER COLUMN id TYPE bigint');
INSERT INTO added (a) VALUES (1000) RETURNING id, a, g, s, k;
UPDATE added SET a = 7 WHERE id = 1 RETURNING a, g;
DROP TABLE added;
DROP SEQUENCE tick CASCADE;

-- SET UNLOGGED and SET LOGGED.
CREATE TABLE logged (id int PRIMARY KEY, v text, s serial);
INSERT INTO logged (id, v) SELECT g, repeat('v', g * 100) FROM generate_series(1, 100) g;
CALL change('logged', 'SET UNLOGGED');
SELECT relname, relpersistence FROM pg_class WHERE relname ~ '^logged' ORDER BY 1;
CALL change('logged', 'SET LOGGED');
SELECT relname, relpersistence FROM pg_class WHERE relname ~ '^logged' ORDER BY 1;
DROP TABLE twin, logged;

-- Trees: partitions by the altered column and not by it, children with columns of their own.
CREATE TABLE parts (id int, k int, v text, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
CREATE TABLE parts2 (v text, gone int, k int NOT NULL, id int NOT NULL);
ALTER TABLE parts2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts2 FOR VALUES FROM (50) TO (200);
INSERT INTO parts SELECT g, g, 'row ' || g FROM generate_series(1, 150) g;
CALL hotswap.run('ALTER TABLE parts ALTER COLUMN id TYPE bigint', options => '{"auto_switch": false}') \gset
UPDATE parts SET k = 60 WHERE id = 1;
UPDATE parts SET id = 1000, v = 'moved' WHERE id = 150;
SELECT hotswap.advance(:'migration_id');
CALL hotswap.wait(:'migration_id');
SELECT state, strategy FROM hotswap.status(:'migration_id');
SELECT tableoid::regclass, count(*), sum(id), sum(k), pg_typeof(min(id)) AS type FROM parts GROUP BY 1 ORDER BY 1;
UPDATE parts SET k = 10, v = 'back' WHERE id = 2000 OR id = 1000;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT tableoid::regclass, count(*), sum(id), sum(k), pg_typeof(min(id)) AS type FROM parts GROUP BY 1 ORDER BY 1;
SELECT * FROM parts WHERE id IN (1, 1000) ORDER BY id;
DROP TABLE parts;
CREATE TABLE base (id int PRIMARY KEY, v text);
CREATE TABLE derived (extra text DEFAULT 'e', PRIMARY KEY (id)) INHERITS (base);
INSERT INTO base SELECT g, 'base' FROM generate_series(1, 50) g;
INSERT INTO derived SELECT g, 'derived', 'x' FROM generate_series(51, 100) g;
CALL hotswap.run('ALTER TABLE base ALTER COLUMN id TYPE bigint') \gset
SELECT state, strategy FROM hotswap.status(:'migration_id');
UPDATE derived SET extra = 'y' WHERE id = 60;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT tableoid::regclass, count(*), sum(id), pg_typeof(min(id)) AS type FROM base GROUP BY 1 ORDER BY 1;
SELECT * FROM derived WHERE id = 60;
DROP TABLE derived, base;

-- Casts that the session's TimeZone decides, around the hours that a zone leaves out or has twice; each is made as the caller's session
-- makes it, not as a worker would. Rows come back as they were, also where the other type tells less.
CREATE TABLE times (id int PRIMARY KEY, ts timestamp, ts2 timestamp, ts3 timestamp, tz timestamptz DEFAULT '2026-07-01 12:00+00', tz2 timestamptz, tz3 timestamptz, d date, t text);
INSERT INTO times VALUES (1, '2026-03-29 02:30', NULL, NULL, '2026-10-25 00:30+00', NULL, NULL, '2026-03-29', '2026-03-29 02:30'), (2, '2026-10-25 02:30', NULL, NULL, '2026-10-25 01:30+00', NULL, NULL, '-infinity', 'infinity'),
    (3, 'infinity', NULL, NULL, '-infinity', NULL, NULL, NULL, NULL), (4, '1893-01-01 00:03', NULL, NULL, '2026-06-30 22:30:00.123456+00', NULL, NULL, '0044-03-15 BC', 'epoch'), (5, NULL, NULL, NULL, NULL, NULL, NULL, '2026-10-25', '2026-07-01 00:00+07');
INSERT INTO times (id, ts, tz, d, t) SELECT g, '2026-01-01'::timestamp + g * interval '7 hours', '2026-01-01 00:00+00'::timestamptz + g * interval '7 hours', date '2026-01-01' + g, '2026-05-05 05:05' FROM generate_series(6, 200) g;
UPDATE times SET ts2 = ts, ts3 = ts, tz2 = tz, tz3 = tz;
SET timezone = 'Europe/Berlin';
CALL change('times', 'ALTER ts TYPE timestamptz, ALTER ts2 TYPE timestamptz USING ts2::timestamptz, ALTER ts3 TYPE date USING ts3::date, ALTER tz TYPE timestamp, ALTER tz2 TYPE date, ALTER tz3 TYPE timestamptz(0), ALTER d TYPE timestamptz, ALTER t TYPE timestamptz USING t::timestamptz');
-- Written after the switch: midnight of that zone. A key that would be told only by its day is none.
DROP TABLE times;
CREATE TABLE times (tz timestamptz PRIMARY KEY, id int NOT NULL UNIQUE, t timestamptz);
INSERT INTO times SELECT '2026-05-05 00:00+00'::timestamptz + g * interval '1 day', g, '2026-05-05 12:34+00' FROM generate_series(1, 100) g;
CALL hotswap.run('ALTER TABLE times ALTER COLUMN t TYPE date, ALTER COLUMN tz TYPE date') \gset
SELECT count(*), min(tz), max(t) FROM times;
UPDATE times SET t = '2026-12-24' WHERE id = 7;
UPDATE times SET id = 108 WHERE id = 8;
SET timezone = 'UTC';
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT * FROM times WHERE id IN (6, 7, 108) ORDER BY tz;
ALTER TABLE times DROP CONSTRAINT times_id_key;
SELECT refused($$SELECT hotswap.plan('ALTER TABLE times ALTER COLUMN tz TYPE date')$$);
DROP TABLE times;

-- Labels of enums, through their text.
CREATE TYPE state AS ENUM ('new', 'open', 'done');
CREATE TYPE state2 AS ENUM ('done', 'open', 'new', 'gone');
CREATE TABLE labels (id int PRIMARY KEY, s state NOT NULL DEFAULT 'new', t text DEFAULT 'open', v varchar(10), a state, k state2 DEFAULT 'open');
INSERT INTO labels SELECT g, (ARRAY['new', 'open', 'done']::state[])[g % 3 + 1], 'done', 'new', CASE WHEN g % 7 > 0 THEN 'open'::state END FROM generate_series(1, 200) g;
CREATE UNIQUE INDEX labels_s ON labels (s, id);
ALTER TABLE labels DROP CONSTRAINT labels_pkey;
CALL change('labels', 'ALTER COLUMN s TYPE text, ALTER COLUMN a TYPE varchar(5), ALTER COLUMN v TYPE state USING v::text::state, ALTER COLUMN t DROP DEFAULT, ALTER COLUMN t TYPE state2 USING t::state2');
CALL change('labels', $$ALTER COLUMN s DROP DEFAULT, ALTER COLUMN s TYPE state2 USING s::state2, ALTER COLUMN s SET DEFAULT 'gone', ALTER COLUMN t TYPE state USING t::text::state$$);
-- The names of the types change after the switch, as when one replaces the other; a new label has no place in the old type.
CALL hotswap.run('ALTER TABLE labels ALTER COLUMN k DROP DEFAULT, ALTER COLUMN k TYPE state USING k::text::state, ALTER COLUMN v TYPE state2 USING v::text::state2') \gset
ALTER TYPE state RENAME TO old_state;
ALTER TYPE state2 RENAME TO state;
ALTER TYPE old_state RENAME TO state2;
UPDATE labels SET k = 'open', v = 'done' WHERE id = 1;
UPDATE labels SET v = 'gone' WHERE id = 2;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT row_key, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
UPDATE labels SET v = 'open' WHERE id = 2;
ALTER TYPE state2 RENAME TO old_state;
ALTER TYPE state RENAME TO state2;
ALTER TYPE old_state RENAME TO state;
SELECT hotswap.resume(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT id, k, v FROM labels WHERE id <= 3 ORDER BY id;
SELECT * FROM columns('labels');
DROP TABLE labels, twin, start;
DROP TYPE state, state2;

-- Casts that lose something on their way, and come back as they were.
CREATE TABLE lossy (id int PRIMARY KEY, n numeric(10, 2), x double precision, t text, b bigint);
INSERT INTO lossy SELECT g, g + 0.25, g / 3.0, '0' || g, g FROM generate_series(1, 200) g;
CALL change('lossy', 'ALTER COLUMN n TYPE int, ALTER COLUMN x TYPE real, ALTER COLUMN t TYPE int USING t::int');
-- What the old type would only hold when it were cut is no less refused on the way back.
ALTER TABLE lossy ALTER COLUMN t TYPE varchar(5);
CALL hotswap.run('ALTER TABLE lossy ALTER COLUMN t TYPE text, ALTER COLUMN b TYPE int') \gset
UPDATE lossy SET t = 'more than five' WHERE id = 9;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT row_key, sqlstate, error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
UPDATE lossy SET t = 'five' WHERE id = 9;
SELECT hotswap.resume(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT * FROM lossy WHERE id = 9;
DROP TABLE lossy;

-- Empty, and full of dead rows only.
CREATE TABLE nothing (id int PRIMARY KEY, v int);
CALL change('nothing', 'ALTER COLUMN v TYPE bigint');
INSERT INTO nothing SELECT g, g FROM generate_series(1, 100) g;
DELETE FROM nothing;
CALL change('nothing', 'ALTER COLUMN id TYPE bigint');
DROP TABLE nothing, twin, start;
DROP PROCEDURE change(text, text, jsonb, text);
DROP TYPE pair, mood;
DROP DOMAIN short, counted;
DROP EXTENSION hotswap;
