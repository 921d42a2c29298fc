BEGIN;

-- Running upgrade 0017 -> 0018

ALTER TABLE item DROP CONSTRAINT item_book_id_branch_id_number_key;

DROP INDEX author_name_lower;

ALTER TABLE loan ADD CONSTRAINT loan_order CHECK (until IS NULL OR until >= since::date) NOT VALID;

ALTER TABLE loan VALIDATE CONSTRAINT loan_order;

UPDATE alembic_version SET version_num='0018' WHERE alembic_version.version_num = '0017';

COMMIT;

