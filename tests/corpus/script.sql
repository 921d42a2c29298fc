-- Migration scripts: the last statement is judged, in the state that the others left.

-- fresh
-- script
ALTER TABLE plain ADD COLUMN x integer;
UPDATE plain SET x = 1;
ALTER TABLE plain ALTER COLUMN x SET NOT NULL;

-- script
ALTER TABLE plain RENAME COLUMN a TO number;
ALTER TABLE plain ALTER COLUMN number TYPE bigint;

-- script
ALTER TABLE employees RENAME TO staff;
ALTER TABLE staff ADD COLUMN y text DEFAULT 'y';

-- script
CREATE TYPE fresh_mood AS ENUM ('a', 'b');
ALTER TABLE documents ADD COLUMN f fresh_mood DEFAULT 'a';

-- script
CREATE INDEX proven_c_index ON proven (c);
DROP INDEX proven_c_index;

-- script
CREATE FUNCTION roll() RETURNS integer LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
ALTER TABLE stray ADD COLUMN z integer DEFAULT roll();

-- script
CREATE FUNCTION one() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1';
ALTER TABLE stray ADD COLUMN one integer DEFAULT one();

-- script
DROP TABLE event_log;
ALTER TABLE events DETACH PARTITION events_2023;

-- script
CREATE UNIQUE INDEX plain_number ON plain (number);
ALTER TABLE plain ADD CONSTRAINT plain_number_key UNIQUE USING INDEX plain_number;

-- script
ALTER TABLE attic.relics ALTER COLUMN v TYPE varchar(100);
ALTER TABLE attic.relics ALTER COLUMN v TYPE varchar(200);

-- script
ALTER TABLE customers DROP COLUMN age;
ALTER TABLE customers ADD COLUMN age integer NOT NULL DEFAULT 1;

-- script
CREATE TABLE line_items (id integer PRIMARY KEY, order_id bigint);
INSERT INTO line_items SELECT i, i FROM generate_series(1, 10) i;
ALTER TABLE line_items ADD FOREIGN KEY (order_id) REFERENCES orders;

-- script
CREATE SCHEMA later;
ALTER TABLE untyped SET SCHEMA later;
ALTER TABLE later.untyped ALTER COLUMN nr TYPE bigint;

-- script
ALTER TABLE tight ADD COLUMN a integer;
ALTER TABLE tight ADD COLUMN b integer DEFAULT 1;
CREATE INDEX ON tight (a, b);

-- script
ALTER TABLE secrets DISABLE ROW LEVEL SECURITY;
DROP POLICY secrets_own ON secrets;

-- script
CREATE DOMAIN short AS varchar(3);
ALTER TABLE scratch ADD COLUMN s short;
ALTER DOMAIN short ADD CHECK (VALUE <> '');

-- script
ALTER TABLE dogs NO INHERIT animals;
ALTER TABLE animals ADD COLUMN x integer DEFAULT 1 CHECK (x > 0);

-- script
CREATE MATERIALIZED VIEW few AS SELECT * FROM bookings;
CREATE UNIQUE INDEX few_id ON few (id);
REFRESH MATERIALIZED VIEW CONCURRENTLY few;

