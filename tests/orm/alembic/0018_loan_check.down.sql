BEGIN;

-- Running downgrade 0018 -> 0017

ALTER TABLE loan DROP CONSTRAINT loan_order;

CREATE INDEX author_name_lower ON author (lower(full_name));

ALTER TABLE item ADD CONSTRAINT item_book_id_branch_id_number_key UNIQUE (book_id, branch_id, number);

UPDATE alembic_version SET version_num='0017' WHERE alembic_version.version_num = '0018';

COMMIT;

