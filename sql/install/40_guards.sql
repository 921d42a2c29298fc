-- UPDATE _migration_progress SET status = 'cancelled' really cancels: the row follows the migration, and a change by hand
-- is taken as the call it stands for.
CREATE FUNCTION hotswap._status_by_hand() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.status = (SELECT m.state FROM hotswap._migrations m WHERE m.migration_id = NEW.migration_id) THEN
        RETURN NULL;
    END IF;
    CASE NEW.status
        WHEN 'cancelled' THEN PERFORM hotswap.cancel(NEW.migration_id);
        WHEN 'paused'    THEN PERFORM hotswap.pause(NEW.migration_id);
        WHEN 'running'   THEN PERFORM hotswap.resume(NEW.migration_id);
        ELSE
            RAISE EXCEPTION 'cannot set the status of migration "%" to "%"', NEW.migration_id, NEW.status USING ERRCODE = '55000',
                HINT = 'Only cancelled, paused and running can be set by hand; see hotswap.rollback, hotswap.advance and hotswap.complete.';
    END CASE;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION hotswap._status_by_hand() IS 'turns UPDATE _migration_progress SET status = ... into hotswap.cancel, pause or resume';

CREATE TRIGGER status_by_hand AFTER UPDATE OF status ON hotswap._migration_progress
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION hotswap._status_by_hand();

-- DDL by others on a table in migration is refused. PL/pgSQL, so that a missing library never keeps anybody from DDL.
CREATE FUNCTION hotswap._guard_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    -- Our own workers. A setting could be set by anybody; the kind of process cannot.
    IF EXISTS (SELECT FROM pg_stat_get_activity(pg_backend_pid()) a WHERE a.backend_type = 'hotswap executor') THEN
        RETURN;
    END IF;
    IF tg_event = 'sql_drop' THEN
        SELECT m.migration_id, m.relation, m.state INTO found
          FROM pg_event_trigger_dropped_objects() d
          JOIN hotswap._migrations m ON m.state NOT IN ('completed', 'cancelled', 'rolled_back')
           AND ((d.classid = 'pg_class'::regclass AND (d.objid = m.relation_oid OR d.objid = ANY (m.works_on) OR d.objid = ANY (m.index_oids)
                                                       OR EXISTS (SELECT FROM hotswap._migration_twins t WHERE t.migration_id = m.migration_id AND t.active
                                                                     AND (t.relation_oid = d.objid OR (d.object_type = 'index' AND d.schema_name = split_part(t.relation, '"', 2)
                                                                                                       AND d.object_name = ANY (t.old_indexes || t.new_indexes))))))
                OR (d.object_type = 'index' AND EXISTS (SELECT FROM hotswap._migration_steps s WHERE s.migration_id = m.migration_id
                                                           AND s.index_schema = d.schema_name AND s.index_name = d.object_name))
                OR (d.schema_name = 'hotswap' AND d.object_name ~ format('^_(twin|previous|changes|changes_back|alive|order)_%s_', m.number))
                OR (d.object_type = 'trigger' AND d.address_names[3] IN ('~hotswap_dual_write', '~hotswap_changes', '~hotswap_truncated')
                    AND (m.relation IN (format('"%s"."%s"', replace(d.address_names[1], '"', '""'), replace(d.address_names[2], '"', '""')))
                         OR EXISTS (SELECT FROM hotswap._migration_twins t WHERE t.migration_id = m.migration_id AND t.active AND t.relation = format('"%s"."%s"', replace(d.address_names[1], '"', '""'), replace(d.address_names[2], '"', '""'))))))
         LIMIT 1;
    ELSE
        SELECT m.migration_id, m.relation, m.state INTO found
          FROM pg_event_trigger_ddl_commands() c
          JOIN hotswap._migrations m ON m.state NOT IN ('completed', 'cancelled', 'rolled_back')
          CROSS JOIN LATERAL (SELECT CASE WHEN c.object_type = 'index' THEN (SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.objid)
                                          WHEN c.object_type = 'trigger' THEN (SELECT t.tgrelid FROM pg_trigger t WHERE t.oid = c.objid)
                                          WHEN c.object_type = 'rule' THEN (SELECT r.ev_class FROM pg_rewrite r WHERE r.oid = c.objid)
                                          ELSE c.objid END AS oid) AS relation
         WHERE m.relation_oid = relation.oid OR relation.oid = ANY (m.works_on)
            OR EXISTS (SELECT FROM hotswap._migration_twins t WHERE t.migration_id = m.migration_id AND t.active
                          AND (t.relation_oid = relation.oid
                               OR relation.oid IN (SELECT to_regclass(format('hotswap._%s_%s_%s', kind, m.number, t.member_no))
                                                     FROM unnest('{twin,previous,changes,changes_back,alive,order}'::text[]) AS kind)
                               -- A new child, a new key to the table, a new view on a column that changes: the switch would not know of them.
                               OR EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = relation.oid AND h.inhparent = t.relation_oid)
                               OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relation.oid AND k.confrelid = t.relation_oid
                                             AND age(k.xmin) <= age(pg_current_xact_id()::xid))
                               OR (c.object_type IN ('view', 'materialized view')
                                   AND EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend p ON p.classid = 'pg_rewrite'::regclass AND p.objid = r.oid
                                                 JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
                                                WHERE r.ev_class = relation.oid AND p.refclassid = 'pg_class'::regclass
                                                  AND p.refobjid = t.relation_oid AND a.attname = ANY (t.columns)))))
         LIMIT 1;
    END IF;
    IF found.migration_id IS NOT NULL THEN
        RAISE EXCEPTION 'cannot change table % while it is in a migration', found.relation USING ERRCODE = '55006',
            DETAIL = format('Migration "%s" is %s.', found.migration_id, found.state),
            HINT = format('Finish it first: hotswap.complete(%L), hotswap.cancel(%L) or hotswap.rollback(%L).',
                          found.migration_id, found.migration_id, found.migration_id);
    END IF;
END $$;
COMMENT ON FUNCTION hotswap._guard_ddl() IS 'refuses DDL by others on a table in migration';

CREATE EVENT TRIGGER hotswap_guard_ddl ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'CREATE TABLE', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE INDEX', 'ALTER INDEX', 'CREATE TRIGGER', 'ALTER TRIGGER', 'CREATE RULE', 'ALTER RULE') EXECUTE FUNCTION hotswap._guard_ddl();
CREATE EVENT TRIGGER hotswap_guard_drop ON sql_drop EXECUTE FUNCTION hotswap._guard_ddl();
-- Also under session_replication_role = replica, where ALTER TABLE ... DISABLE TRIGGER ALL would otherwise go unseen.
ALTER EVENT TRIGGER hotswap_guard_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER hotswap_guard_drop ENABLE ALWAYS;

CREATE FUNCTION hotswap._before_drop_extension() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_before_drop_extension';
COMMENT ON FUNCTION hotswap._before_drop_extension() IS 'DROP EXTENSION hotswap CASCADE takes unfinished migrations back first';
CREATE EVENT TRIGGER hotswap_before_drop_extension ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION hotswap._before_drop_extension();
ALTER EVENT TRIGGER hotswap_before_drop_extension ENABLE ALWAYS;
