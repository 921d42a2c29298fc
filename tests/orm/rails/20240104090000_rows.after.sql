INSERT INTO accounts (name, created_at, updated_at) SELECT CASE WHEN i % 7 > 0 THEN 'Firm ' || i END, '2024-01-04 10:00', '2024-01-04 10:00' FROM generate_series(1, 80) AS i;
INSERT INTO users (account_id, email, login_count, created_at, updated_at) SELECT 1 + i % 80, 'U' || i || '@example.org', i % 30, '2024-01-04 10:00', '2024-01-04 10:00' FROM generate_series(1, 400) AS i;
