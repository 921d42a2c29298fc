-- INSERT, UPDATE, DELETE, MERGE, COPY and SELECT in a migration script. Indexes are preferred, so that the plan for an indexed
-- condition does not depend on how small the table is.

INSERT INTO plain (a, b) VALUES (1, 'x');
INSERT INTO plain (a) SELECT id FROM employees;
INSERT INTO plain SELECT * FROM plain;
INSERT INTO orders (customer_id) VALUES (5);
INSERT INTO items VALUES (5, 2, 'y') ON CONFLICT (order_id, nr) DO UPDATE SET product = 'z';
INSERT INTO events VALUES (1, '2024-02-02', 'eu', 1);
INSERT INTO attic.relics VALUES (1000, 'z') RETURNING id;
INSERT INTO open_orders (customer_id, status) VALUES (1, 'new');
UPDATE plain SET b = 'x';
UPDATE plain SET b = 'x' WHERE a < 10;
UPDATE orders SET note = 'x';
UPDATE orders SET note = 'x' WHERE id = 5;
UPDATE orders SET note = 'x' WHERE price > 50;
UPDATE orders o SET note = c.name FROM customers c WHERE c.id = o.customer_id;
UPDATE orders SET note = (SELECT max(b) FROM plain) WHERE id = 7;
UPDATE animals SET name = 'x';
UPDATE ONLY animals SET name = 'x';
UPDATE events SET v = 0;
UPDATE events SET v = 0 WHERE at = '2024-03-02';
UPDATE readings SET unit = 'K';
DELETE FROM items;
DELETE FROM items WHERE order_id = 5;
DELETE FROM orders WHERE id = 1999;
DELETE FROM documents USING plain WHERE plain.a = documents.id;
DELETE FROM scratch;
DELETE FROM puppies WHERE id IN (SELECT id FROM employees);
WITH gone AS (DELETE FROM scratch RETURNING *) INSERT INTO void SELECT id, v FROM gone;
MERGE INTO void USING plain ON void.id = plain.a WHEN NOT MATCHED THEN INSERT VALUES (plain.a, plain.b);
SELECT 1;
SELECT count(*) FROM orders;
SELECT * FROM orders WHERE id = 5 FOR UPDATE;
SELECT * FROM open_names LIMIT 1;
COPY plain TO '/dev/null';
COPY (SELECT * FROM customers) TO '/dev/null';
COPY plain (a) FROM '/dev/null';
PREPARE fresh AS SELECT * FROM orders;
EXPLAIN UPDATE plain SET b = 'x';
SET LOCAL work_mem = '8MB';
-- script
CREATE TABLE fresh_0 (id integer, v text);
INSERT INTO fresh_0 SELECT a, b FROM plain;
UPDATE fresh_0 SET v = 'x';

