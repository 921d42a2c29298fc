INSERT INTO comments (id, post_id, body, rating) SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 1 + i % 400, 'Comment ' || i, nullif(i % 6, 0) FROM generate_series(1, 600) AS i;
INSERT INTO tags (word) SELECT 'tag ' || i FROM generate_series(1, 40) AS i;
INSERT INTO post_tags (post_id, tag_id) SELECT i, 1 + (i * j) % 40 FROM generate_series(1, 400) AS i, generate_series(1, 3) AS j ON CONFLICT DO NOTHING;
UPDATE posts SET views = id * 3;
