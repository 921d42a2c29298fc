BEGIN;

-- Running downgrade 0017 -> 0016

ALTER TABLE author ADD COLUMN born SMALLINT;

UPDATE alembic_version SET version_num='0016' WHERE alembic_version.version_num = '0017';

COMMIT;

