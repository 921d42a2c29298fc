-- When a migration switches, and at whose cost.
CREATE FUNCTION hotswap._switch_at(migration_id text, at text) RETURNS void LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_switch_at';
COMMENT ON FUNCTION hotswap._switch_at(text, text) IS 'what hotswap.switch_at calls with the time as text';

CREATE FUNCTION hotswap.switch_at(migration_id text, at timestamptz) RETURNS void LANGUAGE sql VOLATILE CALLED ON NULL INPUT
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT hotswap._switch_at($1, $2::text)
$$;
COMMENT ON FUNCTION hotswap.switch_at(text, timestamptz) IS
    'lets a migration switch at that time and not before: now() at once, infinity when somebody says so. Errors: 22004, 42501, 42704 unknown id, 55000 its switch is done';

CREATE FUNCTION hotswap.force_switch(migration_id text, policy text, after interval DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_force_switch';
COMMENT ON FUNCTION hotswap.force_switch(text, text, interval) IS
    'what becomes of sessions in the way of a migration''s switch: wait (nobody is ended), cancel_idle, cancel_read_only, terminate. Errors: 22004, 22023, 42501, 42704, 55000 it is over';
