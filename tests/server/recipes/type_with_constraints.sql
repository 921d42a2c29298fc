As Prisma writes it.
-- setup
CREATE TABLE o (id int PRIMARY KEY);
INSERT INTO o SELECT generate_series(1, 300);
CREATE TABLE t (id serial, "authorId" int NOT NULL, title varchar(20), CONSTRAINT t_pkey PRIMARY KEY (id), CONSTRAINT long CHECK (length(title) < 20), CONSTRAINT t_authorId_key UNIQUE ("authorId", id),
    CONSTRAINT "t_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES o ON DELETE RESTRICT);
INSERT INTO t ("authorId", title) SELECT i, 'x' || i FROM generate_series(1, 200) AS i;
COMMENT ON CONSTRAINT long ON t IS 'not too long';
ALTER TABLE t CLUSTER ON t_pkey;
-- ddl
ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT long, DROP CONSTRAINT "t_authorId_fkey", ALTER COLUMN id SET DATA TYPE bigint, ALTER COLUMN title SET DATA TYPE text,
    ADD CONSTRAINT t_pkey PRIMARY KEY (id, "authorId"), ADD CONSTRAINT long CHECK (length(title) < 50), ADD CONSTRAINT "t_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES o ON DELETE CASCADE
-- end awaiting
