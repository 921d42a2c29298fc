BEGIN;

-- Running downgrade 0008 -> 0007

ALTER TABLE member ALTER COLUMN note TYPE VARCHAR(200);

COMMENT ON COLUMN member.note IS NULL;

ALTER TABLE member ALTER COLUMN "limit" TYPE SMALLINT;

ALTER TABLE member ALTER COLUMN "limit" SET DEFAULT '5'::smallint;

DROP INDEX item_branch_id_idx;

CREATE INDEX copy_branch_id_idx ON item (branch_id);

ALTER TABLE branch ALTER COLUMN name TYPE VARCHAR(40);

ALTER TABLE book ALTER COLUMN price TYPE NUMERIC(6, 2);

ALTER TABLE book ALTER COLUMN title TYPE VARCHAR(100);

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0008';

COMMIT;

