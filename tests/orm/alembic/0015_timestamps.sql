BEGIN;

-- Running upgrade 0014 -> 0015

ALTER TABLE branch DROP COLUMN opened;

ALTER TABLE fine ALTER COLUMN cents TYPE BIGINT;

ALTER TABLE loan ALTER COLUMN since TYPE TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='0015' WHERE alembic_version.version_num = '0014';

COMMIT;

