INSERT INTO shop_category (name) SELECT 'Section ' || i FROM generate_series(1, 12) AS i;
INSERT INTO shop_customer (name, email, phone) SELECT 'Customer ' || i, 'c' || i || '@example.org', CASE WHEN i % 3 = 0 THEN '' ELSE '+49 30 ' || i END FROM generate_series(1, 300) AS i;
INSERT INTO shop_product (title, price, category_id) SELECT 'Thing No. ' || i, i * 1.25, 1 + i % 12 FROM generate_series(1, 200) AS i;
INSERT INTO shop_order (customer_id, placed_at, status) SELECT 1 + i % 300, date '2021-01-01' + i, CASE WHEN i % 5 = 0 THEN 'new' ELSE 'sent' END FROM generate_series(1, 500) AS i;
INSERT INTO shop_orderline (order_id, product_id, quantity) SELECT 1 + i % 500, 1 + (i * 7) % 200, 1 + i % 9 FROM generate_series(1, 800) AS i;
