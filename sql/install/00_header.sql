-- hotswap: online schema changes carried out by PostgreSQL itself.
-- Everything below is created with a locked search_path, so that nothing of the user's can be picked up by name.
SET LOCAL search_path = pg_catalog, pg_temp;

-- A member of the extension: it goes when the extension goes, and a schema somebody else has made before is an error.
CREATE SCHEMA hotswap;
COMMENT ON SCHEMA hotswap IS 'hotswap: plain DDL carried out online by background workers';
