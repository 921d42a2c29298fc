BEGIN;

-- Running downgrade 0007 -> 0006

ALTER TABLE item RENAME TO copy;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0007';

COMMIT;

