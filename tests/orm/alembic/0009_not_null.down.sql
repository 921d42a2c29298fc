BEGIN;

-- Running downgrade 0009 -> 0008

ALTER TABLE member DROP CONSTRAINT member_email_key;

ALTER TABLE member ALTER COLUMN email DROP NOT NULL;

ALTER TABLE item ALTER COLUMN shelf DROP NOT NULL;

ALTER TABLE item ALTER COLUMN shelf DROP DEFAULT;

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0009';

COMMIT;

