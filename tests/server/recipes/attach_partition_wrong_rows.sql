-- setup
CREATE TABLE t (id int NOT NULL, v int) PARTITION BY RANGE (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (1000);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
CREATE TABLE later (id int NOT NULL, v int);
INSERT INTO later VALUES (5000, 1);
-- load
UPDATE t_1 SET v = v WHERE id = 1;
-- ddl
ALTER TABLE t ATTACH PARTITION later FOR VALUES FROM (1000) TO (2000)
-- end failed violated
