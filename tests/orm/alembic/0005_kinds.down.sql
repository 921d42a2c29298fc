BEGIN;

-- Running downgrade 0005 -> 0004

ALTER TABLE book DROP COLUMN keywords;

ALTER TABLE book DROP COLUMN kind;

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0005';

COMMIT;

