BEGIN;

-- Running downgrade 0012 -> 0011

ALTER TABLE item DROP CONSTRAINT item_book_id_branch_id_number_key;

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0012';

COMMIT;

