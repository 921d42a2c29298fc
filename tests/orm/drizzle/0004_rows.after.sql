UPDATE posts SET status = 'published' WHERE id % 3 > 0;
UPDATE posts SET subtitle = 'about ' || title WHERE id % 2 = 0;
UPDATE users SET handle = 'H' || id, bio = 'born in ' || 1950 + id % 50 WHERE id % 4 > 0;
INSERT INTO old_drafts (post_id, body) SELECT i, 'draft of ' || i FROM generate_series(1, 50) AS i;
