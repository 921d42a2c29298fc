-- Rows that an online rewrite cannot convert, forward and back. Forward: the copy is made without them, they are listed by key with
-- the error, the migration pauses and the table stays as it is; mended, deleted or not, retry tries again what is left. After the switch:
-- a row that cannot go back is named, the migration says that it is not lossless, a rollback pauses and goes on when it is mended.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
-- Where a migration stands.
CREATE OR REPLACE FUNCTION public.stands(id text, OUT state text, OUT phase text, OUT waiting_for text, OUT rejected_rows bigint, OUT revertible text)
LANGUAGE sql AS $$ SELECT s.state, s.phase, public.steady(s.waiting_for), s.rejected_rows, regexp_replace(s.revertible, 'since [\d: -]+:', 'since T:') FROM hotswap.status(id) s $$;
-- The same when something of it is true.
\set ECHO all
-- bigint to int: values that do not fit.
CREATE TABLE t (id bigint PRIMARY KEY, v bigint, note text DEFAULT 'n');
INSERT INTO t SELECT g, g FROM generate_series(1, 500) g;
UPDATE t SET v = 3000000000 WHERE id = 12;
UPDATE t SET v = -3000000000 WHERE id = 340;
UPDATE t SET v = NULL WHERE id = 7;
INSERT INTO t VALUES (4000000000, 1);
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int', options => '{"auto_switch": false}') \gset
SELECT * FROM stands(:'migration_id') \gx
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
-- The table is what it was, whoever writes it; also a row that cannot be converted.
UPDATE t SET v = 5000000000 WHERE id = 13;
UPDATE t SET note = 'x' WHERE id = 12;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, rejected_rows FROM stands(:'migration_id');
SELECT row_key, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
-- resume without mending anything stops at the same place.
SELECT hotswap.resume(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, rejected_rows FROM stands(:'migration_id');
-- Mended in three ways: a new value, a new key for it, and away with it.
UPDATE t SET v = 12 WHERE id = 12;
UPDATE t SET id = 1013, v = 13 WHERE id = 13;
DELETE FROM t WHERE id = 340;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase, rejected_rows FROM stands(:'migration_id');
SELECT count(*) FROM hotswap._migration_rejects;
-- One more comes while the switch is waited for: it is not switched over its head.
INSERT INTO t VALUES (2000, 6000000000);
SELECT hotswap.advance(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase, waiting_for, rejected_rows FROM stands(:'migration_id');
SELECT row_key, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
DELETE FROM t WHERE id = 2000;
SELECT hotswap.resume(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase, rejected_rows FROM stands(:'migration_id');
SELECT count(*), sum(v), sum(id), count(v), pg_typeof(min(v)) AS type FROM t;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT count(*), sum(v), sum(id), count(v), pg_typeof(min(v)) AS type FROM t;
-- The key itself does not fit.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE int') \gset
SELECT state, waiting_for, rejected_rows FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
UPDATE t SET id = 4000 WHERE id = 4000000000;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase, rejected_rows FROM stands(:'migration_id');
SELECT * FROM t WHERE id > 1013;
-- cancel with rejects standing.
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
UPDATE t SET id = 4000000000 WHERE id = 4000;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE int') \gset
SELECT hotswap.cancel(:'migration_id');
CALL wait_until(:'migration_id', 'cancelled', 'failed', 'paused');
SELECT count(*), pg_typeof(min(id)) AS type FROM t;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
SELECT hotswap.cleanup(:'migration_id');
SELECT count(*) FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
DROP TABLE t;

-- After the switch: values that have no way back. revertible says so while there is time, rollback pauses, mending makes it possible.
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT g, g, 'w' FROM generate_series(1, 100) g;
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint') \gset
SELECT state, phase, revertible FROM stands(:'migration_id');
UPDATE t SET v = 3000000000 WHERE id = 5;
INSERT INTO t VALUES (101, 4000000000, 'new'), (102, 102, 'new');
CALL until(format($$(SELECT rejected_rows = 2 FROM hotswap.status(%L))$$, :'migration_id'));
SELECT * FROM stands(:'migration_id') \gx
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'paused', 'rolled_back', 'failed');
SELECT * FROM stands(:'migration_id') \gx
SELECT count(*), sum(v), pg_typeof(min(v)) AS type FROM t;
UPDATE t SET v = 5 WHERE id = 5;
SELECT hotswap.resume(:'migration_id');
CALL until(format($$(SELECT state = 'paused' AND rejected_rows = 1 FROM hotswap.status(%L))$$, :'migration_id'));
SELECT row_key, sqlstate FROM hotswap._migration_rejects WHERE migration_id = :'migration_id';
DELETE FROM t WHERE id = 101;
SELECT hotswap.resume(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT state FROM stands(:'migration_id');
SELECT count(*), sum(v), pg_typeof(min(v)) AS type, sum(id) FROM t;
-- Mended by itself while it waits: lossless again.
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint') \gset
UPDATE t SET v = 3000000000 WHERE id = 5;
CALL until(format($$(SELECT rejected_rows = 1 FROM hotswap.status(%L))$$, :'migration_id'));
SELECT revertible FROM stands(:'migration_id');
UPDATE t SET v = 5 WHERE id = 5;
CALL until(format($$(SELECT rejected_rows = 0 FROM hotswap.status(%L))$$, :'migration_id'));
SELECT revertible FROM stands(:'migration_id');
-- With such a row the contract is nobody's way back any more: complete goes through.
UPDATE t SET v = 3000000000 WHERE id = 5;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT state, phase FROM stands(:'migration_id');
SELECT count(*), max(v) FROM t;
DROP TABLE t;

-- NOT NULL, CHECK, a domain, a length: what the DDL brings for all rows.
CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
CREATE TABLE t (id int PRIMARY KEY, a int, v text);
INSERT INTO t VALUES (1, 2, 'ab'), (2, 3, 'abcdef'), (3, NULL, NULL), (4, 4, 'abcd');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint, ALTER COLUMN a SET NOT NULL') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
UPDATE t SET a = 6 WHERE id = 3;
SELECT hotswap.retry(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase FROM stands(:'migration_id');
SELECT * FROM shape('t') WHERE what = 'column';
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT * FROM shape('t') WHERE what = 'column';
CALL hotswap.run('ALTER TABLE t ALTER COLUMN id TYPE bigint, ADD CONSTRAINT few CHECK (a < 4)') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN a TYPE even', strategy => 'online_rewrite', options => '{"down": "a::int"}') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE varchar(4)', strategy => 'online_rewrite') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int USING v::int', strategy => 'online_rewrite', options => '{"down": "v::text"}') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed');
-- A check that was there before, of a column that gets other values.
ALTER TABLE t ADD CONSTRAINT hundred CHECK (a < 100);
CALL hotswap.run('ALTER TABLE t ALTER COLUMN a TYPE bigint USING a * 20', options => '{"down": "a / 20"}') \gset
SELECT state, waiting_for FROM stands(:'migration_id');
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed');
TABLE t ORDER BY id;
SELECT * FROM shape('t') WHERE what <> 'index';
DROP TABLE t;
DROP DOMAIN even;

-- A lossy USING makes values equal that a unique index keeps apart: found when the copy's index is built, or by whoever comes later.
CREATE TABLE t (id int PRIMARY KEY, v numeric UNIQUE);
INSERT INTO t SELECT g, g FROM generate_series(1, 50) g;
INSERT INTO t VALUES (51, 1001.4), (52, 2.4);
SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE int', strategy => 'online_rewrite', options => '{"down": "v::numeric"}') AS migration_id \gset
CALL wait_until(:'migration_id', 'failed', 'paused', 'awaiting');
SELECT state, phase, regexp_replace(waiting_for, '_\d+_\d+', '_N_1') AS waiting_for FROM stands(:'migration_id') \gx
DELETE FROM t WHERE id = 52;
SELECT hotswap.retry(:'migration_id');
CALL wait_until(:'migration_id', 'awaiting', 'failed', 'paused');
SELECT state, phase FROM stands(:'migration_id');
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE int', strategy => 'online_rewrite', options => '{"down": "v::numeric", "auto_switch": false}') \gset
SELECT state, phase FROM stands(:'migration_id');
INSERT INTO t VALUES (60, 3.4), (61, 60.4);
SELECT hotswap.advance(:'migration_id');
CALL wait_until(:'migration_id', 'paused', 'failed');
SELECT state, phase, regexp_replace(waiting_for, '_\d+_\d+', '_N_1') AS waiting_for FROM stands(:'migration_id') \gx
SELECT row_key, sqlstate, regexp_replace(error, '_\d+_\d+', '_N_1') AS error FROM hotswap._migration_rejects WHERE migration_id = :'migration_id' ORDER BY (row_key ->> 'id')::bigint;
UPDATE t SET v = 61 WHERE id = 60;
SELECT hotswap.resume(:'migration_id');
CALL hotswap.wait(:'migration_id', '30 s');
SELECT state, phase FROM stands(:'migration_id');
SELECT count(*), sum(v), pg_typeof(min(v)) AS type FROM t;
-- Values that nobody touched come back exactly, though the conversion is lossy.
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
SELECT * FROM t WHERE id > 50 ORDER BY id;
DROP TABLE t;
DROP EXTENSION hotswap;
