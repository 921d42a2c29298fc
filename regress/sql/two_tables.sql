-- Two migrations and the tables they share: what is refused at the start, and what is not. Most are only started, and rolled back.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set ECHO all
CREATE TABLE parent (id int PRIMARY KEY, code text, v int);
CREATE TABLE one (id int PRIMARY KEY, parent_id int);
CREATE TABLE two (id int PRIMARY KEY, parent_id int);
CREATE TABLE years (id int NOT NULL, year int NOT NULL, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE years_1 PARTITION OF years FOR VALUES IN (1);
CREATE TABLE years_2 (LIKE years);

CREATE FUNCTION try(ddl text, strategy text DEFAULT 'auto', options jsonb DEFAULT '{"bake": "1 hour", "auto_switch": false}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM hotswap.start(ddl, strategy => strategy, options => options);
    RETURN 'started';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS found = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || SQLERRM || '. ' || regexp_replace(coalesce(found, ''), '_\d+" is .*', '"');
END $$;

\echo == two foreign keys to one table, and an index on it, beside each other
BEGIN;
SELECT try('ALTER TABLE one ADD FOREIGN KEY (parent_id) REFERENCES parent');
SELECT try('ALTER TABLE two ADD FOREIGN KEY (parent_id) REFERENCES parent');
SELECT try('CREATE INDEX ON parent (v)', options => '{}');
SELECT works_on::regclass[], touches::regclass[], reshapes FROM hotswap._migrations ORDER BY number;
ROLLBACK;

\echo == a foreign key, and what makes the table at its other end anew
BEGIN;
SELECT try('ALTER TABLE one ADD FOREIGN KEY (parent_id) REFERENCES parent');
SELECT try('ALTER TABLE parent ALTER COLUMN id TYPE bigint');
SELECT try('ALTER TABLE parent ALTER COLUMN v TYPE bigint', 'dual_write');
SELECT try('ALTER TABLE parent RENAME TO parents');
SELECT try('DROP TABLE parent', options => '{}');
SELECT try('ALTER TABLE parent ADD COLUMN w int');
SELECT hotswap.validate('ALTER TABLE parent RENAME COLUMN code TO name') -> 'errors' -> 0 ->> 'message';
ROLLBACK;
BEGIN;
SELECT try('ALTER TABLE parent ALTER COLUMN v TYPE bigint');
SELECT try('ALTER TABLE one ADD FOREIGN KEY (parent_id) REFERENCES parent');
SELECT try('CREATE TABLE three (parent_id int REFERENCES parent)', options => '{}');
SELECT try('CREATE INDEX ON one (parent_id)', options => '{}');
SELECT hotswap.validate('ALTER TABLE two ADD FOREIGN KEY (parent_id) REFERENCES parent') -> 'errors' -> 0 ->> 'sqlstate';
ROLLBACK;

\echo == partitions
BEGIN;
SELECT try('ALTER TABLE years ATTACH PARTITION years_2 FOR VALUES IN (2)');
SELECT try('ALTER TABLE years_2 ADD COLUMN v int');
SELECT try('CREATE INDEX ON years_1 (id)', options => '{}');
ROLLBACK;
BEGIN;
SELECT try('ALTER TABLE years ADD CHECK (id > 0)');
SELECT try('CREATE INDEX ON years_1 (id)', options => '{}');
ROLLBACK;
BEGIN;
SELECT try('CREATE INDEX ON years_1 (id)', options => '{}');
SELECT try('ALTER TABLE years ALTER COLUMN id TYPE bigint');
ROLLBACK;

\echo == tables that are dropped together; DDL by others
SELECT try('DROP TABLE one, two', options => '{}');
SELECT try('ALTER TABLE two ADD COLUMN v int');
SELECT refused('ALTER TABLE two ADD COLUMN v int');
SELECT migration_id AS id FROM hotswap._migrations \gset
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled');
ALTER TABLE two ADD COLUMN v int;
DROP EXTENSION hotswap;

