BEGIN;

-- Running upgrade 0005 -> 0006

ALTER TABLE author RENAME name TO full_name;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

COMMIT;

