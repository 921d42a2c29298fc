INSERT INTO branch (name) SELECT 'Branch ' || i FROM generate_series(1, 8) AS i;
INSERT INTO author (name, born) SELECT 'Author ' || i, 1900 + i % 90 FROM generate_series(1, 120) AS i;
INSERT INTO book (title, price) SELECT 'Book ' || i, nullif(i % 40, 0) * 1.5 FROM generate_series(1, 300) AS i;
INSERT INTO member (name, email) SELECT 'Member ' || i, CASE WHEN i % 6 > 0 THEN 'm' || i || '@example.org' END FROM generate_series(1, 250) AS i;
INSERT INTO copy (book_id, branch_id, shelf) SELECT 1 + i % 300, 1 + i % 8, CASE WHEN i % 5 > 0 THEN chr(65 + i % 26) || i % 10 END FROM generate_series(1, 600) AS i;
INSERT INTO loan (copy_id, member_id, since, until) SELECT 1 + i % 600, 1 + i % 250, date '2022-01-01' + i, CASE WHEN i % 3 > 0 THEN date '2022-01-15' + i END FROM generate_series(1, 800) AS i;
