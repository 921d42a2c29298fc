INSERT INTO book_author (book_id, author_id) SELECT i, 1 + i % 120 FROM generate_series(1, 300) AS i;
INSERT INTO fine (loan_id, cents, paid_on) SELECT i, 50 * (1 + i % 9), CASE WHEN i % 2 = 0 THEN date '2022-03-01' + i END FROM generate_series(1, 400, 3) AS i;
INSERT INTO visit (branch_id, at) SELECT 1 + i % 8, timestamp '2022-05-01 10:00' + i * interval '1 minute' FROM generate_series(1, 300) AS i;
UPDATE book SET isbn = '978' || lpad(id::text, 10, '0') WHERE id % 4 > 0;
UPDATE copy SET number = 1 + id / 300;
UPDATE member SET branch_id = 1 + id % 8, note = CASE WHEN id % 10 = 0 THEN 'owes us a book' END, "limit" = 3 + id % 12;
