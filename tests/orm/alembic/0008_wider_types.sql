BEGIN;

-- Running upgrade 0007 -> 0008

ALTER TABLE book ALTER COLUMN title TYPE TEXT;

ALTER TABLE book ALTER COLUMN price TYPE NUMERIC(10, 2);

ALTER TABLE branch ALTER COLUMN name TYPE VARCHAR(120);

DROP INDEX copy_branch_id_idx;

CREATE INDEX item_branch_id_idx ON item (branch_id);

ALTER TABLE member ALTER COLUMN "limit" TYPE INTEGER;

ALTER TABLE member ALTER COLUMN "limit" SET DEFAULT '10';

ALTER TABLE member ALTER COLUMN note TYPE TEXT;

COMMENT ON COLUMN member.note IS 'only for the desk';

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';

COMMIT;

