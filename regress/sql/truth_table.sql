-- The truth table of the dual write, line by line: what happens to the other column when an application that knows only
-- the old name, only the new name, or both, writes a row. docs/dual-write.md prints the same table; every line of it is here.
--
-- Each statement is run twice: against a table in migration (the native trigger) and against a table with the same two
-- columns and the PL/pgSQL text of hotswap.generate_dual_write. "same" says that the second did exactly what the first did.
-- Traps: T1 (direction comes from the data, never from search_path), T2 (fires after every BEFORE trigger of the user),
-- T5 (fires under session_replication_role = replica).
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all

-- The native table: a rename is under way, both names live until somebody confirms the deployment.
CREATE TABLE native (id int PRIMARY KEY, o text DEFAULT 'dflt', x int);
INSERT INTO native SELECT g, 'row ' || g FROM generate_series(1, 40) g;
CALL hotswap.run('ALTER TABLE native RENAME COLUMN o TO n') \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT count(*), count(*) FILTER (WHERE o = n) AS equal FROM native;

-- The other table: two ordinary columns and the printed trigger.
CREATE TABLE plain (id int PRIMARY KEY, o text DEFAULT 'dflt', x int, n text);
INSERT INTO plain SELECT id, o, x, n FROM native;
SELECT hotswap.generate_dual_write('plain', 'o', 'n') AS text \gset
:text
-- The default of the old column moved into the trigger.
ALTER TABLE plain ALTER COLUMN o DROP DEFAULT;

-- Runs a statement against both tables ("$t" stands for the table) and says what became of the row.
CREATE FUNCTION write_both(statement text, OUT native text, OUT plpgsql text) LANGUAGE plpgsql AS $$
DECLARE
    result text[];
    one text;
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['native', 'plain'] LOOP
        BEGIN
            EXECUTE replace(statement, '$t', relation) INTO one;
        EXCEPTION WHEN OTHERS THEN
            one := 'refused: ' || SQLSTATE;
        END;
        result := result || coalesce(one, 'no row');
    END LOOP;
    native := result[1];
    plpgsql := CASE WHEN result[1] = result[2] THEN 'same' ELSE result[2] END;
END $$;

CREATE TABLE lines (line text, statement text, no serial);
CREATE FUNCTION replay() RETURNS TABLE (line text, native text, plpgsql text) LANGUAGE plpgsql AS $$
DECLARE
    l record;
BEGIN
    FOR l IN SELECT * FROM lines ORDER BY no LOOP
        line := l.line;
        SELECT w.native, w.plpgsql INTO native, plpgsql FROM write_both(l.statement) w;
        RETURN NEXT;
    END LOOP;
    DELETE FROM lines;
END $$;
-- "old, new" of the row is what RETURNING says.
\set row 'RETURNING format(''%s | %s'', coalesce(o, ''-''), coalesce(n, ''-''))'

-- INSERT
INSERT INTO lines VALUES
    ('I1  old given',              'INSERT INTO $t (id, o) VALUES (101, ''a'') ' || :'row'),
    ('I2  new given',              'INSERT INTO $t (id, n) VALUES (102, ''b'') ' || :'row'),
    ('I3  neither: default',       'INSERT INTO $t (id) VALUES (103) ' || :'row'),
    ('I4  both, agreeing',         'INSERT INTO $t (id, o, n) VALUES (104, ''d'', ''d'') ' || :'row'),
    ('I5  both, conflicting',      'INSERT INTO $t (id, o, n) VALUES (105, ''e'', ''f'') ' || :'row'),
    ('I6  old NULL',               'INSERT INTO $t (id, o) VALUES (106, NULL) ' || :'row'),
    ('I7  new NULL',               'INSERT INTO $t (id, n) VALUES (107, NULL) ' || :'row'),
    ('I8  both NULL',              'INSERT INTO $t (id, o, n) VALUES (108, NULL, NULL) ' || :'row'),
    ('I9  old given, new NULL',    'INSERT INTO $t (id, o, n) VALUES (109, ''g'', NULL) ' || :'row'),
    ('I10 new given, old NULL',    'INSERT INTO $t (id, o, n) VALUES (110, NULL, ''h'') ' || :'row'),
    ('I11 old DEFAULT',            'INSERT INTO $t (id, o) VALUES (111, DEFAULT) ' || :'row'),
    ('I12 new DEFAULT',            'INSERT INTO $t (id, n) VALUES (112, DEFAULT) ' || :'row'),
    ('I13 new given, old DEFAULT', 'INSERT INTO $t (id, o, n) VALUES (113, DEFAULT, ''i'') ' || :'row'),
    ('I14 old given, new DEFAULT', 'INSERT INTO $t (id, o, n) VALUES (114, ''j'', DEFAULT) ' || :'row'),
    ('I15 empty string',           'INSERT INTO $t (id, o) VALUES (115, '''') ' || :'row'),
    ('I16 DEFAULT VALUES shape',   'INSERT INTO $t VALUES (116) ' || :'row'),
    ('I17 INSERT ... SELECT',      'INSERT INTO $t (id, n) SELECT 117, ''k'' ' || :'row');
SELECT * FROM replay();

-- UPDATE
INSERT INTO lines VALUES
    ('U1  old',                          'UPDATE $t SET o = ''u1'' WHERE id = 1 ' || :'row'),
    ('U2  new',                          'UPDATE $t SET n = ''u2'' WHERE id = 2 ' || :'row'),
    ('U3  both, agreeing',               'UPDATE $t SET o = ''u3'', n = ''u3'' WHERE id = 3 ' || :'row'),
    ('U4  both, conflicting',            'UPDATE $t SET o = ''u4'', n = ''u5'' WHERE id = 4 ' || :'row'),
    ('U5  neither',                      'UPDATE $t SET x = 5 WHERE id = 5 ' || :'row'),
    ('U6  old to NULL',                  'UPDATE $t SET o = NULL WHERE id = 6 ' || :'row'),
    ('U7  new to NULL',                  'UPDATE $t SET n = NULL WHERE id = 7 ' || :'row'),
    ('U8  both to NULL',                 'UPDATE $t SET o = NULL, n = NULL WHERE id = 8 ' || :'row'),
    ('U9  old to NULL, new to a value',  'UPDATE $t SET o = NULL, n = ''u9'' WHERE id = 9 ' || :'row'),
    ('U10 new to NULL, old to a value',  'UPDATE $t SET o = ''u10'', n = NULL WHERE id = 10 ' || :'row'),
    ('U11 old to itself, new changed',   'UPDATE $t SET o = o, n = ''u11'' WHERE id = 11 ' || :'row'),
    ('U12 new to itself, old changed',   'UPDATE $t SET o = ''u12'', n = n WHERE id = 12 ' || :'row'),
    ('U13 both to themselves (ORM)',     'UPDATE $t SET o = o, n = n WHERE id = 13 ' || :'row'),
    ('U14 old to DEFAULT',               'UPDATE $t SET o = DEFAULT WHERE id = 14 ' || :'row'),
    ('U15 NULL row: old',                'UPDATE $t SET o = ''u15'' WHERE id = 6 ' || :'row'),
    ('U16 NULL row: new',                'UPDATE $t SET n = ''u16'' WHERE id = 7 ' || :'row'),
    ('U17 NULL row: neither',            'UPDATE $t SET x = 17 WHERE id = 8 ' || :'row'),
    ('U18 new from old',                 'UPDATE $t SET n = upper(o) WHERE id = 18 ' || :'row'),
    ('U19 the key too',                  'UPDATE $t SET id = 219, o = ''u19'' WHERE id = 19 ' || :'row');
SELECT * FROM replay();

-- ON CONFLICT: the proposed row passes the INSERT lines, the update passes the UPDATE lines.
INSERT INTO lines VALUES
    ('C1 DO UPDATE old',                    'INSERT INTO $t (id, o) VALUES (21, ''c1'') ON CONFLICT (id) DO UPDATE SET o = excluded.o ' || :'row'),
    ('C2 DO UPDATE new',                    'INSERT INTO $t (id, n) VALUES (22, ''c2'') ON CONFLICT (id) DO UPDATE SET n = excluded.n ' || :'row'),
    ('C3 insert old, update new',           'INSERT INTO $t (id, o) VALUES (23, ''c3'') ON CONFLICT (id) DO UPDATE SET n = excluded.n ' || :'row'),
    ('C4 insert new, update old',           'INSERT INTO $t (id, n) VALUES (24, ''c4'') ON CONFLICT (id) DO UPDATE SET o = excluded.o ' || :'row'),
    ('C5 update both from excluded',        'INSERT INTO $t (id, o) VALUES (25, ''c5'') ON CONFLICT (id) DO UPDATE SET o = excluded.o, n = excluded.n ' || :'row'),
    ('C6 DO NOTHING, row is there',         'INSERT INTO $t (id, o) VALUES (26, ''c6'') ON CONFLICT (id) DO NOTHING ' || :'row'),
    ('C7 DO NOTHING, row is new',           'INSERT INTO $t (id, o) VALUES (127, ''c7'') ON CONFLICT (id) DO NOTHING ' || :'row'),
    ('C8 DO UPDATE of another column',      'INSERT INTO $t (id, o) VALUES (28, ''c8'') ON CONFLICT (id) DO UPDATE SET x = 28 ' || :'row'),
    ('C9 proposed row conflicts in itself', 'INSERT INTO $t (id, o, n) VALUES (29, ''c9'', ''c0'') ON CONFLICT (id) DO UPDATE SET o = excluded.o ' || :'row'),
    ('C10 update conflicts',                'INSERT INTO $t (id, o) VALUES (30, ''c10'') ON CONFLICT (id) DO UPDATE SET o = ''p'', n = ''q'' ' || :'row');
SELECT * FROM replay();

-- MERGE and others that write rows by a different road.
INSERT INTO lines VALUES
    ('M1 MERGE updates old',  'SELECT left(refused($m$MERGE INTO $t t USING (VALUES (31, ''m1'')) s (id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET o = s.v$m$), 5)'),
    ('M2 MERGE updates new',  'SELECT left(refused($m$MERGE INTO $t t USING (VALUES (32, ''m2'')) s (id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = s.v$m$), 5)'),
    ('M3 MERGE inserts old',  'SELECT left(refused($m$MERGE INTO $t t USING (VALUES (133, ''m3'')) s (id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, o) VALUES (s.id, s.v)$m$), 5)'),
    ('M4 MERGE inserts new',  'SELECT left(refused($m$MERGE INTO $t t USING (VALUES (134, ''m4'')) s (id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.v)$m$), 5)'),
    ('M5 MERGE conflicts',    'SELECT left(refused($m$MERGE INTO $t t USING (VALUES (35, ''m5'')) s (id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET o = s.v, n = s.v || ''!''$m$), 5)'),
    ('M6 writable CTE',       'WITH w AS (UPDATE $t SET n = ''m6'' WHERE id = 36 RETURNING *) SELECT format(''%s | %s'', o, n) FROM w'),
    ('M7 UPDATE ... FROM',    'UPDATE $t SET o = s.v FROM (VALUES (37, ''m7'')) s (i, v) WHERE id = i ' || :'row');
SELECT * FROM replay();
SELECT n.id, n.o, n.n, p.o IS NOT DISTINCT FROM n.o AND p.n IS NOT DISTINCT FROM n.n AS same
  FROM native n JOIN plain p USING (id) WHERE id IN (31, 32, 133, 134, 35) ORDER BY id;

-- COPY with the old list, the new list, both, and none (all columns in their order).
COPY native (id, o) FROM stdin;
201	cp old
202	\N
\.
COPY native (id, n) FROM stdin;
203	cp new
204	\N
\.
COPY native (id, o, n) FROM stdin;
205	cp both	cp both
\.
COPY native (id, o, n) FROM stdin;
206	cp one	cp other
\.
COPY native FROM stdin;
207	cp all	7	cp all
208	cp all	7	\N
\.
COPY plain (id, o) FROM stdin;
201	cp old
202	\N
\.
COPY plain (id, n) FROM stdin;
203	cp new
204	\N
\.
COPY plain (id, o, n) FROM stdin;
205	cp both	cp both
\.
COPY plain (id, o, n) FROM stdin;
206	cp one	cp other
\.
COPY plain FROM stdin;
207	cp all	7	cp all
208	cp all	7	\N
\.
SELECT id, o, n FROM native WHERE id BETWEEN 200 AND 210 ORDER BY id;

-- T1: neither a search_path nor a function with its own decides anything.
CREATE SCHEMA app_v2;
CREATE VIEW app_v2.native AS SELECT id, n FROM public.native;
CREATE VIEW app_v2.plain AS SELECT id, n FROM public.plain;
CREATE FUNCTION old_writer(relation text, k int) RETURNS void LANGUAGE plpgsql SET search_path = app_v2, public AS
$$ BEGIN EXECUTE format('UPDATE public.%I SET o = ''old writer'' WHERE id = %s', relation, k); END $$;
SET search_path = app_v2, public;
UPDATE native SET n = 'by view' WHERE id = 38;
UPDATE plain SET n = 'by view' WHERE id = 38;
INSERT INTO native (id, n) VALUES (301, 'by view');
INSERT INTO plain (id, n) VALUES (301, 'by view');
SET search_path = public;
SELECT old_writer('native', 39), old_writer('plain', 39);
SELECT id, o, n FROM native WHERE id IN (38, 39, 301) ORDER BY id;

-- T5: a replication worker, or a restore, writes through the trigger as well.
SET session_replication_role = replica;
INSERT INTO native (id, o) VALUES (311, 'replica');
INSERT INTO plain (id, o) VALUES (311, 'replica');
UPDATE native SET n = 'replica' WHERE id = 40;
UPDATE plain SET n = 'replica' WHERE id = 40;
RESET session_replication_role;
SELECT id, o, n FROM native WHERE id IN (40, 311) ORDER BY id;

-- Not a row differs between the native and the printed trigger, and no row of either disagrees with itself.
SELECT count(*) AS rows FROM native;
TABLE native EXCEPT ALL SELECT id, o, x, n FROM plain;
SELECT id, o, x, n FROM plain EXCEPT ALL TABLE native;
SELECT count(*) AS disagree FROM native WHERE o IS DISTINCT FROM n;
DROP SCHEMA app_v2 CASCADE;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed');
SELECT column_name, column_default FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'native' ORDER BY ordinal_position;
TABLE native EXCEPT ALL SELECT id, n, x FROM plain;
INSERT INTO native (id) VALUES (999) RETURNING *;
DROP TABLE native, plain;
DROP FUNCTION _hotswap_dual_write_plain();

-- T2: triggers of the user fire first, whatever their name; what they change counts as the statement's change.
CREATE TABLE native (id int PRIMARY KEY, o text, x int);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.o := upper(NEW.o); RETURN NEW; END $$;
CREATE TRIGGER aaa BEFORE INSERT OR UPDATE ON native FOR EACH ROW EXECUTE FUNCTION shout();
CREATE TRIGGER zzzz BEFORE INSERT OR UPDATE ON native FOR EACH ROW EXECUTE FUNCTION shout();
CALL hotswap.run('ALTER TABLE native RENAME COLUMN o TO n') \gset
INSERT INTO native (id, o) VALUES (1, 'abc') RETURNING o, n;
INSERT INTO native (id, n) VALUES (2, 'abc') RETURNING o, n;
UPDATE native SET o = 'def' WHERE id = 1 RETURNING o, n;
-- The trigger sees only the old name: the new application's write is not shouted, and the row still agrees.
UPDATE native SET n = 'ghi' WHERE id = 2 RETURNING o, n;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
TABLE native ORDER BY id;
-- A trigger that would fire after ours is refused by name.
CREATE TRIGGER "~zzz" BEFORE UPDATE ON native FOR EACH ROW EXECUTE FUNCTION shout();
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE native RENAME COLUMN o TO n')$$) \gx
DROP TABLE native;

-- conflict = new_wins: a statement that writes both sides keeps the new one.
CREATE TABLE native (id int PRIMARY KEY, o text, x int);
INSERT INTO native VALUES (1, 'one'), (2, 'two'), (3, 'three');
CALL hotswap.run('ALTER TABLE native RENAME COLUMN o TO n', options => '{"conflict": "new_wins"}') \gset
INSERT INTO native (id, o, n) VALUES (4, 'old', 'new') RETURNING o, n;
INSERT INTO native (id, o, n) VALUES (5, 'old', NULL) RETURNING o, n;
UPDATE native SET o = 'old', n = 'new' WHERE id = 1 RETURNING o, n;
UPDATE native SET o = 'old', n = NULL WHERE id = 2 RETURNING o, n;
UPDATE native SET o = 'old' WHERE id = 3 RETURNING o, n;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
DROP TABLE native;

-- The error of a conflict in full.
CREATE TABLE native (id int PRIMARY KEY, o text);
CALL hotswap.run('ALTER TABLE native RENAME COLUMN o TO n') \gset
INSERT INTO native (id, o, n) VALUES (1, 'one', 'two');
\echo :SQLSTATE
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
DROP TABLE native;

-- Identity: a value on the old side may be the server's, so the new side, when given, wins.
CREATE TABLE ident (o int GENERATED BY DEFAULT AS IDENTITY, v text);
INSERT INTO ident (v) VALUES ('a'), ('b');
CALL hotswap.run('ALTER TABLE ident RENAME COLUMN o TO n') \gset
INSERT INTO ident (v) VALUES ('neither') RETURNING o, n;
INSERT INTO ident (o, v) VALUES (50, 'old') RETURNING o, n;
INSERT INTO ident (n, v) VALUES (60, 'new') RETURNING o, n;
INSERT INTO ident (o, n, v) VALUES (70, 70, 'both, agreeing') RETURNING o, n;
INSERT INTO ident (o, n, v) VALUES (70, 71, 'both, conflicting: new') RETURNING o, n;
UPDATE ident SET o = 80, n = 81 WHERE v = 'old';
UPDATE ident SET o = 80 WHERE v = 'old' RETURNING o, n;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed');
INSERT INTO ident (v) VALUES ('after') RETURNING n > 0 AS generated, n NOT IN (1, 2) AS fresh;
DROP TABLE ident;
CREATE TABLE ident (o int GENERATED ALWAYS AS IDENTITY, v text);
CALL hotswap.run('ALTER TABLE ident RENAME COLUMN o TO n') \gset
INSERT INTO ident (v) VALUES ('neither') RETURNING o, n;
INSERT INTO ident (o, v) VALUES (50, 'old');
INSERT INTO ident (o, v) OVERRIDING SYSTEM VALUE VALUES (50, 'old') RETURNING o, n;
INSERT INTO ident (n, v) VALUES (60, 'new') RETURNING o, n;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
DROP TABLE ident;

-- Serial: the default is evaluated by the trigger, only when nobody gave a value, so no number is wasted.
CREATE TABLE ser (o serial, v text);
INSERT INTO ser (v) VALUES ('a');
CALL hotswap.run('ALTER TABLE ser RENAME COLUMN o TO n') \gset
INSERT INTO ser (v) VALUES ('neither') RETURNING o, n;
INSERT INTO ser (o, v) VALUES (50, 'old') RETURNING o, n;
INSERT INTO ser (n, v) VALUES (60, 'new') RETURNING o, n;
INSERT INTO ser (o, v) VALUES (DEFAULT, 'default') RETURNING o, n;
SELECT currval('ser_o_seq');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
INSERT INTO ser (v) VALUES ('after') RETURNING o;
DROP TABLE ser;

-- A row the backfill has not reached: any write of it fills it, whatever it names.
CREATE TABLE big (id int PRIMARY KEY, o text, x int) WITH (fillfactor = 20);
INSERT INTO big SELECT g, repeat('o', 200) || g FROM generate_series(1, 2000) g;
ANALYZE big;
CALL hotswap.run('ALTER TABLE big RENAME COLUMN o TO n', options => '{"rollout_percentage": 10, "batch_size": 20, "parallel": 1}') \gset
SELECT state, public.steady(waiting_for) ~ 'stopped for a look' AS look FROM hotswap.status(:'migration_id');
SELECT n IS NULL AS unfilled FROM big WHERE id = 1990;
UPDATE big SET x = 1 WHERE id = 1990 RETURNING o = n AS filled;
UPDATE big SET o = 'old' WHERE id = 1991 RETURNING o, n;
UPDATE big SET n = 'new' WHERE id = 1992 RETURNING o, n;
UPDATE big SET o = 'both', n = 'both' WHERE id = 1993 RETURNING o, n;
-- The new application sees NULL there and says so: the old value stays, and is what the row gets.
UPDATE big SET n = NULL WHERE id = 1994 RETURNING o = n AS filled;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
SELECT id, o FROM big WHERE id IN (1991, 1992, 1993) ORDER BY id;
DROP TABLE big;

-- A down that loses something: the row stays as the new application wrote it, and an UPDATE of another column does not
-- compute it again. up and down are over cents and price; the two sides agree when one way or the other says so.
CREATE TABLE native (id int PRIMARY KEY, price int, x int);
INSERT INTO native SELECT g, g FROM generate_series(1, 9) g;
CALL hotswap.run('ALTER TABLE native ADD COLUMN cents int, DROP COLUMN price',
                 options => '{"up": {"cents": "price * 100"}, "down": {"price": "cents / 100"}}') \gset
CREATE TABLE plain (id int PRIMARY KEY, price int, x int, cents int);
INSERT INTO plain SELECT id, price, x, cents FROM native;
SELECT hotswap.generate_dual_write('plain', 'price', 'cents', 'price * 100', 'cents / 100') AS text \gset
:text
\set row 'RETURNING format(''%s | %s'', coalesce(price::text, ''-''), coalesce(cents::text, ''-''))'
INSERT INTO lines VALUES
    ('L1 old',                             'UPDATE $t SET price = 12 WHERE id = 1 ' || :'row'),
    ('L2 new, price loses the cents',      'UPDATE $t SET cents = 299 WHERE id = 2 ' || :'row'),
    ('L3 neither: stays as written',       'UPDATE $t SET x = 1 WHERE id = 2 ' || :'row'),
    ('L4 old again, computed anew',        'UPDATE $t SET price = 3 WHERE id = 2 ' || :'row'),
    ('L5 both, agreeing under up',         'UPDATE $t SET price = 4, cents = 400 WHERE id = 4 ' || :'row'),
    ('L6 both, agreeing under down',       'UPDATE $t SET price = 5, cents = 555 WHERE id = 4 ' || :'row'),
    ('L7 both, agreeing under neither',    'UPDATE $t SET price = 9, cents = 666 WHERE id = 4 ' || :'row'),
    ('L8 new only, old agrees already',    'UPDATE $t SET cents = 333 WHERE id = 3 ' || :'row'),
    ('L9 insert, agreeing under down',     'INSERT INTO $t (id, price, cents) VALUES (20, 7, 777) ' || :'row'),
    ('L10 insert, agreeing under neither', 'INSERT INTO $t (id, price, cents) VALUES (21, 7, 888) ' || :'row'),
    ('L11 up overflows',                   'UPDATE $t SET price = 2000000000 WHERE id = 5 ' || :'row');
SELECT * FROM replay();
TABLE native EXCEPT ALL SELECT id, price, x, cents FROM plain;
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled');
TABLE native ORDER BY id;
DROP TABLE native, plain, lines;
DROP FUNCTION _hotswap_dual_write_plain();

-- What counts as another value: other bytes. 1.0 is not 1.00, 'a' is not 'A' whatever a collation says, json has no equality
-- of its own, and a long value is compared by what it says, not by where it is stored.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE native (id int PRIMARY KEY, o numeric, oc text COLLATE nocase, oj json, op point, ol text, x int);
INSERT INTO native SELECT g, 1.0, 'abc', '{"a": 1}', '(1,2)', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 500) i) FROM generate_series(1, 5) g;
CREATE TABLE plain (id int PRIMARY KEY, o numeric, oc text COLLATE nocase, oj json, op point, ol text, x int);
INSERT INTO plain SELECT * FROM native;
CREATE FUNCTION pair(old_name text, new_name text, statement text) RETURNS TABLE (native text, plpgsql text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE hotswap.generate_dual_write('plain', old_name, new_name);
    RETURN QUERY SELECT w.native, w.plpgsql FROM write_both(statement) w;
    EXECUTE 'DROP TRIGGER "~hotswap_dual_write" ON plain';
    EXECUTE 'DROP FUNCTION _hotswap_dual_write_plain()';
END $$;
CALL hotswap.run('ALTER TABLE native RENAME COLUMN o TO n') \gset
ALTER TABLE plain ADD COLUMN n numeric;
UPDATE plain SET n = o;
SELECT * FROM pair('o', 'n', 'UPDATE $t SET o = 1.00 WHERE id = 1 RETURNING concat_ws('' | '', o, n)');
SELECT * FROM pair('o', 'n', 'UPDATE $t SET n = 1.000 WHERE id = 1 RETURNING concat_ws('' | '', o, n)');
SELECT * FROM pair('o', 'n', 'UPDATE $t SET o = 2.0, n = 2.00 WHERE id = 1 RETURNING concat_ws('' | '', o, n)');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
CALL hotswap.run('ALTER TABLE native RENAME COLUMN oc TO nc') \gset
ALTER TABLE plain ADD COLUMN nc text COLLATE nocase;
UPDATE plain SET nc = oc;
SELECT * FROM pair('oc', 'nc', 'UPDATE $t SET oc = ''ABC'' WHERE id = 1 RETURNING concat_ws('' | '', oc, nc)');
SELECT * FROM pair('oc', 'nc', 'UPDATE $t SET nc = ''Abc'' WHERE id = 1 RETURNING concat_ws('' | '', oc, nc)');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
CALL hotswap.run('ALTER TABLE native RENAME COLUMN oj TO nj') \gset
ALTER TABLE plain ADD COLUMN nj json;
UPDATE plain SET nj = oj;
SELECT * FROM pair('oj', 'nj', 'UPDATE $t SET oj = ''{"a":1}'' WHERE id = 1 RETURNING concat_ws('' | '', oj, nj)');
SELECT * FROM pair('oj', 'nj', 'UPDATE $t SET x = 1 WHERE id = 2 RETURNING concat_ws('' | '', oj, nj)');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
CALL hotswap.run('ALTER TABLE native RENAME COLUMN op TO np') \gset
ALTER TABLE plain ADD COLUMN np point;
UPDATE plain SET np = op;
SELECT * FROM pair('op', 'np', 'UPDATE $t SET op = ''(3,4)'' WHERE id = 1 RETURNING concat_ws('' | '', op, np)');
SELECT * FROM pair('op', 'np', 'UPDATE $t SET np = ''(5,6)'' WHERE id = 1 RETURNING concat_ws('' | '', op, np)');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
CALL hotswap.run('ALTER TABLE native RENAME COLUMN ol TO nl') \gset
ALTER TABLE plain ADD COLUMN nl text;
UPDATE plain SET nl = ol;
SELECT * FROM pair('ol', 'nl', 'UPDATE $t SET ol = ol || '''', x = 3 WHERE id = 1 RETURNING ol = nl');
SELECT * FROM pair('ol', 'nl', 'UPDATE $t SET nl = nl || ''!'' WHERE id = 1 RETURNING ol = nl AND right(ol, 1) = ''!''');
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
DROP FUNCTION pair(text, text, text);
DROP TABLE native, plain;
DROP COLLATION nocase;

DROP FUNCTION replay(), write_both(text), old_writer(text, int), shout();
DROP EXTENSION hotswap;
