BEGIN;

-- Running downgrade 0011 -> 0010

COMMIT;

DROP INDEX CONCURRENTLY loan_open;

DROP INDEX CONCURRENTLY book_keywords;

DROP INDEX CONCURRENTLY author_name_lower;

BEGIN;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0011';

COMMIT;

