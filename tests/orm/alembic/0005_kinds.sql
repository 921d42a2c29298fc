BEGIN;

-- Running upgrade 0004 -> 0005

CREATE TYPE book_kind AS ENUM ('novel', 'poetry');

ALTER TABLE book ADD COLUMN kind book_kind DEFAULT 'novel' NOT NULL;

ALTER TABLE book ADD COLUMN keywords TEXT[];

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

COMMIT;

