-- A script looked at before it is started: may it run, and what is the careful way. Names are resolved under the caller's search_path.

CREATE FUNCTION hotswap._validate(ddl text, options jsonb) RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_validate';
COMMENT ON FUNCTION hotswap._validate(text, jsonb) IS 'hotswap.validate as text';

CREATE FUNCTION hotswap.validate(ddl text, options jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql VOLATILE AS $$ SELECT hotswap._validate($1, $2)::pg_catalog.jsonb $$;
COMMENT ON FUNCTION hotswap.validate(text, jsonb) IS
    'whether a statement or script can run here, as JSON: isValid, operations (type, statement, riskLevel, relations, warnings, errors), warnings, errors, riskLevel, migrationType; with the option data, what is wrong in the rows; changes nothing. Errors: 22023 options';

CREATE FUNCTION hotswap._examine(ddl text)
    RETURNS TABLE (statement_no integer, statement text, operation text, relation text, lock_mode text, blocks text, rewrites boolean, scans boolean,
                   risk text, strategy text, duration interval, lock_time interval, warnings text[], deployments text, irreversible boolean, errors text, kept text)
    LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10 AS 'MODULE_PATHNAME', 'hotswap_examine';
COMMENT ON FUNCTION hotswap._examine(text) IS 'verdicts, plans and errors of each statement of a script: what hotswap.recommend puts into words';

CREATE FUNCTION hotswap.recommend(ddl text)
    RETURNS TABLE (statement_no integer, statement text, strategy text, why text, if_simply_run text, deploy text[], estimated_duration interval,
                   can_be_taken_back boolean, what_to_type text)
    LANGUAGE sql VOLATILE ROWS 5 AS $$
    SELECT e.statement_no, pg_catalog.min(e.statement),
           CASE WHEN pg_catalog.bool_or(e.errors IS NOT NULL) THEN NULL ELSE pg_catalog.min(e.strategy) END,
           CASE WHEN pg_catalog.bool_or(e.errors IS NOT NULL) THEN pg_catalog.min(e.errors)
                ELSE CASE pg_catalog.min(e.strategy)
                WHEN 'direct' THEN 'nobody waits longer than the lock policy allows: the lock is short, and asked for in short attempts'
                WHEN 'online_index' THEN 'the index is built or dropped beside the writers'
                WHEN 'online_constraint' THEN 'the rule holds for new rows at once, the old ones are checked beside the writers'
                WHEN 'dual_write' THEN 'the old and the new application both work until the switch'
                WHEN 'online_rewrite' THEN 'a second copy is filled beside the writers and takes the place of the first within milliseconds'
                WHEN 'batched' THEN 'the rows are changed in chunks, each in a short transaction'
                ELSE 'it makes new things only, or its plan rests on the statements before it' END
                OPERATOR(pg_catalog.||) coalesce('; ' OPERATOR(pg_catalog.||) pg_catalog.min(e.kept), '') END,
           pg_catalog.string_agg(DISTINCT
               pg_catalog.format('%s%s: %s%s%s%s', e.lock_mode, CASE WHEN e.relation IS NOT NULL THEN ' on ' OPERATOR(pg_catalog.||) e.relation END,
                                 CASE e.blocks WHEN 'nothing' THEN 'nobody waits' ELSE e.blocks OPERATOR(pg_catalog.||) ' wait' END,
                                 CASE WHEN e.rewrites THEN ', the table is written anew' END, CASE WHEN e.scans THEN ', the table is read in full' END,
                                 CASE WHEN e.lock_time OPERATOR(pg_catalog.>) '100 ms'::pg_catalog.interval
                                      THEN ', for about ' OPERATOR(pg_catalog.||) CASE WHEN e.lock_time OPERATOR(pg_catalog.<) '2 s'::pg_catalog.interval THEN pg_catalog.round(EXTRACT(epoch FROM e.lock_time), 1)::pg_catalog.text OPERATOR(pg_catalog.||) ' s'
                                                ELSE pg_catalog.date_trunc('second', e.lock_time OPERATOR(pg_catalog.+) '500 ms'::pg_catalog.interval)::pg_catalog.text END END), E'\n')
               FILTER (WHERE e.lock_mode IS NOT NULL),
           pg_catalog.string_to_array(pg_catalog.min(e.deployments), E'\n'),
           pg_catalog.max(e.duration), NOT pg_catalog.bool_or(e.irreversible),
           CASE WHEN pg_catalog.bool_or(e.errors IS NOT NULL) THEN NULL
                ELSE pg_catalog.format('SELECT hotswap.start(%L);', pg_catalog.min(e.statement)) END
      FROM hotswap._examine($1) e GROUP BY e.statement_no ORDER BY e.statement_no
$$;
COMMENT ON FUNCTION hotswap.recommend(text) IS
    'the careful way for each statement of a script: strategy and why, what would go wrong if it were simply run, what to deploy in between, how long; changes nothing. Errors: 42601';
