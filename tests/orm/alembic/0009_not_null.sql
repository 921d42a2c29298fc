BEGIN;

-- Running upgrade 0008 -> 0009

UPDATE member SET email = 'unknown-' || id || '@example.org' WHERE email IS NULL;

UPDATE item SET shelf = '?' WHERE shelf IS NULL;

ALTER TABLE item ALTER COLUMN shelf SET NOT NULL;

ALTER TABLE item ALTER COLUMN shelf SET DEFAULT '?';

ALTER TABLE member ALTER COLUMN email SET NOT NULL;

ALTER TABLE member ADD CONSTRAINT member_email_key UNIQUE (email);

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';

COMMIT;

