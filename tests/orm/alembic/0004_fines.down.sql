BEGIN;

-- Running downgrade 0004 -> 0003

ALTER TABLE member DROP CONSTRAINT member_branch_id_fkey;

ALTER TABLE member DROP COLUMN note;

ALTER TABLE member DROP COLUMN branch_id;

ALTER TABLE loan DROP COLUMN extended;

DROP INDEX copy_branch_id_idx;

DROP TABLE fine;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0004';

COMMIT;

