BEGIN;

-- Running upgrade 0015 -> 0016

DROP TABLE visit;

ALTER TABLE loan ALTER COLUMN extended SET DEFAULT '1';

UPDATE alembic_version SET version_num='0016' WHERE alembic_version.version_num = '0015';

COMMIT;

