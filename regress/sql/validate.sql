-- validate and recommend: a script looked at from all sides, and nothing changed.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
CREATE FUNCTION shown(ddl text) RETURNS TABLE (line text) LANGUAGE sql AS $$
    WITH v AS (SELECT hotswap.validate(ddl) AS j)
    SELECT format('%s risk=%s type=%s', CASE WHEN (j->>'isValid')::boolean THEN 'valid' ELSE 'NOT VALID' END, j->>'riskLevel', j->>'migrationType') FROM v
    UNION ALL
    SELECT format('  %s. %s %s %s %s', o->>'statementNo', o->>'type', o->>'riskLevel', o->>'migrationType', o->>'strategy') FROM v, jsonb_array_elements(j->'operations') o
    UNION ALL
    SELECT format('  error %s: %s %s: %s. %s %s', coalesce(e->>'statementNo', '-'), '', e->>'sqlstate', e->>'message', e->>'detail', e->>'hint') FROM v, jsonb_array_elements(j->'errors') e
$$;
\set ECHO all
CREATE TABLE customers (id int PRIMARY KEY, email text, n int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int);
SELECT jsonb_object_keys(hotswap.validate('ALTER TABLE customers ADD COLUMN a int')) AS key ORDER BY 1;
SELECT * FROM shown('ALTER TABLE customers ADD COLUMN a int');
SELECT * FROM shown('ALTER TABLE customers ALTER COLUMN id TYPE bigint');
SELECT * FROM shown('CREATE INDEX customers_email ON customers (email); ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers');
-- a statement is judged in the state that those before it leave
SELECT * FROM shown('CREATE TABLE extra (id int); ALTER TABLE extra ADD COLUMN a int; CREATE INDEX ON extra (a); ALTER TABLE customers ADD COLUMN b int; ALTER TABLE customers ALTER COLUMN b SET NOT NULL');
-- what is wrong
SELECT * FROM shown('ALTER TABLE nobody ADD COLUMN a int');
SELECT * FROM shown('ALTER TABLE customers ADD COLUMN email text');
SELECT * FROM shown('ALTER TABLE customers ADD COLUM a int');
SELECT * FROM shown('CREATE EXTENSION no_such_extension');
SELECT hotswap.validate('ALTER TABLE customers ADD COLUM a int') = hotswap.validate('ALTER TABLE customers ADD COLUM a int') AS steady;
SET hotswap.allowed_operations = 'create_index, add_column';
SELECT * FROM shown('ALTER TABLE customers DROP COLUMN n');
SELECT * FROM shown('ALTER TABLE customers ADD COLUMN a int');
RESET hotswap.allowed_operations;
-- another migration has the table
SELECT hotswap.start('ALTER TABLE customers ALTER COLUMN n TYPE bigint', options => '{"auto_switch": false}') AS id \gset
CALL wait_until(:'id', 'awaiting', 'failed', 'paused');
SELECT regexp_replace(line, 'customers_\d+', 'M', 'g') AS line FROM shown('ALTER TABLE customers ADD COLUMN a int');
-- whoever may see neither the table nor its migration is told that there is one
CREATE ROLE hotswap_looker;
SET ROLE hotswap_looker;
SELECT * FROM shown('ALTER TABLE customers ADD COLUMN a int');
RESET ROLE;
DROP ROLE hotswap_looker;
SELECT hotswap.cancel(:'id');
CALL wait_until(:'id', 'cancelled', 'failed', 'paused');

-- ---- recommend ---------------------------------------------------------------------------------------------------------
SELECT statement_no, strategy, why, can_be_taken_back, deploy, what_to_type FROM hotswap.recommend('ALTER TABLE customers ALTER COLUMN n TYPE bigint; CREATE INDEX ON orders (customer_id); ALTER TABLE customers DROP COLUMN email; CREATE TABLE new (id int)') \gx
SELECT if_simply_run FROM hotswap.recommend('ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers');
SELECT refused($$SELECT hotswap.recommend('ALTER TABEL x')$$);

-- everybody may ask, and nothing is changed
CREATE ROLE somebody;
SET ROLE somebody;
SELECT (hotswap.validate('CREATE TABLE x (id int)')->>'isValid')::boolean IS NOT NULL AS answered;
RESET ROLE;
DROP ROLE somebody;
SELECT count(*) FROM hotswap._migrations WHERE state <> 'cancelled';
\d customers
-- A question about the rows that names a type of the script could not be asked.
SELECT hotswap.validate($$CREATE TYPE mood AS ENUM ('good'); ALTER TABLE customers ALTER COLUMN email TYPE mood USING email::mood; ALTER TABLE customers ADD m mood DEFAULT 'good'$$,
    '{"data": true}') -> 'errors' AS errors;
DROP TABLE customers, orders;

-- ---- option rehearse ---------------------------------------------------------------------------------------------------
CREATE TABLE customers (id int PRIMARY KEY, email text, n int);
SET client_min_messages = notice;
SELECT count(*) > 0 AS planned FROM hotswap.plan('ALTER TABLE customers ALTER COLUMN email SET NOT NULL', options => '{"rehearse": true}');
SELECT count(*) > 0 AS planned FROM hotswap.plan('ALTER TABLE customers ALTER COLUMN n TYPE bigint', options => '{"rehearse": true}');
SELECT count(*) > 0 AS planned FROM hotswap.plan('ALTER TABLE customers RENAME COLUMN n TO m', options => '{"rehearse": true}');
SELECT count(*) > 0 AS planned FROM hotswap.plan('ALTER TABLE customers ADD CONSTRAINT u UNIQUE (email)', options => '{"rehearse": true}');
SELECT count(*) > 0 AS planned FROM hotswap.plan('ALTER TABLE customers DROP COLUMN n', options => '{"rehearse": true}');
SELECT count(*) FROM pg_namespace WHERE nspname ~ 'rehearsal';
DROP TABLE customers;
