-- setup
CREATE TABLE t (id int PRIMARY KEY, v int, w text);
INSERT INTO t SELECT i, i, 'x' || i FROM generate_series(1, 200) AS i;
-- ddl
ALTER TABLE t ADD COLUMN z bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 5 CACHE 10) UNIQUE
-- load
UPDATE t SET v = v + 0 WHERE id = 1 + (random() * 190)::int;
-- check
SELECT min(z) = 1000 AND count(DISTINCT z) = 200 AND (SELECT last_value FROM t_z_seq) > max(z) FROM t
