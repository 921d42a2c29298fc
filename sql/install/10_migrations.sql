-- One row a migration: DDL in, one id, one lifecycle (states and transitions: src/core/lifecycle.hpp).
CREATE SEQUENCE hotswap._migration_numbers AS integer;
COMMENT ON SEQUENCE hotswap._migration_numbers IS 'numbers for migration ids and for the advisory locks of executors';

CREATE TABLE hotswap._migrations (
    migration_id     text        PRIMARY KEY CHECK (migration_id <> '' AND octet_length(migration_id) <= 120),
    number           integer     NOT NULL UNIQUE,
    name             text        NOT NULL,
    ddl              text        NOT NULL,
    strategy         text        NOT NULL CHECK (strategy IN ('direct', 'online_index', 'online_constraint', 'dual_write', 'online_rewrite', 'batched', 'blue_green', 'script')),
    options          jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
    owner            name        NOT NULL,
    search_path      text        NOT NULL,
    time_zone        text        NOT NULL DEFAULT current_setting('TimeZone'),
    relation         text,
    relation_oid     oid,
    fingerprint      text,
    index_oids       oid[]       NOT NULL DEFAULT '{}',
    state            text        NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'running', 'awaiting', 'paused', 'baking', 'completed',
                                                                             'failed', 'cancelled', 'rolling_back', 'rolled_back')),
    phase            text        NOT NULL DEFAULT 'expand' CHECK (phase IN ('expand', 'migrate', 'verify', 'switch', 'bake', 'contract')),
    direction        text        NOT NULL DEFAULT 'forward' CHECK (direction IN ('forward', 'undo')),
    undo_asked_by    text        CHECK (undo_asked_by IN ('cancel', 'rollback')),
    reason           text,
    warnings         text[]      NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at       timestamptz,
    finished_at      timestamptz,
    running_ms       double precision NOT NULL DEFAULT 0 CHECK (running_ms >= 0),
    script_id        text        REFERENCES hotswap._migrations ON DELETE CASCADE,
    part_no          integer,
    reverts          text        REFERENCES hotswap._migrations ON DELETE SET NULL,
    UNIQUE (script_id, part_no)
);
-- One unfinished migration a table: the rule is a constraint, not a lock, so it survives every crash.
CREATE UNIQUE INDEX _migrations_one_a_relation ON hotswap._migrations (relation_oid)
    WHERE state NOT IN ('completed', 'cancelled', 'rolled_back');

COMMENT ON TABLE hotswap._migrations IS 'migrations: one row a call of hotswap.start';
COMMENT ON COLUMN hotswap._migrations.number IS 'key of the advisory locks of this migration''s executors';
COMMENT ON COLUMN hotswap._migrations.owner IS 'role that called hotswap.start; every statement of the migration runs as it';
COMMENT ON COLUMN hotswap._migrations.search_path IS 'search_path of the caller, used only for statements that are run as written';
COMMENT ON COLUMN hotswap._migrations.time_zone IS 'TimeZone of the caller, in which all statements of the migration run';
COMMENT ON COLUMN hotswap._migrations.fingerprint IS 'hash of the table''s shape after the last step, to notice DDL by others';
COMMENT ON COLUMN hotswap._migrations.index_oids IS 'indexes the table had at the start, which nobody may drop meanwhile';
COMMENT ON COLUMN hotswap._migrations.direction IS 'forward, or undo once cancel or rollback was asked for';
COMMENT ON COLUMN hotswap._migrations.reason IS 'what it waits for, why it was paused, or why it failed, and what to type';
COMMENT ON COLUMN hotswap._migrations.script_id IS 'the migration of strategy script that this one is a part of';
COMMENT ON COLUMN hotswap._migrations.reverts IS 'the completed migration whose way down this one carries out';
COMMENT ON COLUMN hotswap._migrations.part_no IS 'the step of that script that stands for this one';
COMMENT ON COLUMN hotswap._migrations.running_ms IS 'time spent working, in milliseconds; max_duration is held against it';
