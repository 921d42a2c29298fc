-- CREATE TABLE, CREATE VIEW and others that make something new beside what is there.

CREATE TABLE fresh (id integer PRIMARY KEY, v text);
CREATE TABLE IF NOT EXISTS orders (id integer);
CREATE TABLE IF NOT EXISTS fresh (id integer GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now());
CREATE TABLE fresh (id serial PRIMARY KEY, customer integer REFERENCES customers);
CREATE TABLE fresh (id integer, o bigint, c integer, FOREIGN KEY (o) REFERENCES orders ON DELETE CASCADE, FOREIGN KEY (c) REFERENCES customers (id));
CREATE TABLE fresh (id integer PRIMARY KEY, parent integer REFERENCES fresh);
CREATE TABLE fresh (id integer, at date, region text, FOREIGN KEY (id, at, region) REFERENCES events);
CREATE TABLE fresh (c integer REFERENCES customers DEFERRABLE INITIALLY DEFERRED) PARTITION BY HASH (c);
CREATE TABLE fresh (relic integer REFERENCES attic.relics);
CREATE TABLE fresh (LIKE orders);
CREATE TABLE fresh (LIKE orders INCLUDING ALL);
CREATE TABLE fresh (LIKE customers INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES, more integer);
CREATE TABLE fresh (LIKE open_orders);
CREATE TABLE cats (purr integer) INHERITS (animals);
CREATE TABLE cats () INHERITS (dogs, shape);
CREATE UNLOGGED TABLE fresh (id integer, m mood, e email);
CREATE TEMPORARY TABLE fresh (id integer) ON COMMIT DROP;
CREATE TEMP TABLE orders AS SELECT * FROM customers;
CREATE TABLE fresh OF entry;
CREATE TABLE fresh (f shape, c customers);
CREATE TABLE attic.fresh (id integer);
CREATE TABLE fresh AS SELECT * FROM orders;
CREATE TABLE fresh AS SELECT * FROM orders WITH NO DATA;
CREATE TABLE fresh AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE TABLE fresh AS TABLE open_orders;
CREATE TABLE IF NOT EXISTS fresh AS SELECT count(*) FROM events;
SELECT * INTO fresh FROM plain;
CREATE FOREIGN TABLE farther (id integer) SERVER far;

CREATE VIEW fresh AS SELECT * FROM orders;
CREATE OR REPLACE VIEW fresh AS SELECT 1 AS one;
CREATE OR REPLACE VIEW open_orders AS SELECT id, customer_id, status, price FROM orders WHERE shipped IS NULL AND price > 0;
CREATE OR REPLACE VIEW open_orders AS SELECT id, customer_id, status, price, note FROM orders;
CREATE OR REPLACE VIEW all_relics WITH (security_barrier = false) AS SELECT id FROM attic.relics;
CREATE VIEW fresh AS SELECT * FROM open_names;
CREATE VIEW fresh WITH (security_invoker) AS SELECT o.id FROM orders o WHERE o.id > 0 WITH CASCADED CHECK OPTION;
CREATE VIEW fresh AS SELECT e.id FROM events e;
CREATE TEMP VIEW fresh AS SELECT * FROM plain;
CREATE RECURSIVE VIEW fresh (n) AS SELECT id FROM employees WHERE boss IS NULL UNION ALL SELECT e.id FROM employees e JOIN fresh ON fresh.n = e.boss;
CREATE MATERIALIZED VIEW fresh AS SELECT * FROM plain;
CREATE MATERIALIZED VIEW fresh AS SELECT sum(total) FROM totals WITH NO DATA;
CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT 1;
CREATE SCHEMA fresh;
CREATE SCHEMA fresh CREATE TABLE inner_one (c integer REFERENCES app.customers);
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE FUNCTION fresh() RETURNS SETOF orders LANGUAGE sql AS 'SELECT * FROM orders';
CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE FUNCTION fresh() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM orders; END;
CREATE AGGREGATE fresh(integer) (sfunc = int4pl, stype = integer);
CREATE CAST (shape AS text) WITH INOUT;
CREATE PROCEDURE fresh() LANGUAGE sql AS 'DELETE FROM plain';
CREATE ROLE fresh;

-- script
CREATE TABLE fresh_1 (id integer PRIMARY KEY, v text);
ALTER TABLE fresh_1 ADD COLUMN x uuid DEFAULT gen_random_uuid();

-- script
CREATE TABLE fresh_2 (id integer PRIMARY KEY, customer integer);
ALTER TABLE fresh_2 ADD FOREIGN KEY (customer) REFERENCES customers;

-- script
CREATE TABLE fresh_3 (id integer PRIMARY KEY, v text);
CREATE INDEX ON fresh_3 (v);

-- script
CREATE TABLE fresh_4 AS SELECT * FROM plain;
ALTER TABLE fresh_4 ALTER COLUMN a TYPE bigint;
DROP TABLE fresh_4;

CREATE VIEW fresh AS WITH old AS (SELECT * FROM attic.relics) SELECT old.id, (SELECT max(id) FROM employees) AS most FROM old;
CREATE OR REPLACE VIEW open_names AS SELECT o.id, c.title, c.code FROM open_orders o JOIN customers c ON c.id = o.customer_id;
CREATE MATERIALIZED VIEW fresh AS SELECT * FROM open_names;
CREATE TABLE fresh (LIKE shape, LIKE plain INCLUDING DEFAULTS, client integer CONSTRAINT known REFERENCES customers ON UPDATE CASCADE);
CREATE TABLE fresh (a integer, EXCLUDE USING btree (a WITH =), e email NOT NULL, PRIMARY KEY (a, e));
CREATE TABLE fresh PARTITION OF sales FOR VALUES FROM ('2030-01-01') TO ('2031-01-01') TABLESPACE side;
CREATE TABLE fresh (LIKE events INCLUDING ALL);
CREATE TABLE fresh AS VALUES (1, 'a'), (2, 'b');
CREATE TABLE fresh AS SELECT id FROM animals UNION SELECT id FROM ONLY dogs;
CREATE FUNCTION fresh(orders) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.note';
