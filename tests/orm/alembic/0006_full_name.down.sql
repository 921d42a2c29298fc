BEGIN;

-- Running downgrade 0006 -> 0005

ALTER TABLE author RENAME full_name TO name;

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0006';

COMMIT;

