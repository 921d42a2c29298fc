BEGIN;

-- Running downgrade 0015 -> 0014

ALTER TABLE loan ALTER COLUMN since TYPE DATE;

ALTER TABLE fine ALTER COLUMN cents TYPE INTEGER;

ALTER TABLE branch ADD COLUMN opened DATE;

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0015';

COMMIT;

