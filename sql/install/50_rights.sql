-- PUBLIC may see plans, nothing else: the status shows statements of other sessions. hotswap.allow(role) lets a role act.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hotswap FROM PUBLIC;
REVOKE ALL ON ALL PROCEDURES IN SCHEMA hotswap FROM PUBLIC;
GRANT USAGE ON SCHEMA hotswap TO PUBLIC;
-- A trigger function does nothing by itself: creating a trigger needs the table.
GRANT EXECUTE ON FUNCTION hotswap.dual_write() TO PUBLIC;
-- log_change writes where its argument says: only hotswap itself makes triggers of it.
GRANT EXECUTE ON FUNCTION hotswap.analyze(text), hotswap.validate(text, jsonb), hotswap._validate(text, jsonb), hotswap.recommend(text), hotswap._examine(text), hotswap.plan(text, text, jsonb), hotswap.generate_dual_write(text, text, text, text, text) TO PUBLIC;
-- Flags are asked by every application. Each answer is about a flag whose name the caller knows; nothing can be listed or changed.
GRANT EXECUTE ON FUNCTION hotswap.check_feature_flag(text, anyelement), hotswap.check_feature_flag(text, text), hotswap.flag(text, anyelement, jsonb), hotswap.flag(text, text, jsonb),
    hotswap.flag_detail(text, anyelement, jsonb), hotswap.flag_detail(text, text, jsonb), hotswap.flag_bucket(text, text, text) TO PUBLIC;

-- Rejected rows are the data of a table: for those who own its migration.
ALTER TABLE hotswap._migration_rejects ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_migrations ON hotswap._migration_rejects FOR SELECT
    USING (EXISTS (SELECT FROM hotswap._migrations m
                    WHERE m.migration_id = _migration_rejects.migration_id AND pg_has_role(current_user, m.owner, 'USAGE')));

CREATE FUNCTION hotswap.allow(role_name name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hotswap TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA hotswap TO %I', role_name);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION hotswap.allow(name) FROM %I', role_name);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA hotswap TO %I', role_name);
    EXECUTE format('GRANT UPDATE (status) ON hotswap._migration_progress TO %I', role_name);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON hotswap._migration_deprecations TO %I', role_name);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON hotswap._migration_feature_flags TO %I', role_name);
    EXECUTE format('GRANT DELETE ON hotswap._migration_flag_assignments TO %I', role_name);
END $$;
COMMENT ON FUNCTION hotswap.allow(name) IS
    'lets a role start and control migrations of the tables it owns, and see all of them. For the owner of the extension';
REVOKE ALL ON FUNCTION hotswap.allow(name) FROM PUBLIC;
