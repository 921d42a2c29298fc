-- What a rehearsal sees of a statement is what the statement does: each is rehearsed, and then really run, observed and taken back.
-- Locks are abbreviated (AX: ACCESS EXCLUSIVE), R: the heap is written anew, S: it is read in full, *: the script has made it.
-- The rehearsal sees no rows: where really is an error, the rows are the reason.
\set ECHO none
\getenv here PG_ABS_SRCDIR
\set helpers :here '/include/helpers.sql'
\i :helpers
\set helpers :here '/include/rehearsal.sql'
\i :helpers
\set ON_ERROR_STOP on
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, code varchar(20), amount int NOT NULL, price numeric(10,2), at timestamp, body json,
  note text, day date, flag boolean, CONSTRAINT positive CHECK (amount > 0), CONSTRAINT code_there CHECK (code IS NOT NULL));
ALTER TABLE orders ADD CONSTRAINT later CHECK (price > 0) NOT VALID;
CREATE INDEX orders_code ON orders (code); CREATE UNIQUE INDEX orders_uniq ON orders (amount, id);
CREATE INDEX orders_low ON orders (lower(note)) WHERE amount > 3; CREATE INDEX orders_note ON orders (note);
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id int NOT NULL, twice int GENERATED ALWAYS AS (order_id * 2) STORED, sku text);
ALTER TABLE items ADD CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
CREATE VIEW cheap AS SELECT id, price FROM orders WHERE price < 10;
CREATE VIEW cheaper AS SELECT * FROM cheap WHERE price < 5;
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
CREATE UNIQUE INDEX totals_customer ON totals (customer);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER orders_touch BEFORE UPDATE OF note ON orders FOR EACH ROW WHEN (NEW.flag) EXECUTE FUNCTION touch();
CREATE POLICY orders_own ON orders USING (flag);
CREATE STATISTICS orders_stats ON code, amount FROM orders;
CREATE TABLE parts (id int, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX parts_v ON parts (v);
CREATE TABLE parts_new (id int NOT NULL, at date NOT NULL, v text);
CREATE TABLE parts_proved (id int NOT NULL, at date NOT NULL, v text, CHECK (at IS NOT NULL AND at >= '2027-01-01' AND at < '2028-01-01'));
CREATE TABLE base (a int, b text, CONSTRAINT base_a CHECK (a > 0));
CREATE TABLE derived (c int) INHERITS (base);
CREATE SEQUENCE free;
CREATE DOMAIN amount_of AS int;
CREATE DOMAIN positive_int AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION one() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 2; END';
CREATE SCHEMA other;
CREATE TABLE other.nothing (a int);
INSERT INTO customers SELECT g, g FROM generate_series(1,3) g; INSERT INTO orders (customer, code, amount, price) SELECT 1, g, g, g FROM generate_series(1,3) g;
CREATE TABLE logged (id int, what text); CREATE TABLE watched (id int, v text);
CREATE RULE watch AS ON UPDATE TO watched DO ALSO INSERT INTO logged VALUES (NEW.id, NEW.v);

\set ON_ERROR_STOP off
\set ECHO queries
\pset format unaligned
\pset tuples_only on

-- Type changes: by cast, length, scale, collation, domain; refused where a key or view is in the way.
CALL compare($$
ALTER TABLE orders ALTER code TYPE varchar(40)
ALTER TABLE orders ALTER code TYPE varchar(10)
ALTER TABLE orders ALTER code TYPE text
ALTER TABLE orders ALTER customer TYPE bigint
ALTER TABLE items ALTER id TYPE int
ALTER TABLE orders ALTER price TYPE numeric(12,2)
ALTER TABLE orders ALTER at TYPE timestamp(3)
ALTER TABLE orders ALTER body TYPE jsonb
ALTER TABLE orders ALTER body TYPE jsonb USING body::jsonb
ALTER TABLE orders ALTER note TYPE text COLLATE "C"
ALTER TABLE orders ALTER note TYPE varchar
ALTER TABLE items ALTER order_id TYPE amount_of
ALTER TABLE items ALTER sku TYPE varchar(50)
ALTER TABLE customers ALTER id TYPE bigint
ALTER TABLE orders ALTER id TYPE bigint
ALTER TABLE orders ALTER price TYPE numeric(10,3)
ALTER TABLE base ALTER a TYPE bigint
ALTER TABLE parts ALTER v TYPE varchar
ALTER TABLE orders ALTER COLUMN amount TYPE bigint, ALTER COLUMN amount SET DEFAULT 3
ALTER TABLE watched ALTER v TYPE varchar
ALTER TABLE logged ALTER what TYPE varchar
$$);
TABLE compared;

-- New columns.
CALL compare($$
ALTER TABLE orders ADD COLUMN z int
ALTER TABLE orders ADD COLUMN z int DEFAULT 5
ALTER TABLE orders ADD COLUMN z int NOT NULL DEFAULT 5
ALTER TABLE orders ADD COLUMN z int NOT NULL
ALTER TABLE customers ADD COLUMN z timestamptz DEFAULT now()
ALTER TABLE orders ADD COLUMN z timestamptz DEFAULT clock_timestamp()
ALTER TABLE orders ADD COLUMN z uuid DEFAULT gen_random_uuid()
ALTER TABLE orders ADD COLUMN z int DEFAULT one()
ALTER TABLE orders ADD COLUMN z int DEFAULT two()
ALTER TABLE orders ADD COLUMN z serial
ALTER TABLE orders ADD COLUMN z int GENERATED ALWAYS AS IDENTITY
ALTER TABLE orders ADD COLUMN z int GENERATED ALWAYS AS (amount * 2) STORED
ALTER TABLE orders ADD COLUMN z int CHECK (z > 0)
ALTER TABLE orders ADD COLUMN z int UNIQUE
ALTER TABLE orders ADD COLUMN z int REFERENCES customers
ALTER TABLE orders ADD COLUMN z positive_int
ALTER TABLE orders ADD COLUMN z mood DEFAULT 'ok'
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text
ALTER TABLE orders ADD COLUMN note text
ALTER TABLE base ADD COLUMN z int
ALTER TABLE derived ADD COLUMN z int
ALTER TABLE parts ADD COLUMN z int
ALTER TABLE parts ADD COLUMN z int DEFAULT two()
ALTER TABLE parts_1 ADD COLUMN z int
ALTER TABLE orders ADD COLUMN a1 int, ADD COLUMN a2 int DEFAULT 3, ALTER note SET NOT NULL, DROP CONSTRAINT positive
$$);
TABLE compared;

-- Partitions and children.
CALL compare($$
ALTER TABLE parts_new ADD PRIMARY KEY (id)
ALTER TABLE parts_new SET UNLOGGED
ALTER TABLE orders INHERIT base
ALTER TABLE derived NO INHERIT base
ALTER TABLE base ADD CHECK (a < 10)
ALTER TABLE ONLY base ADD CHECK (a < 10) NO INHERIT
ALTER TABLE base DROP COLUMN b
ALTER TABLE base RENAME b TO bb
ALTER TABLE base DROP CONSTRAINT base_a
ALTER TABLE parts ALTER v SET NOT NULL
ALTER TABLE parts ADD CHECK (id > 0)
ALTER TABLE parts ADD UNIQUE (id, at)
ALTER TABLE parts_1 ADD CHECK (id > 0)
ALTER TABLE parts_1 ALTER v SET NOT NULL
ALTER TABLE parts ATTACH PARTITION parts_new FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')
ALTER TABLE parts ATTACH PARTITION parts_proved FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')
ALTER TABLE parts ATTACH PARTITION parts_new DEFAULT
ALTER TABLE parts DETACH PARTITION parts_1
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
CREATE TABLE parts_d PARTITION OF parts DEFAULT
CREATE TABLE derived2 (d int) INHERITS (base)
CREATE INDEX ON parts (id)
CREATE INDEX ON ONLY parts (id)
DROP INDEX parts_v
DROP TABLE parts
DROP TABLE parts_1
DROP TABLE base
DROP TABLE base CASCADE
CREATE TRIGGER z AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch()
$$);
TABLE compared;

-- Constraints.
CALL compare($$
ALTER TABLE orders ALTER note SET NOT NULL
ALTER TABLE orders ALTER code SET NOT NULL
ALTER TABLE orders ALTER amount DROP NOT NULL
ALTER TABLE orders ADD CHECK (amount < 100)
ALTER TABLE orders ADD CONSTRAINT x CHECK (amount < 100) NOT VALID
ALTER TABLE orders VALIDATE CONSTRAINT later
ALTER TABLE orders VALIDATE CONSTRAINT positive
ALTER TABLE items VALIDATE CONSTRAINT items_order
ALTER TABLE items ADD CONSTRAINT z FOREIGN KEY (order_id) REFERENCES orders
ALTER TABLE items ADD CONSTRAINT z FOREIGN KEY (order_id) REFERENCES orders NOT VALID
ALTER TABLE items ADD UNIQUE (sku)
ALTER TABLE customers ADD PRIMARY KEY (name)
ALTER TABLE orders ADD CONSTRAINT z UNIQUE USING INDEX orders_uniq
ALTER TABLE orders DROP CONSTRAINT positive
ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey
ALTER TABLE orders DROP CONSTRAINT orders_pkey
ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE
ALTER TABLE orders RENAME CONSTRAINT positive TO pos
ALTER TABLE orders ALTER CONSTRAINT orders_customer_fkey DEFERRABLE
$$);
TABLE compared;

-- Other subcommands of ALTER TABLE.
CALL compare($$
ALTER TABLE orders ALTER note SET DEFAULT 'x'
ALTER TABLE orders ALTER amount SET DEFAULT nextval('free')
ALTER TABLE orders ALTER note SET STATISTICS 200
ALTER TABLE orders ALTER note SET STORAGE external
ALTER TABLE orders DROP COLUMN note
ALTER TABLE orders DROP COLUMN customer
ALTER TABLE orders DROP COLUMN price
ALTER TABLE orders DROP COLUMN price CASCADE
ALTER TABLE orders DROP COLUMN id
ALTER TABLE orders DROP COLUMN body
ALTER TABLE orders RENAME note TO note2
ALTER TABLE orders RENAME TO orders2
ALTER TABLE orders RENAME TO customers
ALTER TABLE orders SET UNLOGGED
ALTER TABLE orders SET TABLESPACE pg_default
ALTER TABLE orders SET (fillfactor = 50)
ALTER TABLE orders CLUSTER ON orders_code
ALTER TABLE orders REPLICA IDENTITY FULL
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey
ALTER TABLE orders ENABLE ROW LEVEL SECURITY
ALTER TABLE orders DISABLE TRIGGER orders_touch
ALTER TABLE orders DISABLE TRIGGER USER
ALTER TABLE orders DISABLE TRIGGER ALL
ALTER TABLE orders OWNER TO current_user
ALTER TABLE items ALTER twice DROP EXPRESSION
ALTER TABLE items ALTER id DROP IDENTITY
ALTER TABLE items ALTER id SET GENERATED BY DEFAULT
ALTER TABLE orders ALTER amount ADD GENERATED ALWAYS AS IDENTITY
ALTER TABLE watched DROP COLUMN v CASCADE
ALTER TABLE logged DROP COLUMN what
$$);
TABLE compared;

-- Indexes, sequences, views, triggers, policies, rules, statistics, comments.
CALL compare($$
ALTER INDEX orders_code RENAME TO orders_code2
ALTER INDEX orders_code SET (fillfactor = 50)
CREATE TABLE x (id int REFERENCES orders)
CREATE TABLE x (LIKE orders INCLUDING ALL)
CREATE INDEX x ON orders (note)
CREATE INDEX orders_code ON orders (note)
CREATE INDEX IF NOT EXISTS orders_code ON orders (note)
CREATE UNIQUE INDEX x ON orders (lower(note))
CREATE INDEX ON totals (total)
DROP INDEX orders_code
DROP INDEX orders_pkey
DROP INDEX totals_customer
DROP VIEW cheap
DROP VIEW cheaper
DROP VIEW cheap CASCADE
DROP MATERIALIZED VIEW totals
DROP SEQUENCE free
DROP SEQUENCE orders_id_seq
DROP SEQUENCE orders_id_seq CASCADE
ALTER SEQUENCE free RESTART
ALTER SEQUENCE free OWNED BY orders.amount
ALTER SEQUENCE orders_id_seq AS bigint
ALTER SEQUENCE orders_id_seq OWNED BY NONE
CREATE SEQUENCE s OWNED BY orders.amount
DROP TRIGGER orders_touch ON orders
CREATE TRIGGER z AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch()
CREATE OR REPLACE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch()
ALTER TRIGGER orders_touch ON orders RENAME TO z
DROP POLICY orders_own ON orders
CREATE POLICY p ON orders USING (amount > 0)
ALTER POLICY orders_own ON orders USING (amount > 0)
CREATE STATISTICS st ON note, code FROM orders
DROP STATISTICS orders_stats
COMMENT ON TABLE orders IS 'x'
COMMENT ON COLUMN orders.note IS 'x'
COMMENT ON INDEX orders_code IS 'x'
COMMENT ON CONSTRAINT positive ON orders IS 'x'
COMMENT ON TRIGGER orders_touch ON orders IS 'x'
COMMENT ON VIEW cheap IS 'x'
CREATE VIEW v AS SELECT * FROM orders JOIN customers ON customers.id = orders.customer
CREATE OR REPLACE VIEW cheaper AS SELECT id, price FROM cheap WHERE price < 4
CREATE VIEW v AS WITH c AS (SELECT * FROM items) SELECT * FROM c
ALTER VIEW cheap RENAME TO cheap2
ALTER VIEW cheap ALTER price SET DEFAULT 3
CLUSTER orders USING orders_code
REINDEX TABLE orders
REINDEX INDEX orders_code
CREATE RULE r AS ON INSERT TO items DO ALSO NOTHING
CREATE TABLE customers (id int)
ALTER MATERIALIZED VIEW totals RENAME TO totals2
ALTER MATERIALIZED VIEW totals SET (fillfactor=50)
CREATE TABLE y AS SELECT * FROM orders
DROP RULE watch ON watched
CREATE RULE w2 AS ON INSERT TO watched DO ALSO INSERT INTO logged VALUES (NEW.id)
ALTER STATISTICS orders_stats SET STATISTICS 100
CREATE MATERIALIZED VIEW mv AS SELECT * FROM orders WITH NO DATA
$$);
TABLE compared;

-- What a dropped table takes along.
CALL compare($$
DROP TABLE items
DROP TABLE orders
DROP TABLE orders CASCADE
DROP TABLE customers CASCADE
DROP TABLE IF EXISTS nope
DROP TABLE items, orders CASCADE
DROP TABLE logged
$$);
TABLE compared;

-- The session decides: no rewrite under UTC, one elsewhere.
SELECT * FROM rehearsed('ALTER TABLE orders ALTER at TYPE timestamptz');
SET timezone = 'Europe/Paris';
SELECT * FROM rehearsed('ALTER TABLE orders ALTER at TYPE timestamptz');
SET timezone = 'UTC';
-- Another place for new objects, and names that are not in the search_path.
SET search_path = other, public;
SELECT * FROM public.rehearsed('ALTER TABLE nothing ADD x int; CREATE TABLE fresh (x int); CREATE INDEX ON fresh (x); ALTER TABLE other.fresh ADD y int');
RESET search_path;
SELECT * FROM rehearsed('ALTER TABLE other.nothing ADD x int');

-- Each statement is judged in the state that those before it leave.
SELECT * FROM rehearsed($$
CREATE TYPE public.state AS ENUM ('a', 'b');
ALTER TABLE orders ADD COLUMN state public.state NOT NULL DEFAULT 'a';
CREATE INDEX orders_state ON orders (state);
DROP INDEX orders_state;
ALTER TABLE orders ADD CONSTRAINT note_there CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT note_there;
ALTER TABLE orders ALTER note SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT note_there;
CREATE TABLE tags (id serial PRIMARY KEY, name text);
ALTER TABLE ONLY public.tags ALTER COLUMN id SET DEFAULT nextval('public.tags_id_seq'::regclass);
ALTER TABLE tags ADD order_id int REFERENCES orders;
CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION public.stamp();
ALTER TABLE orders ALTER price TYPE numeric(12,4);
DROP VIEW cheaper, cheap;
ALTER TABLE orders ALTER price TYPE numeric(12,4);
ALTER TABLE orders RENAME TO sales;
ALTER TABLE sales ADD COLUMN z int;
ALTER TABLE orders ADD COLUMN z int;
DROP TABLE customers;
DROP TABLE customers CASCADE;
CREATE TABLE customers (x int);
ALTER TABLE customers ADD COLUMN y int;
CREATE SCHEMA app;
SET search_path = app, public;
CREATE TABLE users (id int PRIMARY KEY);
ALTER TABLE sales ADD FOREIGN KEY (z) REFERENCES users;
SET lock_timeout = '1s';
CREATE TABLE app.nodes (id int PRIMARY KEY, parent int REFERENCES nodes, twin int, FOREIGN KEY (twin) REFERENCES app.nodes);
CREATE TABLE sums AS SELECT z, count(*) AS n FROM sales GROUP BY z;
ALTER TABLE sums ALTER n TYPE int
$$);

-- What is not rehearsed, and why.
SELECT * FROM rehearsed($$
UPDATE orders SET note = 'x'; INSERT INTO orders DEFAULT VALUES; SELECT 1; DO 'BEGIN END'; CALL compare(''); BEGIN; TRUNCATE orders; VACUUM FULL orders;
CREATE TEMP TABLE x (a int); ALTER TABLE pg_class ADD x int; ALTER TABLE hotswap._migrations ADD x int; GRANT SELECT ON orders TO PUBLIC;
DROP SCHEMA public CASCADE; DROP OWNED BY CURRENT_USER; ALTER TYPE mood ADD VALUE 'good'; ALTER DOMAIN positive_int ADD CHECK (VALUE < 10);
CREATE INDEX CONCURRENTLY x ON orders (note); ALTER TABLE parts DETACH PARTITION parts_1 CONCURRENTLY; SET session_replication_role = replica;
REFRESH MATERIALIZED VIEW totals; REINDEX TABLE parts; REINDEX TABLE CONCURRENTLY orders; CLUSTER; CREATE EXTENSION nothing; COPY orders FROM STDIN
$$);
-- After a statement that changes what is there and was not rehearsed, an error is no verdict. CONCURRENTLY is only taken out.
SELECT * FROM rehearsed('CREATE INDEX CONCURRENTLY x ON orders (note); DROP INDEX x; DO $$BEGIN END$$; DROP INDEX x');
SELECT refused('SELECT * FROM hotswap._rehearse(''ALTER TABLE orders ADD x int; ALTER TABLE'')');
SELECT refused('SELECT * FROM hotswap._rehearse(NULL)');

-- Event triggers are for what stays: not for clones.
CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no DDL here''; END';
CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION no_ddl();
SELECT * FROM rehearsed('ALTER TABLE orders ADD COLUMN z int; DROP TABLE items');
DROP EVENT TRIGGER no_ddl;

-- Rights: an owner needs not be able to create anything; others are told; and a superuser never calls an owner's functions as himself.
\set ECHO none
CREATE ROLE rehearsal_owner; CREATE ROLE rehearsal_other;
GRANT USAGE ON SCHEMA other TO rehearsal_owner, rehearsal_other;
GRANT EXECUTE ON FUNCTION hotswap._rehearse(text) TO rehearsal_owner, rehearsal_other;
CREATE TABLE other.mine (id int PRIMARY KEY, v text);
CREATE FUNCTION other.who(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
ALTER FUNCTION other.who OWNER TO rehearsal_owner;
ALTER TABLE other.mine OWNER TO rehearsal_owner;
\set ECHO queries
SET ROLE rehearsal_owner;
SELECT * FROM rehearsed('ALTER TABLE other.mine ADD COLUMN z int; ALTER TABLE other.mine ALTER id TYPE bigint; CREATE INDEX ON other.mine (v)');
SET ROLE rehearsal_other;
SELECT * FROM rehearsed('ALTER TABLE other.mine ADD COLUMN z int');
RESET ROLE;
SELECT * FROM rehearsed('ALTER TABLE other.mine ADD COLUMN z int; ALTER TABLE other.mine ADD CHECK (other.who(1) > 0); CREATE INDEX ON other.mine ((other.who(1)))');

-- A trap: a function of the owner's, called while his index is cloned, makes another one where the caller's statement might find it.
\set ECHO none
CREATE FUNCTION other.set_trap() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^_hotswap_rehearsal' AND has_schema_privilege(oid, 'CREATE') LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION %I.harmless(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS %L', place,
                       'BEGIN RAISE EXCEPTION ''caught by %'', current_user; END');
    END LOOP;
END $$;
ALTER FUNCTION other.set_trap OWNER TO rehearsal_owner;
CREATE FUNCTION other.trap(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM other.set_trap(); RETURN $1; END $$;
ALTER FUNCTION other.trap OWNER TO rehearsal_owner;
CREATE FUNCTION public.harmless(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE other.baited (id int);
ALTER TABLE other.baited OWNER TO rehearsal_owner;
CREATE INDEX ON other.baited ((id + other.trap(1)));
\set ECHO queries
SELECT * FROM rehearsed('CREATE TYPE kind AS ENUM (); CREATE TABLE fine (id int); ALTER TABLE other.baited ADD z int; CREATE INDEX ON fine ((id + harmless(2)))');

-- In a transaction of the caller's: what he has done is there, his locks stay, and nothing of the rehearsal does.
BEGIN;
ALTER TABLE orders ADD COLUMN z int;
DROP TABLE logged CASCADE;
SELECT * FROM rehearsed('ALTER TABLE orders DROP COLUMN z; ALTER TABLE orders ADD COLUMN z int; ALTER TABLE items ADD COLUMN z int; CREATE TABLE logged (a int)');
SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND l.mode = 'AccessExclusiveLock' ORDER BY 1;
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL AND relation NOT IN (SELECT oid FROM pg_class);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM rehearsed('ALTER TABLE orders ADD COLUMN z int');
ROLLBACK;
BEGIN READ ONLY;
SELECT * FROM rehearsed('ALTER TABLE orders ADD COLUMN z int');
ROLLBACK;
SELECT count(*) FROM pg_class, (SELECT hotswap._rehearse('ALTER TABLE orders ADD COLUMN z int')) x WHERE relname = 'orders';

-- Nothing is left.
CREATE TEMP TABLE relations AS SELECT count(*) + 1 AS count FROM pg_class;
SELECT count(*) FROM rehearsed('ALTER TABLE orders ALTER body TYPE jsonb USING NULL; CREATE TABLE x AS SELECT 1 AS a; CREATE INDEX ON orders (at)');
SELECT count(*) = (SELECT count FROM relations) FROM pg_class;
SELECT count(*) FROM pg_namespace WHERE nspname ~ 'rehears';
\set ECHO none
DROP OWNED BY rehearsal_owner, rehearsal_other; DROP ROLE rehearsal_owner, rehearsal_other;
DROP SCHEMA other CASCADE; DROP EXTENSION hotswap CASCADE;
