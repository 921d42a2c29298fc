BEGIN;

-- Running downgrade 0016 -> 0015

ALTER TABLE loan ALTER COLUMN extended SET DEFAULT '0'::smallint;

CREATE TABLE visit (
    id SERIAL NOT NULL, 
    branch_id INTEGER, 
    at TIMESTAMP WITHOUT TIME ZONE DEFAULT now(), 
    CONSTRAINT visit_pkey PRIMARY KEY (id), 
    CONSTRAINT visit_branch_id_fkey FOREIGN KEY(branch_id) REFERENCES branch (id)
);

UPDATE alembic_version SET version_num='0015' WHERE alembic_version.version_num = '0016';

COMMIT;

