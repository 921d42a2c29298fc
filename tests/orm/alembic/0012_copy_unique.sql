BEGIN;

-- Running upgrade 0011 -> 0012

ALTER TABLE item ADD CONSTRAINT item_book_id_branch_id_number_key UNIQUE (book_id, branch_id, number);

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0011';

COMMIT;

