BEGIN;

-- Running upgrade 0003 -> 0004

CREATE TABLE fine (
    loan_id INTEGER NOT NULL, 
    cents INTEGER NOT NULL, 
    paid_on DATE, 
    CONSTRAINT fine_pkey PRIMARY KEY (loan_id), 
    CONSTRAINT fine_loan_id_fkey FOREIGN KEY(loan_id) REFERENCES loan (id) ON DELETE CASCADE
);

CREATE INDEX copy_branch_id_idx ON copy (branch_id);

ALTER TABLE loan ADD COLUMN extended SMALLINT DEFAULT '0' NOT NULL;

ALTER TABLE member ADD COLUMN branch_id INTEGER;

ALTER TABLE member ADD COLUMN note VARCHAR(200);

ALTER TABLE member ADD CONSTRAINT member_branch_id_fkey FOREIGN KEY(branch_id) REFERENCES branch (id);

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

COMMIT;

