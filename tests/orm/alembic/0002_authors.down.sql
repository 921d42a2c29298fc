BEGIN;

-- Running downgrade 0002 -> 0001

ALTER TABLE book DROP CONSTRAINT book_isbn_key;

ALTER TABLE book DROP COLUMN isbn;

DROP TABLE book_author;

UPDATE alembic_version SET version_num='0001' WHERE alembic_version.version_num = '0002';

COMMIT;

