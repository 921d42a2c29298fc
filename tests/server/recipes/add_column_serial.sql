-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD COLUMN z serial
-- load
UPDATE t SET v = v + 0 WHERE id = 1 + (random() * 190)::int; INSERT INTO t (id, v) VALUES (1000 + (random() * 1000000)::int, 1) ON CONFLICT DO NOTHING;
-- check
SELECT count(*) = count(DISTINCT z) AND min(z) = 1 AND max(z) <= (SELECT last_value FROM t_z_seq) FROM t
