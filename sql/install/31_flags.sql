-- Feature flags. Evaluation is native and works from a cache of each backend (src/bridge/flag_cache.hpp); these are the tables, and the
-- triggers that check what is written, tell the caches, and keep the audit.
CREATE TABLE hotswap._migration_feature_flags (
    flag_name          text COLLATE "C" PRIMARY KEY CHECK (flag_name <> '' AND octet_length(flag_name) <= 200),
    enabled            boolean     NOT NULL DEFAULT false,
    rollout_percentage numeric     NOT NULL DEFAULT 0,
    allow_keys         text[]      NOT NULL DEFAULT '{}' CHECK (array_position(allow_keys, NULL) IS NULL),
    deny_keys          text[]      NOT NULL DEFAULT '{}' CHECK (array_position(deny_keys, NULL) IS NULL),
    rules              jsonb       NOT NULL DEFAULT '[]',
    variants           jsonb       NOT NULL DEFAULT '[]',
    sticky             boolean     NOT NULL DEFAULT false,
    salt               text        NOT NULL DEFAULT '',
    hash_version       integer     NOT NULL DEFAULT 1,
    description        text,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE hotswap._migration_feature_flags IS 'feature flags, asked with check_feature_flag; to be written with INSERT, UPDATE and DELETE';
COMMENT ON COLUMN hotswap._migration_feature_flags.enabled IS 'false switches the flag off for everybody, whatever else it says';
COMMENT ON COLUMN hotswap._migration_feature_flags.rollout_percentage IS 'share of the keys for which it is on, 0 to 100 with three decimals; growing it only adds keys';
COMMENT ON COLUMN hotswap._migration_feature_flags.allow_keys IS 'keys for which it is on, before rules and percentage';
COMMENT ON COLUMN hotswap._migration_feature_flags.deny_keys IS 'keys for which it is off, before rules and percentage';
COMMENT ON COLUMN hotswap._migration_feature_flags.rules IS 'targeting rules: the first whose condition holds decides; see docs/flags.md';
COMMENT ON COLUMN hotswap._migration_feature_flags.variants IS 'names and weights: [{"name": "blue", "weight": 50}, ...]';
COMMENT ON COLUMN hotswap._migration_feature_flags.sticky IS 'keys that hotswap.flag_assign has stored stay in, also when percentage or rules would leave them out';
COMMENT ON COLUMN hotswap._migration_feature_flags.salt IS 'goes into the hash: another salt, other keys';
COMMENT ON COLUMN hotswap._migration_feature_flags.hash_version IS 'how keys become buckets; a flag keeps the one it was made with';

CREATE TABLE hotswap._migration_flag_assignments (
    flag_name   text COLLATE "C" NOT NULL REFERENCES hotswap._migration_feature_flags ON UPDATE CASCADE ON DELETE CASCADE,
    key         text COLLATE "C" NOT NULL,
    variant     text,
    assigned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (flag_name, key)
);
COMMENT ON TABLE hotswap._migration_flag_assignments IS 'once in, always in: keys of sticky flags, stored by hotswap.flag_assign';

-- No key: a restored dump brings rows that have their numbers already.
CREATE TABLE hotswap._migration_flag_changes (
    change_id    bigint      GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    flag_name    text COLLATE "C" NOT NULL,
    operation    text        NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    old_flag     jsonb,
    new_flag     jsonb,
    changed_by   name        NOT NULL,
    session_role name        NOT NULL DEFAULT session_user,
    migration_id text
);
CREATE INDEX _migration_flag_changes_by_flag ON hotswap._migration_flag_changes (flag_name, change_id);
COMMENT ON TABLE hotswap._migration_flag_changes IS 'append-only audit: every change of a flag, with the row before and after';
COMMENT ON COLUMN hotswap._migration_flag_changes.changed_by IS 'current_user of the change';
COMMENT ON COLUMN hotswap._migration_flag_changes.session_role IS 'session_user of the change';
COMMENT ON COLUMN hotswap._migration_flag_changes.migration_id IS 'the migration that drove the flag; null: a person or an application';

CREATE FUNCTION hotswap._check_flag() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_check_flag';
COMMENT ON FUNCTION hotswap._check_flag() IS 'refuses rules, variants, keys and percentages that could not be evaluated. Errors: 22023';
CREATE FUNCTION hotswap._tell_flag_caches() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_tell_flag_caches';
COMMENT ON FUNCTION hotswap._tell_flag_caches() IS 'makes every backend, on standbys too, read the flags again once the change is committed';
CREATE FUNCTION hotswap._audit_flag() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_audit_flag';
COMMENT ON FUNCTION hotswap._audit_flag() IS 'writes a change of a flag to _migration_flag_changes';
CREATE FUNCTION hotswap._keep_flag_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'cannot % the audit of flags', lower(tg_op) USING ERRCODE = '55000', DETAIL = 'It can only grow.',
        HINT = 'To shorten it all the same, the owner of the extension can disable the trigger keep_flag_changes of _migration_flag_changes for the time being.';
END $$;
COMMENT ON FUNCTION hotswap._keep_flag_changes() IS 'keeps the audit of flags from being changed';

CREATE TRIGGER check_flag BEFORE INSERT OR UPDATE ON hotswap._migration_feature_flags
    FOR EACH ROW EXECUTE FUNCTION hotswap._check_flag();
CREATE TRIGGER audit_flag AFTER INSERT OR UPDATE OR DELETE ON hotswap._migration_feature_flags
    FOR EACH ROW EXECUTE FUNCTION hotswap._audit_flag();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON hotswap._migration_feature_flags
    FOR EACH STATEMENT EXECUTE FUNCTION hotswap._audit_flag();
-- A row trigger, and ALWAYS: logical replication fires no others. (TRUNCATE is DDL enough to tell the caches by itself.)
CREATE TRIGGER tell_flag_caches AFTER INSERT OR UPDATE OR DELETE ON hotswap._migration_feature_flags
    FOR EACH ROW EXECUTE FUNCTION hotswap._tell_flag_caches();
ALTER TABLE hotswap._migration_feature_flags ENABLE ALWAYS TRIGGER tell_flag_caches;
CREATE TRIGGER keep_flag_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON hotswap._migration_flag_changes
    FOR EACH STATEMENT EXECUTE FUNCTION hotswap._keep_flag_changes();

-- The key: its text form decides, so a number, a uuid and their texts are the same key. Each function twice: a constant without a type
-- ('42', NULL) can be no anyelement. They answer what they are asked by name, and need no right on the tables.
CREATE FUNCTION hotswap.check_feature_flag(flag_name text, user_id anyelement)
    RETURNS boolean LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'hotswap_check_feature_flag';
COMMENT ON FUNCTION hotswap.check_feature_flag(text, anyelement) IS 'whether a flag is on for a key; false for unknown flags. Never null, never an error';
CREATE FUNCTION hotswap.check_feature_flag(flag_name text, user_id text)
    RETURNS boolean LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'hotswap_check_feature_flag';
COMMENT ON FUNCTION hotswap.check_feature_flag(text, text) IS 'whether a flag is on for a key; false for unknown flags. Never null, never an error';

CREATE FUNCTION hotswap.flag(flag_name text, key anyelement, context jsonb DEFAULT '{}')
    RETURNS boolean LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hotswap_flag';
COMMENT ON FUNCTION hotswap.flag(text, anyelement, jsonb) IS 'whether a flag is on for a key in a context that its rules are asked about. Never null, never an error';
CREATE FUNCTION hotswap.flag(flag_name text, key text, context jsonb DEFAULT '{}')
    RETURNS boolean LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hotswap_flag';
COMMENT ON FUNCTION hotswap.flag(text, text, jsonb) IS 'whether a flag is on for a key in a context that its rules are asked about. Never null, never an error';

CREATE FUNCTION hotswap.flag_detail(flag_name text, key anyelement, context jsonb DEFAULT '{}', OUT value boolean, OUT variant text, OUT reason text, OUT error_code text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'hotswap_flag_detail';
COMMENT ON FUNCTION hotswap.flag_detail(text, anyelement, jsonb) IS 'value, variant, reason and error code of a flag for a key, in OpenFeature''s words. Never an error';
CREATE FUNCTION hotswap.flag_detail(flag_name text, key text, context jsonb DEFAULT '{}', OUT value boolean, OUT variant text, OUT reason text, OUT error_code text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'hotswap_flag_detail';
COMMENT ON FUNCTION hotswap.flag_detail(text, text, jsonb) IS 'value, variant, reason and error code of a flag for a key, in OpenFeature''s words. Never an error';

CREATE FUNCTION hotswap.flag_bucket(flag_name text, key text, salt text DEFAULT '')
    RETURNS integer LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hotswap_flag_bucket';
COMMENT ON FUNCTION hotswap.flag_bucket(text, text, text) IS 'where a key stands in a flag, 0 to 99999; it is in a rollout of p percent when that is below 1000 p';

-- A function that only looks must not write, and standbys cannot. So storing is a call of its own, made where the application
-- lets somebody in for the first time; from then on every look finds it.
CREATE FUNCTION hotswap.flag_assign(flag_name text, key text, context jsonb DEFAULT '{}', OUT value boolean, OUT variant text, OUT reason text, OUT error_code text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT d.* INTO value, variant, reason, error_code FROM hotswap.flag_detail($1, $2, $3) d;
    IF value AND reason <> 'CACHED' AND $2 IS NOT NULL THEN
        INSERT INTO hotswap._migration_flag_assignments (flag_name, key, variant)
            SELECT f.flag_name, $2, flag_assign.variant FROM hotswap._migration_feature_flags f WHERE f.flag_name = $1 AND f.sticky
            ON CONFLICT DO NOTHING;
    END IF;
END $$;
COMMENT ON FUNCTION hotswap.flag_assign(text, text, jsonb) IS
    'as hotswap.flag_detail, and stores the key when a sticky flag is on for it: from then on it stays in, with its variant';

CREATE FUNCTION hotswap.flag_assign(flag_name text, key anyelement, context jsonb DEFAULT '{}', OUT value boolean, OUT variant text, OUT reason text, OUT error_code text)
    LANGUAGE sql VOLATILE AS $$ SELECT * FROM hotswap.flag_assign($1, $2::pg_catalog.text, $3) $$;
COMMENT ON FUNCTION hotswap.flag_assign(text, anyelement, jsonb) IS
    'as hotswap.flag_detail, and stores the key when a sticky flag is on for it: from then on it stays in, with its variant';

SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_feature_flags', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_flag_assignments', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_flag_changes', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_flag_changes_change_id_seq', '');
