BEGIN;

-- Running upgrade 0009 -> 0010

COMMIT;

ALTER TYPE book_kind ADD VALUE 'comic';

BEGIN;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';

COMMIT;

