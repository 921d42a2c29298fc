BEGIN;

-- Running upgrade 0006 -> 0007

ALTER TABLE copy RENAME TO item;

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

COMMIT;

