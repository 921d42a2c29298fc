BEGIN;

-- Running upgrade 0010 -> 0011

COMMIT;

CREATE INDEX CONCURRENTLY author_name_lower ON author (lower(full_name));

CREATE INDEX CONCURRENTLY book_keywords ON book USING gin (keywords);

CREATE INDEX CONCURRENTLY loan_open ON loan (member_id) WHERE until IS NULL;

BEGIN;

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';

COMMIT;

