-- Scripts that were applied, under the names their tools gave them. A row is written when a script is done; what is under
-- way is in _migrations.
CREATE TABLE hotswap._migration_history (
    history_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text        NOT NULL CHECK (name <> ''),
    state         text        NOT NULL CHECK (state IN ('applied', 'baseline', 'reverted')),
    direction     text        NOT NULL DEFAULT 'up' CHECK (direction IN ('up', 'down')),
    description   text,
    checksum      text        CHECK (checksum ~ '^[0-9a-f]{64}$'),
    script        text,
    statements    integer     CHECK (statements >= 0),
    migration_id  text        REFERENCES hotswap._migrations ON DELETE SET NULL,
    applied_by    name        NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    execution_ms  double precision CHECK (execution_ms >= 0),
    out_of_order  boolean     NOT NULL DEFAULT false,
    CONSTRAINT _migration_history_text CHECK ((state = 'baseline') = (checksum IS NULL) AND (checksum IS NULL) = (script IS NULL)),
    CONSTRAINT _migration_history_down CHECK (direction = 'up' OR state = 'applied')
);
-- A name is applied once. After a way down it can be applied again, and the old rows stay.
CREATE UNIQUE INDEX _migration_history_one_a_name ON hotswap._migration_history (name) WHERE direction = 'up' AND state <> 'reverted';

COMMENT ON TABLE hotswap._migration_history IS 'scripts that were applied: name, checksum, text, by whom and when';
COMMENT ON COLUMN hotswap._migration_history.name IS 'name of the script; of a baseline: the last one that counts as applied';
COMMENT ON COLUMN hotswap._migration_history.state IS 'applied; baseline = counts as applied with all before it in its series; reverted = taken back since';
COMMENT ON COLUMN hotswap._migration_history.direction IS 'up, or down for a row that tells of the way back';
COMMENT ON COLUMN hotswap._migration_history.checksum IS 'SHA-256 of the normalized statements of the up part';
COMMENT ON COLUMN hotswap._migration_history.script IS 'the text as it was given, both parts';
COMMENT ON COLUMN hotswap._migration_history.execution_ms IS 'from start to end, in milliseconds';
COMMENT ON COLUMN hotswap._migration_history.out_of_order IS 'a later script of the series was applied before';

CREATE FUNCTION hotswap.history()
    RETURNS TABLE (history_id bigint, name text, state text, direction text, description text, checksum text, statements integer, migration_id text,
                   applied_by name, applied_at timestamptz, execution_time interval, out_of_order boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.history_id, h.name, h.state, h.direction, h.description, h.checksum, h.statements, h.migration_id,
           h.applied_by, h.applied_at, h.execution_ms * interval '1 millisecond', h.out_of_order
      FROM hotswap._migration_history h ORDER BY h.history_id
$$;
COMMENT ON FUNCTION hotswap.history() IS 'the scripts that were applied, in the order in which that was done';

CREATE FUNCTION hotswap.baseline(name text, description text DEFAULT NULL)
    RETURNS void LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_baseline';
COMMENT ON FUNCTION hotswap.baseline(text, text) IS
    'for a database that has its schema already: a script of that name, and all before it in its series, count as applied and are not run. Errors: 22004, 22023, 25006';

SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_history', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_history_history_id_seq', '');
