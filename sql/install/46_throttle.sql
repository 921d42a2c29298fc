-- What a person asks of the throttle while migrations run: to rest more, or not to look at the budgets for a while.
CREATE TABLE hotswap._migration_throttles (
    app        text             PRIMARY KEY CHECK (app <> ''),
    ratio      double precision CHECK (ratio BETWEEN 0 AND 1),
    exempt     boolean          NOT NULL DEFAULT false,
    until      timestamptz      NOT NULL,
    set_by     name             NOT NULL DEFAULT session_user,
    CHECK (exempt = (ratio IS NULL))
);
COMMENT ON TABLE hotswap._migration_throttles IS 'rules of hotswap.throttle and hotswap.exempt, until their time is over';
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_throttles', '');

CREATE FUNCTION hotswap.throttle(app text, ratio double precision DEFAULT 1, duration interval DEFAULT '1 hour') RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_throttle';
COMMENT ON FUNCTION hotswap.throttle(text, double precision, interval) IS
    'for a while, lets a migration, all of them or a kind of step rest for that ratio of their time; 1 stops them. Errors: 22004, 22023, 42501, 42704';

CREATE FUNCTION hotswap.exempt(app text, duration interval DEFAULT '1 hour') RETURNS void
    LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_exempt';
COMMENT ON FUNCTION hotswap.exempt(text, interval) IS
    'for a while, lets a migration, all of them or a kind of step work without looking at budgets and gauges. Errors: 22004, 22023, 42501, 42704';

CREATE FUNCTION hotswap.unthrottle(app text) RETURNS boolean LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_unthrottle';
COMMENT ON FUNCTION hotswap.unthrottle(text) IS 'takes a rule of hotswap.throttle or hotswap.exempt back; false when there was none. Errors: 22004, 42501, 42704';
