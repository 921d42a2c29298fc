BEGIN;

-- Running upgrade 0012 -> 0013

ALTER TABLE loan ALTER COLUMN member_id TYPE BIGINT;

ALTER TABLE member ALTER COLUMN id TYPE BIGINT;

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0012';

COMMIT;

