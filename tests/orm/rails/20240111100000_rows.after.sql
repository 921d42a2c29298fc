INSERT INTO projects (user_id, title, description, budget, created_at, updated_at) SELECT CASE WHEN i % 9 > 0 THEN 1 + i % 400 END, 'Project ' || i, 'long text ' || i, i * 3.25, '2024-01-11 12:00', '2024-01-11 12:00' FROM generate_series(1, 500) AS i;
INSERT INTO projects_users (project_id, user_id) SELECT i, 1 + i % 400 FROM generate_series(1, 500) AS i;
