-- hotswap: online schema changes carried out by PostgreSQL itself.
-- Everything below is created with a locked search_path, so that nothing of the user's can be picked up by name.
SET LOCAL search_path = pg_catalog, pg_temp;

COMMENT ON SCHEMA hotswap IS 'hotswap: plain DDL carried out online by background workers';
