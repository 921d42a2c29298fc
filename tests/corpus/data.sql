-- INSERT, UPDATE, DELETE, MERGE, COPY and SELECT in a migration script. Where an index helps, only the planner knows whether it
-- is used; enable_seqscan = off makes it do so on tables as small as these.

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
-- set enable_seqscan = off
DELETE FROM items WHERE order_id = 5;
-- set enable_seqscan = off
DELETE FROM orders WHERE id = 1999;
-- set enable_seqscan = off
-- set enable_mergejoin = off
-- set enable_hashjoin = off
DELETE FROM documents USING plain WHERE plain.a = documents.id;
DELETE FROM scratch;
DELETE FROM puppies WHERE id IN (SELECT id FROM employees);
WITH gone AS (DELETE FROM scratch RETURNING *) INSERT INTO void SELECT id, v FROM gone;
MERGE INTO void USING plain ON void.id = plain.a WHEN NOT MATCHED THEN INSERT VALUES (plain.a, plain.b);
MERGE INTO tight t USING scratch s ON t.v = s.id WHEN MATCHED THEN UPDATE SET v = 0;
-- set enable_seqscan = off
-- set enable_hashjoin = off
-- set enable_mergejoin = off
MERGE INTO customers c USING (VALUES (5, 'x'), (6, 'y')) v (id, name) ON c.id = v.id WHEN MATCHED THEN UPDATE SET name = v.name;
MERGE INTO orders o USING plain p ON o.id = p.a + 1950 WHEN MATCHED THEN UPDATE SET note = p.b WHEN NOT MATCHED THEN INSERT (customer_id) VALUES (1);
MERGE INTO items i USING plain p ON i.order_id = p.a AND i.nr = 1 WHEN MATCHED THEN DELETE;
MERGE INTO events e USING plain p ON e.id = p.a AND e.at = '2024-03-02' WHEN MATCHED THEN UPDATE SET v = 1;
MERGE INTO documents d USING open_names n ON d.body = n.title WHEN MATCHED THEN UPDATE SET body = 'x';
UPDATE plain SET b = 'x' FROM open_names n WHERE n.title = plain.b;
DELETE FROM plain USING open_names n WHERE n.title = plain.b;
UPDATE open_orders SET status = 'x';
UPDATE open_orders SET status = 'x' WHERE id = 5;
DELETE FROM open_orders;
INSERT INTO plain (b) SELECT title FROM open_names;
SELECT 1;
SELECT count(*) FROM orders;
SELECT * FROM orders WHERE id = 5 FOR UPDATE;
SELECT * FROM open_names;
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

-- set enable_seqscan = off
UPDATE attic.relics SET v = 'new' WHERE id BETWEEN 5 AND 7;
UPDATE secrets SET v = 'x' WHERE v = 'v';
UPDATE customers SET name = 'x', phone = DEFAULT;
UPDATE items SET amount = 2 WHERE product LIKE 'product%';
INSERT INTO sales_1 VALUES (1, 1, '2024-02-02');
INSERT INTO employees (id, name) VALUES (1000, 'x');
INSERT INTO types_used (id, w) SELECT a + 1000, e FROM plain;
DELETE FROM attic."select";
DELETE FROM event_log;
WITH moved AS (DELETE FROM sales_more RETURNING *) INSERT INTO stray (id) SELECT id FROM moved;
