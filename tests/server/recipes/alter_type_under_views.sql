Views on the column are made again with all they had; a materialized view is filled again.
-- setup
CREATE TABLE t (id int PRIMARY KEY, w varchar(10), n numeric(5, 1));
INSERT INTO t SELECT i, 'x' || i % 7, i FROM generate_series(1, 2000) AS i;
CREATE VIEW a WITH (security_barrier) AS SELECT id, w FROM t;
CREATE VIEW b AS SELECT w AS words, id FROM a;
CREATE MATERIALIZED VIEW m AS SELECT words, count(*) AS n FROM b GROUP BY words;
CREATE UNIQUE INDEX m_words ON m (words);
CREATE VIEW untouched AS SELECT n FROM t;
GRANT SELECT ON a TO PUBLIC;
GRANT SELECT (words) ON b TO PUBLIC;
COMMENT ON VIEW a IS 'those with words';
COMMENT ON COLUMN b.words IS 'a word';
ALTER VIEW a ALTER COLUMN w SET DEFAULT 'none';
-- ddl
ALTER TABLE t ALTER COLUMN w TYPE varchar(20)
-- plain
DROP MATERIALIZED VIEW m;
DROP VIEW b, a;
ALTER TABLE t ALTER COLUMN w TYPE varchar(20);
CREATE VIEW a WITH (security_barrier) AS SELECT id, w FROM t;
CREATE VIEW b AS SELECT w AS words, id FROM a;
CREATE MATERIALIZED VIEW m AS SELECT words, count(*) AS n FROM b GROUP BY words;
CREATE UNIQUE INDEX m_words ON m (words);
GRANT SELECT ON a TO PUBLIC;
GRANT SELECT (words) ON b TO PUBLIC;
COMMENT ON VIEW a IS 'those with words';
COMMENT ON COLUMN b.words IS 'a word';
ALTER VIEW a ALTER COLUMN w SET DEFAULT 'none';
-- check
SELECT count(*) = 7 AND sum(n) = 2000 FROM m
