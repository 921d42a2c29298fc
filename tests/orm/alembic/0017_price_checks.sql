BEGIN;

-- Running upgrade 0016 -> 0017

ALTER TABLE book ADD CONSTRAINT book_price CHECK (price >= 0);

ALTER TABLE member ADD CONSTRAINT member_limit CHECK ("limit" <= 100);

ALTER TABLE author DROP COLUMN born;

UPDATE alembic_version SET version_num='0017' WHERE alembic_version.version_num = '0016';

COMMIT;

