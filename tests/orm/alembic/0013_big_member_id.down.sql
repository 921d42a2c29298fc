BEGIN;

-- Running downgrade 0013 -> 0012

ALTER TABLE member ALTER COLUMN id TYPE INTEGER;

ALTER TABLE loan ALTER COLUMN member_id TYPE INTEGER;

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0013';

COMMIT;

