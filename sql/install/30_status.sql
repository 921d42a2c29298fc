-- What a person watches.
CREATE VIEW hotswap.v_zero_downtime_status AS
SELECT m.migration_id, m.name, m.state, m.phase,
       CASE WHEN m.state = 'completed' THEN 100::numeric
            WHEN m.strategy = 'script' THEN (SELECT round(100.0 * count(*) FILTER (WHERE t.state = 'done') / greatest(count(*), 1), 1)
                                               FROM hotswap._migration_steps t WHERE t.migration_id = m.migration_id)
            WHEN p.blocks_total > 0 THEN round(100.0 * least(p.blocks_done, p.blocks_total) / p.blocks_total, 1)
            WHEN m.phase IN ('verify', 'switch', 'bake', 'contract') THEN 100::numeric
            ELSE 0::numeric END AS percent,
       p.rows_affected, p.rows_total, p.batches_completed,
       round(p.rows_per_second::numeric) AS rows_per_second,
       CASE WHEN m.state = 'running' AND p.blocks_done > 0 AND p.blocks_total > p.blocks_done AND p.rows_per_second > 0 THEN
            make_interval(secs => p.rows_total * (1 - p.blocks_done::float8 / p.blocks_total) / p.rows_per_second) END AS eta,
       m.reason AS waiting_for,
       s.step_no, (SELECT count(*) FROM hotswap._migration_steps t WHERE t.migration_id = m.migration_id) AS steps,
       s.title AS step, s.lock_mode,
       (SELECT count(*) FROM hotswap._migration_rejects r WHERE r.migration_id = m.migration_id) AS rejected_rows,
       CASE WHEN NOT coalesce(w.switched, false) OR w.dropped THEN NULL
            WHEN w.one_way THEN 'no: planned without a way back'
            WHEN x.n = 0 THEN 'yes'
            ELSE format('no since %s: %s, see hotswap._migration_rejects (%s%s)', to_char(x.since, 'YYYY-MM-DD HH24:MI:SS'),
                        CASE x.n WHEN 1 THEN '1 row' ELSE x.n || ' rows' END, x.keys,
                        CASE WHEN x.n > 3 THEN ', ...' ELSE '' END) END AS revertible,
       m.strategy, m.relation, m.ddl, m.owner, m.created_at, m.started_at, m.finished_at,
       m.state IN ('planned', 'running', 'rolling_back')
           OR (m.state IN ('awaiting', 'baking') AND s.wait_over)
           -- one that waits for its time, or for a window
           OR (m.state = 'awaiting' AND s.kind NOT IN ('await', 'part') AND coalesce((m.options ->> 'switch_at')::timestamptz, '-infinity') <= clock_timestamp()) AS unattended,
       m.script_id AS script, m.part_no, m.options ->> 'group' AS group_name, (m.options ->> 'switch_at')::timestamptz AS switch_at
  FROM hotswap._migrations m
  JOIN hotswap._migration_progress p USING (migration_id)
  LEFT JOIN LATERAL (SELECT bool_or(t.kind = 'switch_storage' AND t.state = 'done') AS switched, bool_or(t.kind = 'twin_drop' AND t.state = 'done') AS dropped,
                            bool_or(t.kind = 'switch_storage' AND t.irreversible) AS one_way
                       FROM hotswap._migration_steps t WHERE t.migration_id = m.migration_id AND t.kind IN ('switch_storage', 'twin_drop')) w ON true
  LEFT JOIN LATERAL (SELECT count(*) AS n, min(r.at) AS since,
                            (SELECT string_agg(f.row_key::text, ', ') FROM (SELECT row_key FROM hotswap._migration_rejects
                                                                              WHERE migration_id = m.migration_id ORDER BY at, row_id LIMIT 3) AS f) AS keys
                       FROM hotswap._migration_rejects r WHERE r.migration_id = m.migration_id) x ON true
  LEFT JOIN LATERAL (SELECT t.step_no, t.title, t.lock_mode, t.kind, t.started_at + t.wait_for::interval <= clock_timestamp() AS wait_over FROM hotswap._migration_steps t
                      WHERE t.migration_id = m.migration_id
                        AND CASE WHEN m.direction = 'forward' THEN t.state <> 'done' ELSE t.state NOT IN ('pending', 'undone') END
                      ORDER BY CASE WHEN m.direction = 'forward' THEN t.step_no ELSE -t.step_no END LIMIT 1) s ON true
 ORDER BY m.number;
COMMENT ON VIEW hotswap.v_zero_downtime_status IS
    'every migration: state, phase, percent, rows, speed, time left, what it waits for (with the pid, user and query of a blocker) and its step';

CREATE FUNCTION hotswap.status(migration_id text DEFAULT NULL) RETURNS SETOF hotswap.v_zero_downtime_status
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Looking is also asking: what a crash left behind goes on.
    PERFORM hotswap._wake() FROM hotswap.v_zero_downtime_status v WHERE v.unattended LIMIT 1;
    RETURN QUERY SELECT * FROM hotswap.v_zero_downtime_status v WHERE $1 IS NULL OR v.migration_id = $1;
    IF NOT FOUND AND $1 IS NOT NULL THEN
        RAISE EXCEPTION 'migration "%" does not exist', $1 USING ERRCODE = '42704',
            HINT = 'SELECT migration_id, state FROM hotswap.status() lists all migrations.';
    END IF;
END $$;
COMMENT ON FUNCTION hotswap.status(text) IS 'one migration, or all: the columns of v_zero_downtime_status. Errors: 42704 unknown id';

CREATE FUNCTION hotswap.progress(migration_id text DEFAULT NULL)
    RETURNS TABLE (migration_id text, state text, phase text, percent numeric, rows_per_second numeric, eta interval, waiting_for text)
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.migration_id, s.state, s.phase, s.percent, s.rows_per_second, s.eta, s.waiting_for FROM hotswap.status($1) s
$$;
COMMENT ON FUNCTION hotswap.progress(text) IS 'the short form of hotswap.status, for \watch';

-- What CALL hotswap.wait prints. No SET clause: it must not keep a procedure from committing.
CREATE FUNCTION hotswap._progress_line(s hotswap.v_zero_downtime_status) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.concat_ws(', ',
        pg_catalog.format('%s: %s, phase %s', s.migration_id, s.state, s.phase),
        CASE WHEN s.step IS NOT NULL AND s.state IN ('running', 'rolling_back')
             THEN pg_catalog.format('step %s of %s (%s)', s.step_no, s.steps, s.step) END,
        CASE WHEN s.rows_total OPERATOR(pg_catalog.>) 0 AND s.state OPERATOR(pg_catalog.=) 'running'
             THEN pg_catalog.format('%s %% of %s rows', s.percent, s.rows_total) END,
        CASE WHEN s.eta IS NOT NULL
             THEN pg_catalog.format('%s rows/s, %s s left', s.rows_per_second, pg_catalog.round(EXTRACT(epoch FROM s.eta), 1)) END,
        s.waiting_for)
$$;
COMMENT ON FUNCTION hotswap._progress_line(hotswap.v_zero_downtime_status) IS 'one line of progress';

CREATE PROCEDURE hotswap.wait(migration_id text, timeout interval DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
    s     hotswap.v_zero_downtime_status;
    line  text;
    said  text := '';
    until timestamptz := pg_catalog.clock_timestamp() + timeout;
    spoke timestamptz := '-infinity';
    began CONSTANT timestamptz := pg_catalog.clock_timestamp();
BEGIN
    LOOP
        COMMIT;   -- never waits for a worker inside a transaction
        SELECT * INTO STRICT s FROM hotswap.status(migration_id);
        line := hotswap._progress_line(s);
        -- Each new state and step at once, figures once a second, later every ten: who follows it for hours wants to read them.
        IF pg_catalog.split_part(line, ' %', 1) <> pg_catalog.split_part(said, ' %', 1)
           AND (pg_catalog.regexp_replace(line, '[0-9.]+ %.*$', '') <> pg_catalog.regexp_replace(said, '[0-9.]+ %.*$', '')
                OR pg_catalog.clock_timestamp() > spoke + least(greatest((pg_catalog.clock_timestamp() - began) / 20, interval '1 second'), interval '10 seconds')) THEN
            RAISE NOTICE '%', line;
            said := line;
            spoke := pg_catalog.clock_timestamp();
        END IF;
        CASE s.state
            WHEN 'failed' THEN
                RAISE EXCEPTION 'migration "%" failed', migration_id USING ERRCODE = '55000', DETAIL = s.waiting_for,
                    HINT = pg_catalog.format('hotswap.retry(%L) tries again, hotswap.rollback(%L) takes it back.', migration_id, migration_id);
            WHEN 'completed', 'cancelled', 'rolled_back', 'paused', 'awaiting' THEN
                RETURN;
            WHEN 'baking' THEN
                -- Whoever asked for a bake wants to see its end; nobody has to sit through another.
                IF EXISTS (SELECT FROM hotswap._migration_steps b WHERE b.migration_id = s.migration_id AND b.state = 'running' AND b.unasked) THEN
                    RAISE NOTICE 'migration "%" has done its work and bakes: it is taken back by itself if the application is worse off', migration_id;
                    RETURN;
                END IF;
            ELSE
                NULL;
        END CASE;
        IF pg_catalog.clock_timestamp() >= until THEN
            RAISE NOTICE 'migration "%" is still %', migration_id, s.state;
            RETURN;
        END IF;
        PERFORM pg_catalog.pg_sleep(0.1);
    END LOOP;
END $$;
COMMENT ON PROCEDURE hotswap.wait(text, interval) IS
    'follows a migration with NOTICEs until it is done, needs a person, or the time is over. Must be called outside a transaction block. Errors: 55000 when it failed, 42704 unknown id';

CREATE PROCEDURE hotswap.run(ddl text, name text DEFAULT NULL, strategy text DEFAULT 'auto', options jsonb DEFAULT '{}',
                             timeout interval DEFAULT NULL, INOUT migration_id text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    migration_id := hotswap.start(ddl, name, strategy, options);
    IF migration_id IS NOT NULL THEN   -- null: applied already, by a migration that is forgotten
        CALL hotswap.wait(migration_id, timeout);
    END IF;
END $$;
COMMENT ON PROCEDURE hotswap.run(text, text, text, jsonb, interval, text) IS
    'hotswap.start and hotswap.wait in one. Must be called outside a transaction block. Errors: as both';
