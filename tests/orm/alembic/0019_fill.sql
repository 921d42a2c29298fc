BEGIN;

-- Running upgrade 0018 -> 0019

UPDATE member SET note='new' WHERE member.note IS NULL;

UPDATE member SET "limit"=10 WHERE member."limit" < 10;

UPDATE alembic_version SET version_num='0019' WHERE alembic_version.version_num = '0018';

COMMIT;

