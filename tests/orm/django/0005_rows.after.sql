INSERT INTO shop_address (customer_id, street, town, country) SELECT 1 + i % 300, i || ' Main Street', 'Town ' || i % 20, CASE WHEN i % 5 = 0 THEN 'AT' ELSE 'DE' END FROM generate_series(1, 350) AS i;
UPDATE shop_order SET address_id = 1 + id % 350 WHERE id % 2 = 0;
UPDATE shop_category SET parent_id = id - 1 WHERE id % 4 > 1;
