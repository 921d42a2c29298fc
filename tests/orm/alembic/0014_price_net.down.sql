BEGIN;

-- Running downgrade 0014 -> 0013

ALTER TABLE book DROP COLUMN price_net;

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0014';

COMMIT;

