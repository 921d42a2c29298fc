-- One column to several and several to one: ADD COLUMN and DROP COLUMN in one statement, with an expression for each side.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE person (id int PRIMARY KEY, full_name text DEFAULT 'No Body', age int);
INSERT INTO person VALUES (1, 'Ada Lovelace', 36), (2, 'Grace Hopper', 85), (3, NULL, 1), (4, 'Plato', 80);
CREATE TABLE before AS SELECT * FROM shape('person');

-- Split.
CALL hotswap.run('ALTER TABLE person ADD COLUMN first text, ADD COLUMN last text DEFAULT ''Doe'', DROP COLUMN full_name', options => $${
    "up":   {"first": "split_part(full_name, ' ', 1)", "last": "nullif(substr(full_name, strpos(full_name || ' ', ' ') + 1), '')"},
    "down": {"full_name": "CASE WHEN first IS NULL AND last IS NULL THEN NULL ELSE concat_ws(' ', first, last) END"}}$$) \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
TABLE person ORDER BY id;
-- The old application.
INSERT INTO person (id, full_name) VALUES (11, 'Alan Turing') RETURNING full_name, first, last;
UPDATE person SET full_name = 'Ada King' WHERE id = 1 RETURNING full_name, first, last;
INSERT INTO person (id) VALUES (12) RETURNING full_name, first, last;
-- The new application: both columns, one of them, the other.
INSERT INTO person (id, first, last) VALUES (13, 'Kurt', 'Goedel') RETURNING full_name, first, last;
UPDATE person SET last = 'Murray' WHERE id = 2 RETURNING full_name, first, last;
UPDATE person SET first = NULL, last = NULL WHERE id = 4 RETURNING full_name, first, last;
INSERT INTO person (id, first) VALUES (14, 'Cher') RETURNING full_name, first, last;
-- Both at once: agreeing, conflicting.
UPDATE person SET full_name = 'X Y', first = 'X', last = 'Y' WHERE id = 11 RETURNING full_name, first, last;
SELECT refused($$UPDATE person SET full_name = 'X Z', first = 'Q' WHERE id = 11$$);
-- And back: nothing that was written through either shape is lost.
SELECT hotswap.rollback(:'migration_id');
CALL wait_until(:'migration_id', 'rolled_back', 'failed', 'paused');
TABLE person ORDER BY id;
TABLE before EXCEPT SELECT * FROM shape('person');
SELECT * FROM shape('person') EXCEPT TABLE before;

-- For good.
CALL hotswap.run('ALTER TABLE person ADD COLUMN first text, ADD COLUMN last text DEFAULT ''Doe'', DROP COLUMN full_name', options => $${"auto_contract": true,
    "up":   {"first": "split_part(full_name, ' ', 1)", "last": "nullif(substr(full_name, strpos(full_name || ' ', ' ') + 1), '')"},
    "down": {"full_name": "concat_ws(' ', first, last)"}}$$) \gset
SELECT state FROM hotswap.status(:'migration_id');
TABLE person ORDER BY id;
INSERT INTO person (id, first) VALUES (20, 'John') RETURNING *;

-- Merge, with an expression that reads a column that stays.
CALL hotswap.run('ALTER TABLE person DROP COLUMN first, DROP COLUMN last, ADD COLUMN label text', options => $${
    "up":   {"label": "concat_ws('/', first, last, age)"},
    "down": {"first": "split_part(label, '/', 1)", "last": "split_part(label, '/', 2)"}}$$) \gset
SELECT state, phase FROM hotswap.status(:'migration_id');
SELECT * FROM person WHERE id IN (1, 13, 20) ORDER BY id;
UPDATE person SET first = 'Augusta' WHERE id = 1 RETURNING first, last, label;
UPDATE person SET label = 'Kurt/Weill/50' WHERE id = 13 RETURNING first, last, label;
SELECT hotswap.complete(:'migration_id');
CALL wait_until(:'migration_id', 'completed', 'failed', 'paused');
SELECT * FROM person WHERE id IN (1, 13, 20) ORDER BY id;

-- What is missing or too much is said before anything is done.
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text, ADD COLUMN b text', strategy => 'dual_write', options => '{"up": {"a": "label"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "label"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "label", "c": "1"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "nosuch"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a int', options => '{"up": {"a": "label"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "label"}, "down": {"label": "label"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "(SELECT 1)"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "label; DROP TABLE person"}, "down": {"label": "a"}}')$$) \gx
SELECT * FROM refusal($$SELECT hotswap.start('ALTER TABLE person DROP COLUMN label, ADD COLUMN a text', options => '{"up": {"a": "max(label)"}, "down": {"label": "a"}}')$$) \gx
DROP TABLE person, before;
DROP EXTENSION hotswap;
