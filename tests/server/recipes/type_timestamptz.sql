-- setup
CREATE TABLE t (id int PRIMARY KEY, at timestamp DEFAULT CURRENT_TIMESTAMP, on_day date DEFAULT '2026-01-01');
INSERT INTO t SELECT i, '2026-01-01'::timestamp + i * interval '7 hours' FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ALTER COLUMN at SET DATA TYPE timestamptz(3), ALTER COLUMN on_day TYPE timestamptz, ALTER COLUMN at SET DEFAULT now()
-- end awaiting
