BEGIN;

-- Running downgrade 0001 -> 

DROP TABLE loan;

DROP TABLE copy;

DROP TABLE member;

DROP TABLE branch;

DROP TABLE book;

DROP TABLE author;

DELETE FROM alembic_version WHERE alembic_version.version_num = '0001';

COMMIT;

DROP TABLE alembic_version;

