-- Rollback points: what a destructive step takes away is kept in a schema of its own, hotswap_held_<point>, until its time is over.
-- Those schemas are no members of the extension: DROP EXTENSION leaves the data where it is.
CREATE TABLE hotswap._migration_rollback_points (
    point_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration_id text        REFERENCES hotswap._migrations ON DELETE SET NULL,
    kind         text        NOT NULL CHECK (kind IN ('table', 'columns', 'rows')),
    relation     text        NOT NULL,
    columns      text[]      NOT NULL DEFAULT '{}',
    key_columns  text[]      NOT NULL DEFAULT '{}',
    hold_schema  name        NOT NULL,
    hold         text        NOT NULL,
    file         text,
    rows         bigint,
    bytes        bigint,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz,
    state        text        NOT NULL DEFAULT 'keeping' CHECK (state IN ('keeping', 'kept', 'restored', 'expired', 'dropped')),
    owner        name        NOT NULL,
    again        text[]      NOT NULL DEFAULT '{}',
    away         text[]      NOT NULL DEFAULT '{}',
    keys         text[]      NOT NULL DEFAULT '{}',
    lost         text[]      NOT NULL DEFAULT '{}',
    restored_by  text
);
COMMENT ON TABLE hotswap._migration_rollback_points IS 'what destructive steps have taken away, and where it is kept';
COMMENT ON COLUMN hotswap._migration_rollback_points.relation IS 'the table it was taken from, under its name of then';
COMMENT ON COLUMN hotswap._migration_rollback_points.hold IS 'the table that keeps it; its rows may be in the file';
COMMENT ON COLUMN hotswap._migration_rollback_points.again IS 'table: statements that bring it back; columns: default, comment and NOT NULL of each';
COMMENT ON COLUMN hotswap._migration_rollback_points.away IS 'table: statements that take it away again, for the undo of a restore';
COMMENT ON COLUMN hotswap._migration_rollback_points.keys IS 'table: its foreign keys, each with the statement that validates it or an empty one';
COMMENT ON COLUMN hotswap._migration_rollback_points.lost IS 'what a restore does not bring back, as statements for a person';
COMMENT ON COLUMN hotswap._migration_rollback_points.restored_by IS 'the migration that brings it back';
CREATE INDEX _migration_rollback_points_kept ON hotswap._migration_rollback_points (expires_at) WHERE state = 'kept';
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_rollback_points', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_rollback_points_point_id_seq', '');

-- For those who own what is kept. A role that is gone owns nothing.
ALTER TABLE hotswap._migration_rollback_points ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_points ON hotswap._migration_rollback_points FOR SELECT
    USING (EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = _migration_rollback_points.owner AND pg_has_role(current_user, r.oid, 'USAGE')));

CREATE VIEW hotswap.rollback_points AS
    SELECT p.point_id, p.migration_id, p.kind, p.relation, p.columns, p.state, p.rows, p.bytes, CASE WHEN p.state = 'kept' THEN p.hold END AS hold, p.file IS NOT NULL AS in_file,
           p.created_at, p.expires_at, p.owner, p.lost
      FROM hotswap._migration_rollback_points p
     WHERE p.state <> 'keeping' AND EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = p.owner AND pg_has_role(current_user, r.oid, 'USAGE'));
COMMENT ON VIEW hotswap.rollback_points IS 'what migrations have dropped or deleted and hotswap.restore brings back; one''s own';

CREATE FUNCTION hotswap.restore(point_id bigint) RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_restore';
COMMENT ON FUNCTION hotswap.restore(bigint) IS
    'stores a migration that brings back what a rollback point keeps, and returns its id. Errors: 42704 unknown point, 42501 not the owner, 55000 nothing is kept any more, 42P07 or 42701 the name is taken';

CREATE FUNCTION hotswap.drop_rollback_point(point_id bigint) RETURNS void LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_drop_rollback_point';
COMMENT ON FUNCTION hotswap.drop_rollback_point(bigint) IS
    'drops what a rollback point keeps before its time is over. Errors: 42704 unknown point, 42501 not the owner, 55000 nothing is kept any more, or a migration is at it';
