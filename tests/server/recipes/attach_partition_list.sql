-- setup
CREATE TABLE t (kind text, v int) PARTITION BY LIST (kind);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');
INSERT INTO t SELECT 'a', i FROM generate_series(1, 200) AS i;
CREATE TABLE t_null (kind text, v int);
INSERT INTO t_null VALUES (NULL, 1);
-- load
UPDATE t_a SET v = v WHERE v = 1;
-- ddl
ALTER TABLE t ATTACH PARTITION t_null FOR VALUES IN (NULL, 'b')
