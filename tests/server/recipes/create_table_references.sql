-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200) AS i;
-- ddl
CREATE TABLE u (id bigserial PRIMARY KEY, t_id int NOT NULL REFERENCES t ON DELETE CASCADE, note text DEFAULT 'x' CHECK (note <> ''))
