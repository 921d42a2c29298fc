-- The plan as rows: the unit of work and of recovery. The executor that did a step writes its outcome,
-- in the transaction of the work wherever the work can be in one.
CREATE TABLE hotswap._migration_steps (
    migration_id  text     NOT NULL REFERENCES hotswap._migrations ON DELETE CASCADE,
    step_no       integer  NOT NULL CHECK (step_no > 0),
    phase         text     NOT NULL CHECK (phase IN ('expand', 'migrate', 'verify', 'switch', 'bake', 'contract')),
    kind          text     NOT NULL CHECK (kind IN ('ddl', 'index_build', 'index_drop', 'reindex', 'fill', 'validate', 'backfill', 'verify', 'await',
                                              'twin_create', 'copy', 'twin_index', 'catch_up', 'twin_verify', 'switch_storage', 'twin_drop', 'detach', 'rows',
                                              'part', 'flag', 'keep')),
    title         text     NOT NULL,
    relation      text,
    locks         text[]   NOT NULL DEFAULT '{}',
    lock_mode     text,
    action        text[]   NOT NULL DEFAULT '{}',
    undo          text[]   NOT NULL DEFAULT '{}',
    statement     text,
    after         text[]   NOT NULL DEFAULT '{}',
    populate      text[]   NOT NULL DEFAULT '{}',
    undo_populate text[]   NOT NULL DEFAULT '{}',
    member        integer,
    blocks_total  bigint,
    index_schema  text,
    index_name    text,
    deployment    text,
    wait_for      text,
    verify_sql    text,
    repetition    text     CHECK (repetition IN ('impossible', 'harmless', 'forbidden')),
    began_at      text,
    pass_blocks   bigint,
    most_blocks   bigint   CHECK (most_blocks > 0),
    irreversible  boolean  NOT NULL DEFAULT false,
    caller_path   boolean  NOT NULL DEFAULT false,
    part_path     text,
    part_options  jsonb,
    part_strategy text,
    part_outline  text,
    part_is_new   boolean  NOT NULL DEFAULT false,
    keep          text     CHECK (keep IN ('table', 'hold', 'copy', 'kept', 'rows', 'truncated', 'bring_back', 'rows_back', 'fetch', 'restored')),
    keeps         text[]   NOT NULL DEFAULT '{}',
    point_id      bigint,
    unasked       boolean  NOT NULL DEFAULT false,
    state         text     NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'undoing', 'undone')),
    attempts      integer  NOT NULL DEFAULT 0,
    confirmed     text,
    lock_held_ms  double precision,
    started_at    timestamptz,
    finished_at   timestamptz,
    error         text,
    PRIMARY KEY (migration_id, step_no)
);
COMMENT ON TABLE hotswap._migration_steps IS 'steps of every migration: the SQL, the undo, the lock and the outcome of each';
COMMENT ON COLUMN hotswap._migration_steps.action IS 'SQL of the step; one transaction for ddl and validate, outside a transaction block for index_build and index_drop';
COMMENT ON COLUMN hotswap._migration_steps.undo IS 'SQL that brings back what was before the step';
COMMENT ON COLUMN hotswap._migration_steps.statement IS 'switch_storage: the DDL as written, run on the emptied tables between action and after';
COMMENT ON COLUMN hotswap._migration_steps.after IS 'switch_storage: SQL after the statement, the tables still empty';
COMMENT ON COLUMN hotswap._migration_steps.populate IS 'switch_storage: SQL once the tables have their rows again';
COMMENT ON COLUMN hotswap._migration_steps.undo_populate IS 'the same on the way back';
COMMENT ON COLUMN hotswap._migration_steps.member IS 'copy, twin_index, twin_verify: the table''s number in _migration_twins';
COMMENT ON COLUMN hotswap._migration_steps.part_path IS 'part: the search_path that a SET in the script gave it';
COMMENT ON COLUMN hotswap._migration_steps.part_outline IS 'part: the steps that the dry run of the script showed, to be compared with those planned at its turn';
COMMENT ON COLUMN hotswap._migration_steps.part_is_new IS 'part: only makes new things, so it runs as written in one transaction';
COMMENT ON COLUMN hotswap._migration_steps.keep IS 'what a step does for a rollback point';
COMMENT ON COLUMN hotswap._migration_steps.point_id IS 'of a restore: its rollback point';
COMMENT ON COLUMN hotswap._migration_steps.unasked IS 'await of phase bake: put there by hotswap.bake; the next migration of the table ends it, and no traffic does not prolong it';
COMMENT ON COLUMN hotswap._migration_steps.blocks_total IS 'backfill, copy: the fixed range, in heap blocks; rows: that of all passes so far';
COMMENT ON COLUMN hotswap._migration_steps.repetition IS 'rows: what doing a row twice would mean, and so what is done with rows that others write meanwhile';
COMMENT ON COLUMN hotswap._migration_steps.began_at IS 'rows: the snapshot at which it began';
COMMENT ON COLUMN hotswap._migration_steps.pass_blocks IS 'rows: heap blocks of one pass over the table';
COMMENT ON COLUMN hotswap._migration_steps.most_blocks IS 'the largest chunk, in heap blocks, since hotswap.retry made them smaller';
COMMENT ON COLUMN hotswap._migration_steps.confirmed IS 'await, and a step that waits for its time: what hotswap.advance was told';
COMMENT ON COLUMN hotswap._migration_steps.lock_held_ms IS 'how long the lock of lock_mode was held, in milliseconds';

-- Ranges of heap blocks [block_from, block_to). A chunk's row becomes done in the transaction that changed its rows.
CREATE TABLE hotswap._migration_chunks (
    migration_id  text        NOT NULL,
    step_no       integer     NOT NULL,
    chunk_no      integer     NOT NULL CHECK (chunk_no > 0),
    block_from    bigint      NOT NULL CHECK (block_from >= 0),
    block_to      bigint      NOT NULL,
    state         text        NOT NULL CHECK (state IN ('running', 'done', 'revisit')),
    stream        integer,
    attempts      integer     NOT NULL DEFAULT 1,
    rows_seen     bigint      NOT NULL DEFAULT 0,
    rows_changed  bigint      NOT NULL DEFAULT 0,
    rows_skipped  bigint      NOT NULL DEFAULT 0,
    rows_rejected bigint      NOT NULL DEFAULT 0,
    rows_left     bigint      NOT NULL DEFAULT 0,
    writer        bigint,
    writers       bigint[]    NOT NULL DEFAULT '{}',
    target_from   bigint,
    target_to     bigint,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    PRIMARY KEY (migration_id, step_no, chunk_no),
    FOREIGN KEY (migration_id, step_no) REFERENCES hotswap._migration_steps ON DELETE CASCADE,
    CHECK (block_to > block_from)
);
CREATE INDEX _migration_chunks_open ON hotswap._migration_chunks (migration_id, step_no, chunk_no) WHERE state <> 'done';
CREATE INDEX _migration_chunks_reach ON hotswap._migration_chunks (migration_id, step_no, block_to);
COMMENT ON TABLE hotswap._migration_chunks IS 'chunks of every backfill: which heap blocks are done';
COMMENT ON COLUMN hotswap._migration_chunks.writer IS 'copy: the transaction (32 bits, as in xmin) that wrote the rows into the twin''s blocks [target_from, target_to)';
COMMENT ON COLUMN hotswap._migration_chunks.writers IS 'rows: the transactions (32 bits, as in xmin) that changed rows of this chunk';
COMMENT ON COLUMN hotswap._migration_chunks.rows_left IS 'rows: rows left alone because others wrote them after the job began';
COMMENT ON COLUMN hotswap._migration_chunks.state IS 'running; done; revisit = some rows were locked by the application and are still to do';

-- What a person watches. One row a migration.
CREATE TABLE hotswap._migration_progress (
    migration_id      text        PRIMARY KEY REFERENCES hotswap._migrations ON DELETE CASCADE,
    phase             text        NOT NULL DEFAULT 'expand',
    status            text        NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'running', 'awaiting', 'paused', 'baking', 'completed',
                                                                               'failed', 'cancelled', 'rolling_back', 'rolled_back')),
    batches_completed bigint      NOT NULL DEFAULT 0,
    rows_affected     bigint      NOT NULL DEFAULT 0,
    rows_total        bigint      NOT NULL DEFAULT 0,
    blocks_done       bigint      NOT NULL DEFAULT 0,
    blocks_total      bigint      NOT NULL DEFAULT 0,
    rows_per_second   double precision NOT NULL DEFAULT 0,
    started_at        timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE hotswap._migration_progress IS 'progress of every migration; UPDATE ... SET status = ''cancelled'' cancels it';
COMMENT ON COLUMN hotswap._migration_progress.rows_total IS 'estimate of the planner when the backfill began';

CREATE TABLE hotswap._migration_events (
    event_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration_id  text        NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    event         text        NOT NULL,
    step_no       integer,
    actor         name        NOT NULL DEFAULT session_user,
    detail        text
);
CREATE INDEX _migration_events_by_migration ON hotswap._migration_events (migration_id, event_id);
COMMENT ON TABLE hotswap._migration_events IS 'append-only audit: every state change, step, lock attempt and control call';

CREATE TABLE hotswap._migration_rejects (
    migration_id  text        NOT NULL REFERENCES hotswap._migrations ON DELETE CASCADE,
    step_no       integer     NOT NULL,
    chunk_no      integer     NOT NULL,
    row_id        tid         NOT NULL,
    row_key       jsonb       NOT NULL,
    value         jsonb,
    sqlstate      text        NOT NULL,
    error         text        NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration_id, step_no, row_id)
);
COMMENT ON TABLE hotswap._migration_rejects IS 'rows whose conversion failed: key, value and error; the migration stops before the switch';
COMMENT ON COLUMN hotswap._migration_rejects.row_key IS 'primary key of the row (its ctid where the table has none)';

CREATE TABLE hotswap._migration_dual_writes (
    migration_id  text     NOT NULL REFERENCES hotswap._migrations ON DELETE CASCADE,
    group_no      integer  NOT NULL CHECK (group_no > 0),
    relation_oid  oid      NOT NULL,
    relation      text     NOT NULL,
    old_columns   text[]   NOT NULL,
    new_columns   text[]   NOT NULL,
    up            text[]   NOT NULL,
    down          text[]   NOT NULL,
    on_conflict   text     NOT NULL CHECK (on_conflict IN ('error', 'new_wins')),
    active        boolean  NOT NULL DEFAULT false,
    PRIMARY KEY (migration_id, group_no)
);
COMMENT ON TABLE hotswap._migration_dual_writes IS 'pairs of columns that a trigger keeps equal; active while the trigger is on the table';
COMMENT ON COLUMN hotswap._migration_dual_writes.up IS 'one expression for each new column, over the old ones';
COMMENT ON COLUMN hotswap._migration_dual_writes.down IS 'one expression for each old column, over the new ones';

-- The tables an online_rewrite copies. Their twin, previous and logs are named after the migration's number and member_no.
CREATE TABLE hotswap._migration_twins (
    migration_id  text     NOT NULL REFERENCES hotswap._migrations ON DELETE CASCADE,
    member_no     integer  NOT NULL CHECK (member_no > 0),
    relation_oid  oid      NOT NULL,
    relation      text     NOT NULL,
    key_columns   text[]   NOT NULL,
    columns       text[]   NOT NULL,
    up            text[]   NOT NULL,
    down          text[]   NOT NULL,
    flags         text[]   NOT NULL,
    order_by      text,
    active        boolean  NOT NULL DEFAULT true,
    began_at      text,
    filenode      oid,
    old_indexes   text[]   NOT NULL DEFAULT '{}',
    new_indexes   text[]   NOT NULL DEFAULT '{}',
    fingerprint   text,
    PRIMARY KEY (migration_id, member_no)
);
-- A table can be copied by one migration at a time: a constraint, not a lock.
CREATE UNIQUE INDEX _migration_twins_one_a_relation ON hotswap._migration_twins (relation_oid) WHERE active;
COMMENT ON TABLE hotswap._migration_twins IS 'tables that an online_rewrite copies, and how their rows are converted there and back';
COMMENT ON COLUMN hotswap._migration_twins.columns IS 'columns whose values change; up and down have an expression for each';
COMMENT ON COLUMN hotswap._migration_twins.flags IS 'for each of columns: added, unstable, or empty';
COMMENT ON COLUMN hotswap._migration_twins.order_by IS 'rows are copied in this order; null: as they lie';
COMMENT ON COLUMN hotswap._migration_twins.began_at IS 'the snapshot at which the change log began: row versions it sees are copied, later ones are in the log';
COMMENT ON COLUMN hotswap._migration_twins.filenode IS 'the storage the chunks are counted in';
COMMENT ON COLUMN hotswap._migration_twins.old_indexes IS 'names of the table''s indexes before the switch; the n-th belongs to the n-th index of previous';
COMMENT ON COLUMN hotswap._migration_twins.new_indexes IS 'names of the table''s indexes after the switch; the n-th belongs to the n-th index of the twin';

CREATE TABLE hotswap._migration_deprecations (
    table_name    text        NOT NULL,
    column_name   text        NOT NULL,
    removal_date  timestamptz,
    migration_id  text,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE hotswap._migration_deprecations IS 'columns announced for removal, by people or by a DROP COLUMN migration';

SELECT pg_catalog.pg_extension_config_dump('hotswap._migrations', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_steps', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_chunks', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_progress', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_events', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_rejects', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_dual_writes', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_twins', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_deprecations', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_numbers', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_events_event_id_seq', '');
