-- The analyzer. It changes nothing and reads only catalogs and statistics, so everybody may ask it.

CREATE FUNCTION hotswap.analyze(ddl text)
    RETURNS TABLE (statement_no integer, operation text, relation text, object text, lock_mode text, blocks text, rewrites boolean, scans boolean,
                   risk text, migration_type text, strategy text, estimated_duration interval, estimated_lock_time interval,
                   requires_zero_downtime boolean, warnings text[])
    LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10 AS 'MODULE_PATHNAME', 'hotswap_analyze';
COMMENT ON FUNCTION hotswap.analyze(text) IS
    'what PostgreSQL would do with each statement of a script if it were simply run: locks, rewrites, scans, risk; changes nothing. Errors: 42601 the text does not parse';
