BEGIN;

-- Running upgrade 0002 -> 0003

CREATE TABLE visit (
    id SERIAL NOT NULL, 
    branch_id INTEGER, 
    at TIMESTAMP WITHOUT TIME ZONE DEFAULT now(), 
    CONSTRAINT visit_pkey PRIMARY KEY (id), 
    CONSTRAINT visit_branch_id_fkey FOREIGN KEY(branch_id) REFERENCES branch (id)
);

ALTER TABLE branch ADD COLUMN opened DATE;

ALTER TABLE branch ADD COLUMN address JSONB DEFAULT '{}' NOT NULL;

ALTER TABLE copy ADD COLUMN number INTEGER DEFAULT '1' NOT NULL;

ALTER TABLE member ADD COLUMN active BOOLEAN DEFAULT true NOT NULL;

ALTER TABLE member ADD COLUMN "limit" SMALLINT DEFAULT '5' NOT NULL;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

COMMIT;

