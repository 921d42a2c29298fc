UPDATE posts SET slug = 'post-' || id, status = CASE WHEN id % 7 = 0 THEN 'archived' ELSE status END;
UPDATE replies SET labels = ARRAY['new', 'label ' || rating] WHERE rating > 2;
INSERT INTO categories (label, position) SELECT 'Category ' || i, i FROM generate_series(1, 10) AS i;
UPDATE posts SET category_id = 1 + id % 10 WHERE id % 3 = 0;
