BEGIN;

-- Running upgrade 0013 -> 0014

ALTER TABLE book ADD COLUMN price_net NUMERIC(10, 2) GENERATED ALWAYS AS (round(price / 1.07, 2)) STORED;

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0013';

COMMIT;

