-- What cannot be known before it runs. Counted apart.

-- opaque
DO $$BEGIN ALTER TABLE plain ADD COLUMN x integer; END$$;
-- opaque
DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'nothing') THEN CREATE INDEX ON orders (note); END IF; END$$;
-- opaque
DO $$BEGIN EXECUTE format('ALTER TABLE %I ALTER COLUMN a TYPE bigint', 'plain'); END$$;
-- opaque
DO $$BEGIN CREATE TYPE fresh AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END$$;
-- opaque
CALL clear_plain();
