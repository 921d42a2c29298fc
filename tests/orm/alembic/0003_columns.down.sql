BEGIN;

-- Running downgrade 0003 -> 0002

ALTER TABLE member DROP COLUMN "limit";

ALTER TABLE member DROP COLUMN active;

ALTER TABLE copy DROP COLUMN number;

ALTER TABLE branch DROP COLUMN address;

ALTER TABLE branch DROP COLUMN opened;

DROP TABLE visit;

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0003';

COMMIT;

