-- What the statements of the corpus are run on: something of all that a schema can have, about a hundred rows a table
-- (2000 in orders, so that the planner likes its indexes). Loaded once; every copy of it is a copy of the database.
-- SPDX-License-Identifier: PostgreSQL
CREATE ROLE app_owner;
CREATE ROLE app_reader;
CREATE SCHEMA app;
CREATE SCHEMA attic;
SET search_path = app, public;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE side LOCATION '';

-- types
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TYPE address AS (street text, zip varchar(10));
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE entry AS (nr integer, label text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE DOMAIN email AS text CONSTRAINT email_at CHECK (VALUE LIKE '%@%');
CREATE DOMAIN positive AS integer CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE DOMAIN label AS varchar(20);
CREATE DOMAIN spare AS integer;

-- functions
CREATE FUNCTION add_one(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION forty_two() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 42';
CREATE FUNCTION dice() RETURNS integer LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN (random() * 6)::integer; END';
CREATE FUNCTION this_year() RETURNS integer LANGUAGE plpgsql STABLE AS 'BEGIN RETURN extract(year FROM now()); END';
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper($1); END';
CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE SEQUENCE tickets;
CREATE SEQUENCE spare_numbers AS smallint;

-- foreign keys both ways, self reference
CREATE TABLE customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(40) NOT NULL,
    mail email,
    home address,
    feeling mood DEFAULT 'ok',
    phone text,
    code varchar(20) UNIQUE,
    country char(2) DEFAULT 'DE',
    balance numeric(10,2) DEFAULT 0 CHECK (balance > -1000),
    joined timestamp DEFAULT now(),
    seen timestamptz DEFAULT now(),
    net cidr,
    flags bit varying(8),
    extra json,
    tags text[],
    age integer,
    title text DEFAULT 'Dr'
);
INSERT INTO customers (name, mail, home, phone, code, joined, net, flags, extra, tags, age)
SELECT 'name ' || i, 'm' || i || '@example.org', row('street ' || i, '1000' || i)::address, '0' || i, 'c' || i,
       timestamp '2024-01-01' + i * interval '1 day', '10.0.0.0/8', B'1010', '{"a": 1}', ARRAY['a', 'b'], 20 + i % 50
  FROM generate_series(1, 100) i;
CREATE INDEX customers_name ON customers (name);
CREATE INDEX customers_lower_name ON customers (lower(name));
CREATE INDEX customers_tags ON customers USING gin (tags);
CREATE INDEX customers_young ON customers (age) WHERE age < 30;

CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    status varchar(20) NOT NULL DEFAULT 'new',
    quantity integer NOT NULL DEFAULT 1,
    price numeric(10,2),
    total numeric GENERATED ALWAYS AS (quantity * price) STORED,
    note text,
    shipped date,
    placed timestamp DEFAULT now(),
    ticket integer DEFAULT nextval('tickets')
);
INSERT INTO orders (customer_id, quantity, price, note, shipped) SELECT 1 + i % 100, 1 + i % 5, i % 90, 'note ' || i, CASE WHEN i % 10 > 0 THEN date '2024-01-01' + i % 300 END FROM generate_series(1, 2000) i;
CREATE INDEX orders_customer ON orders (customer_id) INCLUDE (status);
CREATE INDEX orders_status ON orders (status);
CREATE UNIQUE INDEX orders_ticket ON orders (ticket);
CREATE STATISTICS orders_stat ON customer_id, status FROM orders;
CREATE TRIGGER orders_keep BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER orders_after AFTER DELETE ON orders FOR EACH STATEMENT EXECUTE FUNCTION ignore();

CREATE TABLE items (
    order_id bigint REFERENCES orders ON DELETE CASCADE,
    nr integer,
    product text NOT NULL,
    amount positive DEFAULT 1,
    CONSTRAINT items_key PRIMARY KEY (order_id, nr)
);
INSERT INTO items SELECT i, 1, 'product ' || i % 7, 1 + i % 3 FROM generate_series(1, 100) i;

CREATE TABLE employees (
    id integer PRIMARY KEY,
    boss integer CONSTRAINT employees_boss REFERENCES employees DEFERRABLE INITIALLY DEFERRED,
    badge integer CONSTRAINT employees_badge UNIQUE DEFERRABLE,
    name text
);
INSERT INTO employees SELECT i, nullif(i / 2, 0), i, 'e' || i FROM generate_series(1, 100) i;

-- constraints of every kind
CREATE TABLE bookings (
    id integer PRIMARY KEY,
    during tsrange NOT NULL,
    room integer,
    guest integer,
    CONSTRAINT bookings_no_overlap EXCLUDE USING gist (during WITH &&)
);
INSERT INTO bookings SELECT i, tsrange(timestamp '2024-01-01' + i * interval '1 day', timestamp '2024-01-01' + i * interval '1 day' + interval '1 hour'), i % 9, i FROM generate_series(1, 100) i;
ALTER TABLE bookings ADD CONSTRAINT bookings_guest FOREIGN KEY (guest) REFERENCES customers NOT VALID;
ALTER TABLE bookings ADD CONSTRAINT bookings_room CHECK (room >= 0) NOT VALID;

-- CHECKs that prove what SET NOT NULL and ATTACH PARTITION have to know
CREATE TABLE proven (
    id integer,
    a integer CONSTRAINT proven_a CHECK (a IS NOT NULL),
    b integer CONSTRAINT proven_b CHECK (b > 0 AND b IS NOT NULL),
    c integer,
    d integer
);
INSERT INTO proven SELECT i, i, i, i, i FROM generate_series(1, 100) i;
ALTER TABLE proven ADD CONSTRAINT proven_c CHECK (c IS NOT NULL) NOT VALID;
CREATE UNIQUE INDEX proven_id ON proven (id);
CREATE UNIQUE INDEX proven_d ON proven (d);
CREATE INDEX proven_a_b ON proven (a, b);

-- tables of every kind
CREATE TABLE plain (a integer, b text, c varchar(10), d timestamptz, e integer);
INSERT INTO plain SELECT i, 'b' || i, 'c' || i, now(), i FROM generate_series(1, 100) i;
CREATE RULE plain_rule AS ON DELETE TO plain DO ALSO NOTHING;
CREATE UNLOGGED TABLE scratch (id serial PRIMARY KEY, v text);
INSERT INTO scratch (v) SELECT 'v' || i FROM generate_series(1, 100) i;
CREATE TABLE tight (id integer PRIMARY KEY, v integer, gone integer) WITH (fillfactor = 70, autovacuum_enabled = off);
INSERT INTO tight SELECT i, i, i FROM generate_series(1, 100) i;
ALTER TABLE tight DROP COLUMN gone;
ALTER TABLE tight CLUSTER ON tight_pkey;
CREATE TABLE documents (id integer PRIMARY KEY, body text, raw bytea);
ALTER TABLE documents ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO documents SELECT i, repeat(md5(i::text), 200), decode(repeat(md5(i::text), 10), 'hex') FROM generate_series(1, 100) i;
CREATE TABLE shape (x integer, y text);
INSERT INTO shape SELECT i, 'y' FROM generate_series(1, 100) i;
CREATE TABLE types_used (id integer PRIMARY KEY, l label, s span, p pair[], w positive, r shape);
INSERT INTO types_used (id, l, s, p, w) SELECT i, 'l' || i, span(i, i + 1), ARRAY[row(i, 'x')::pair], i FROM generate_series(1, 100) i;
CREATE TABLE typed OF entry (nr PRIMARY KEY);
INSERT INTO typed SELECT i, 'l' || i FROM generate_series(1, 100) i;
CREATE TABLE "Odd Name" ("Id" integer PRIMARY KEY, "the Text" text);
INSERT INTO "Odd Name" SELECT i, 't' || i FROM generate_series(1, 100) i;
CREATE TABLE secrets (id integer PRIMARY KEY, owner name DEFAULT current_user, v text);
INSERT INTO secrets SELECT i, 'postgres', 'v' FROM generate_series(1, 100) i;
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY secrets_own ON secrets USING (owner = current_user);
CREATE POLICY secrets_by_employee ON secrets FOR UPDATE USING (EXISTS (SELECT 1 FROM bookings b WHERE b.id = secrets.id));
CREATE TABLE attic.relics (id integer PRIMARY KEY, v text);
INSERT INTO attic.relics SELECT i, 'v' FROM generate_series(1, 100) i;
CREATE TABLE attic."select" (id integer PRIMARY KEY, relic integer REFERENCES attic.relics);
INSERT INTO attic."select" SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE void (id integer, v text);

-- inheritance
CREATE TABLE animals (id integer, name text, legs integer DEFAULT 4, CONSTRAINT animals_legs CHECK (legs < 1000));
CREATE TABLE dogs (bark text) INHERITS (animals);
CREATE TABLE puppies (age integer) INHERITS (dogs);
CREATE TABLE stray (id integer, name text, legs integer, bark text, CONSTRAINT animals_legs CHECK (legs < 1000));
INSERT INTO animals SELECT i, 'a' FROM generate_series(1, 100) i;
INSERT INTO dogs SELECT i, 'd', 4, 'wau' FROM generate_series(1, 100) i;
INSERT INTO puppies SELECT i, 'p', 4, 'wiff', 1 FROM generate_series(1, 100) i;
INSERT INTO stray SELECT i, 's', 4 FROM generate_series(1, 100) i;

-- partitions: range over list, with a default; hash; candidates for ATTACH
CREATE TABLE events (id integer NOT NULL, at date NOT NULL, region text NOT NULL, v integer, PRIMARY KEY (id, at, region)) PARTITION BY RANGE (at);
CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region);
CREATE TABLE events_2024_eu PARTITION OF events_2024 FOR VALUES IN ('eu');
CREATE TABLE events_2024_us PARTITION OF events_2024 FOR VALUES IN ('us');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_v ON events (v);
CREATE INDEX events_at ON ONLY events (at);
INSERT INTO events SELECT i, date '2023-01-01' + i * 2, CASE WHEN i % 2 = 0 THEN 'eu' ELSE 'us' END, i FROM generate_series(1, 360) i;
INSERT INTO events SELECT i, date '2030-01-01', 'eu', i FROM generate_series(1000, 1099) i;
CREATE TABLE events_2025 (id integer NOT NULL, at date NOT NULL, region text NOT NULL, v integer);
INSERT INTO events_2025 SELECT i, date '2025-01-01' + i, 'eu', i FROM generate_series(1, 100) i;
CREATE TABLE events_2026 (LIKE events_2025, CONSTRAINT in_2026 CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
INSERT INTO events_2026 SELECT i, date '2026-01-01' + i, 'eu', i FROM generate_series(1, 100) i;
CREATE TABLE event_log (id integer, at date, region text, FOREIGN KEY (id, at, region) REFERENCES events);
INSERT INTO event_log SELECT id, at, region FROM events LIMIT 100;
CREATE TABLE readings (sensor integer NOT NULL, v float8, unit text DEFAULT 'C') PARTITION BY HASH (sensor);
CREATE TABLE readings_0 PARTITION OF readings FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO readings SELECT i, i FROM generate_series(1, 200) i;
CREATE TABLE sales (id integer, customer_id integer REFERENCES customers, day date) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
INSERT INTO sales SELECT i, 1 + i % 100, date '2024-01-01' + i FROM generate_series(1, 300) i;
CREATE TRIGGER sales_keep BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION keep();

-- views and what is made of them
CREATE VIEW open_orders AS SELECT id, customer_id, status, price FROM orders WHERE shipped IS NULL;
CREATE VIEW open_names AS SELECT o.id, c.title FROM open_orders o JOIN customers c ON c.id = o.customer_id;
CREATE VIEW all_relics WITH (security_barrier) AS SELECT id FROM attic.relics;
CREATE TRIGGER open_names_instead INSTEAD OF INSERT ON open_names FOR EACH ROW EXECUTE FUNCTION keep();
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(price) AS total FROM orders GROUP BY customer_id;
CREATE UNIQUE INDEX totals_customer ON totals (customer_id);
CREATE MATERIALIZED VIEW top_totals AS SELECT * FROM totals WHERE total > 100;
CREATE INDEX top_totals_total ON top_totals (total);
CREATE MATERIALIZED VIEW idle AS SELECT 1 AS one WITH NO DATA;

-- neighbours
CREATE PUBLICATION some_tables FOR TABLE orders, customers (id, title);
CREATE PUBLICATION whole_schema FOR TABLES IN SCHEMA attic;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far_things (id integer, v text) SERVER far;
GRANT SELECT ON orders, customers TO app_reader;
CREATE TABLE sales_more (id integer, customer_id integer, day date);
CREATE TABLE sales_2025 (id integer, customer_id integer, day date NOT NULL, CHECK (day >= '2025-01-01' AND day < '2026-01-01'));
CREATE TABLE sales_linked (id integer, customer_id integer REFERENCES customers, day date);
INSERT INTO sales_more SELECT i, i, date '2025-02-01' + i FROM generate_series(1, 100) i;
INSERT INTO sales_2025 SELECT * FROM sales_more;
INSERT INTO sales_linked SELECT * FROM sales_more;
CREATE TABLE asian (LIKE events_2025);
INSERT INTO asian SELECT i, date '2024-05-05', 'asia', i FROM generate_series(1, 100) i;
CREATE TABLE more (LIKE events_2025) PARTITION BY RANGE (id);
CREATE TABLE more_1 PARTITION OF more FOR VALUES FROM (1) TO (1000);
INSERT INTO more SELECT i, date '2028-05-05', 'eu', i FROM generate_series(1, 100) i;
CREATE INDEX events_2023_by_at ON events_2023 (at);
CREATE TABLE away (a integer, b integer CONSTRAINT away_b CHECK (b IS NOT NULL)) TABLESPACE side;
INSERT INTO away SELECT i, i FROM generate_series(1, 100) i;
CREATE UNIQUE INDEX away_a ON away (a);
CREATE UNIQUE INDEX away_b_a ON away (b, a);
CREATE FUNCTION limited(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE INDEX away_limited ON away (limited(a));
ALTER TABLE away ADD CHECK (limited(a) > 0) NOT VALID;
ALTER TABLE away OWNER TO app_owner;
ALTER TABLE animals ADD CONSTRAINT animals_named CHECK (name <> '') NOT VALID;
ALTER TABLE readings ADD CONSTRAINT readings_v CHECK (v IS NOT NULL) NOT VALID;
ALTER TABLE stray ADD CONSTRAINT animals_named CHECK (name <> '');
ALTER DOMAIN positive ADD CONSTRAINT positive_below CHECK (VALUE < 100000) NOT VALID;
CREATE TYPE ticket AS (nr integer, v text);
CREATE TABLE untyped (nr integer, v text);
CREATE PROCEDURE clear_plain() LANGUAGE sql AS 'DELETE FROM plain';
COMMENT ON TABLE orders IS 'What customers want';
ANALYZE;
