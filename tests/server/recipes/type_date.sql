-- setup
CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), w text);
INSERT INTO t SELECT i, '2026-01-01 00:00+00'::timestamptz + i * interval '7 hours', 'x' FROM generate_series(1, 200) AS i;
CREATE INDEX ON t (at);
-- ddl
ALTER TABLE t ALTER COLUMN at TYPE date
-- end awaiting
