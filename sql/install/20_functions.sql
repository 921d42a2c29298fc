-- The functions people call. Nobody but superusers may execute them until hotswap.allow(role) says so.

CREATE FUNCTION hotswap.start(ddl text, name text DEFAULT NULL, strategy text DEFAULT 'auto', options jsonb DEFAULT '{}')
    RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_start';
COMMENT ON FUNCTION hotswap.start(text, text, text, jsonb) IS
    'stores a migration for a DDL statement, or a script of several, and returns its id; background workers carry it out after commit. Errors: 0A000 not possible online, 22023 options, 42501 not the owner, 55006 table already in a migration';

CREATE FUNCTION hotswap.start_rewrite(relation regclass, order_by text DEFAULT NULL, fillfactor integer DEFAULT NULL, name text DEFAULT NULL,
                                      options jsonb DEFAULT '{}')
    RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_start_rewrite';
COMMENT ON FUNCTION hotswap.start_rewrite(regclass, text, integer, text, jsonb) IS
    'stores a migration that writes a table anew, without its bloat and in the order given, and returns its id. Errors: as hotswap.start';

CREATE FUNCTION hotswap.plan(ddl text, strategy text DEFAULT 'auto', options jsonb DEFAULT '{}')
    RETURNS TABLE (step_no integer, plan_strategy text, phase text, kind text, title text, relation text, lock_mode text, action text[], undo text[],
                   requires_deployment boolean, deployment text, irreversible boolean)
    LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 20 AS 'MODULE_PATHNAME', 'hotswap_plan';
COMMENT ON FUNCTION hotswap.plan(text, text, jsonb) IS
    'the dry run of hotswap.start: every step with its SQL, its undo and the lock it takes; changes nothing. Errors: as hotswap.start';

CREATE FUNCTION hotswap.pause(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_pause';
COMMENT ON FUNCTION hotswap.pause(text) IS 'stops a migration after the chunk or step it is at; errors: 42704 unknown id, 55000 not possible in its state';

CREATE FUNCTION hotswap.resume(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_resume';
COMMENT ON FUNCTION hotswap.resume(text) IS 'lets a paused migration go on; errors: 42704, 55000';

CREATE FUNCTION hotswap.advance(migration_id text, deployment text DEFAULT NULL) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_advance';
COMMENT ON FUNCTION hotswap.advance(text, text) IS 'confirms the deployment or approval a migration waits for; errors: 42704, 55000';

CREATE FUNCTION hotswap.complete(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_complete';
COMMENT ON FUNCTION hotswap.complete(text) IS 'confirms everything a migration still waits for, the contract included; after it nothing can be taken back. Errors: 42704, 55000';

CREATE FUNCTION hotswap.cancel(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_cancel';
COMMENT ON FUNCTION hotswap.cancel(text) IS 'takes a migration back before its switch: the table is left as it was; errors: 42704, 55000 after the switch';

CREATE FUNCTION hotswap.rollback(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_rollback';
COMMENT ON FUNCTION hotswap.rollback(text) IS 'takes a migration back before or after its switch without losing a write; errors: 42704, 55000 after the contract';

CREATE FUNCTION hotswap.retry(migration_id text, options jsonb DEFAULT '{}') RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_retry';
COMMENT ON FUNCTION hotswap.retry(text, jsonb) IS
    'tries a failed or paused migration again, rejected rows included; after a failure in the chunks of a step with smaller ones, or with other options. Errors: 22023, 42704, 55000';

CREATE FUNCTION hotswap.cleanup(migration_id text) RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_cleanup';
COMMENT ON FUNCTION hotswap.cleanup(text) IS 'takes an unfinished migration back, or forgets the chunks and rejects of a finished one; errors: 42704, 55000';

CREATE FUNCTION hotswap._wake() RETURNS void LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_wake';
COMMENT ON FUNCTION hotswap._wake() IS 'starts the conductor of this database at commit, so that what a crash left goes on';

CREATE FUNCTION hotswap.generate_dual_write(relation text, old_column text, new_column text, up text DEFAULT NULL, down text DEFAULT NULL)
    RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_generate_dual_write';
COMMENT ON FUNCTION hotswap.generate_dual_write(text, text, text, text, text) IS
    'the dual-write trigger for two existing columns as plain PL/pgSQL, for servers without the library; up and down default to the other column. Errors: 42703 unknown column';

CREATE FUNCTION hotswap.dual_write() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_dual_write';
COMMENT ON FUNCTION hotswap.dual_write() IS 'trigger function of migrations; keeps the old and the new columns of a row equal';

CREATE FUNCTION hotswap.log_change() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_log_change';
COMMENT ON FUNCTION hotswap.log_change() IS 'trigger function of migrations; writes the keys of changed rows into a change log';
