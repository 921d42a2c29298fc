INSERT INTO shop_tag (word) SELECT 'tag-' || i FROM generate_series(1, 30) AS i;
INSERT INTO shop_product_tags (product_id, tag_id) SELECT i, 1 + i % 30 FROM generate_series(1, 200) AS i;
INSERT INTO shop_review (product_id, customer_id, rating, body, written_at)
  SELECT 1 + i % 200, 1 + i % 300, 1 + i % 5, CASE WHEN i % 4 = 0 THEN '' ELSE 'good ' || i END, timestamptz '2022-03-01 10:00+00' + i * interval '1 hour' FROM generate_series(1, 400) AS i;
