INSERT INTO users (name, email) SELECT 'Writer ' || i, 'w' || i || '@example.org' FROM generate_series(1, 200) AS i;
INSERT INTO posts (author_id, title, body) SELECT 1 + i % 200, 'Title ' || i, repeat('some words of post ' || i || ' ', 1 + i % 20) FROM generate_series(1, 400) AS i;
UPDATE posts SET created_at = timestamp '2023-01-01 12:00' + id * interval '1 hour';
