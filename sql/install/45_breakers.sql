-- Circuit breakers. The table holds the rules of each, its state when somebody set it by hand, and the state it had last, for the
-- next start of the server. Counts are in shared memory (src/bridge/breaker_memory.hpp): the view shows both.
CREATE TABLE hotswap._migration_breakers (
    breaker_name         text        PRIMARY KEY CHECK (breaker_name <> '' AND octet_length(breaker_name) <= 63),
    state                text        NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half_open', 'forced_open', 'disabled')),
    cause                text        NOT NULL DEFAULT '',
    opens                integer     NOT NULL DEFAULT 0,
    state_since          timestamptz NOT NULL DEFAULT clock_timestamp(),
    retry_at             timestamptz,
    revision             bigint      NOT NULL DEFAULT 0,
    window_type          text        NOT NULL DEFAULT 'time' CHECK (window_type IN ('time', 'count')),
    window_time          interval    NOT NULL DEFAULT '30 seconds' CHECK (window_time BETWEEN '1 second' AND '1 day'),
    window_calls         integer     NOT NULL DEFAULT 100 CHECK (window_calls BETWEEN 1 AND 1024),
    minimum_calls        integer     NOT NULL DEFAULT 20 CHECK (minimum_calls >= 1),
    failure_ratio        double precision DEFAULT 0.5 CHECK (failure_ratio > 0 AND failure_ratio <= 1),
    slow_ratio           double precision DEFAULT 0.5 CHECK (slow_ratio > 0 AND slow_ratio <= 1),
    slow_time            interval    NOT NULL DEFAULT '10 seconds' CHECK (slow_time > '0'),
    consecutive_failures integer     CHECK (consecutive_failures >= 1),
    open_time            interval    NOT NULL DEFAULT '30 seconds' CHECK (open_time > '0' AND open_time <= '1 day'),
    max_open_time        interval    NOT NULL DEFAULT '10 minutes' CHECK (max_open_time > '0' AND max_open_time <= '7 days'),
    half_open_calls      integer     NOT NULL DEFAULT 1 CHECK (half_open_calls BETWEEN 1 AND 1000),
    half_open_time       interval    NOT NULL DEFAULT '60 seconds' CHECK (half_open_time > '0' AND half_open_time <= '1 day'),
    CONSTRAINT minimum_fits_window CHECK (window_type = 'time' OR minimum_calls <= window_calls)
);
COMMENT ON TABLE hotswap._migration_breakers IS 'rules and remembered states of circuit breakers; read and write _migration_circuit_breakers';
COMMENT ON COLUMN hotswap._migration_breakers.revision IS 'when the state was set by hand last, in microseconds; 0 = never';
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_breakers', '');

CREATE FUNCTION hotswap._breakers_changed() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'hotswap_breakers_changed';
COMMENT ON FUNCTION hotswap._breakers_changed() IS 'tells all sessions that a breaker was changed';
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotswap._migration_breakers
    FOR EACH STATEMENT EXECUTE FUNCTION hotswap._breakers_changed();
ALTER TABLE hotswap._migration_breakers ENABLE ALWAYS TRIGGER changed;

CREATE FUNCTION hotswap._circuit_breakers()
    RETURNS TABLE (breaker_name text, state text, failure_count bigint, success_count bigint, slow_count bigint, failures_in_a_row integer, reason text,
                   opens integer, since_ms double precision, until_ms double precision, last_failure_ms double precision, window_type text,
                   window_ms double precision, window_calls integer, minimum_calls integer, failure_ratio double precision,
                   slow_ratio double precision, slow_ms double precision, consecutive_failures integer, open_ms double precision,
                   max_open_ms double precision, half_open_calls integer, half_open_ms double precision)
    LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'hotswap_circuit_breakers';
COMMENT ON FUNCTION hotswap._circuit_breakers() IS 'the breakers as they are at this moment, in memory';

CREATE VIEW hotswap._migration_circuit_breakers AS
SELECT b.breaker_name, b.state, b.failure_count, b.success_count, b.slow_count, b.failures_in_a_row, b.reason, b.opens,
       to_timestamp(b.since_ms / 1000) AS state_since, to_timestamp(b.until_ms / 1000) AS retry_at,
       to_timestamp(b.last_failure_ms / 1000) AS last_failure_at,
       b.window_type, b.window_ms * interval '1 millisecond' AS window_time, b.window_calls, b.minimum_calls, b.failure_ratio, b.slow_ratio,
       b.slow_ms * interval '1 millisecond' AS slow_time, b.consecutive_failures, b.open_ms * interval '1 millisecond' AS open_time,
       b.max_open_ms * interval '1 millisecond' AS max_open_time, b.half_open_calls, b.half_open_ms * interval '1 millisecond' AS half_open_time
  FROM hotswap._circuit_breakers() b;
COMMENT ON VIEW hotswap._migration_circuit_breakers IS
    'circuit breakers: state and counts of this moment, and the rules of each. INSERT makes one; UPDATE sets state, counts to 0, or rules';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN state SET DEFAULT 'closed';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN window_type SET DEFAULT 'time';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN window_time SET DEFAULT '30 seconds';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN window_calls SET DEFAULT 100;
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN minimum_calls SET DEFAULT 20;
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN failure_ratio SET DEFAULT 0.5;
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN slow_ratio SET DEFAULT 0.5;
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN slow_time SET DEFAULT '10 seconds';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN open_time SET DEFAULT '30 seconds';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN max_open_time SET DEFAULT '10 minutes';
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN half_open_calls SET DEFAULT 1;
ALTER VIEW hotswap._migration_circuit_breakers ALTER COLUMN half_open_time SET DEFAULT '60 seconds';

CREATE FUNCTION hotswap._breaker_by_hand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_us    bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    rules     text[] := '{window_type,window_time,window_calls,minimum_calls,failure_ratio,slow_ratio,slow_time,consecutive_failures,open_time,max_open_time,half_open_calls,half_open_time}';
    counts    text[] := '{failure_count,success_count,slow_count,failures_in_a_row}';
    before    jsonb  := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after     jsonb  := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    changed   text[];
    kept      text;
    sets      boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM hotswap._migration_breakers b WHERE b.breaker_name = OLD.breaker_name;
        IF OLD.breaker_name = 'migration_executor' THEN   -- always there: it goes back to its own rules
            INSERT INTO hotswap._migration_breakers (breaker_name, consecutive_failures, revision) VALUES (OLD.breaker_name, 5, now_us);
        END IF;
        INSERT INTO hotswap._migration_events (migration_id, event) VALUES ('breaker ' || OLD.breaker_name, 'breaker removed');
        RETURN OLD;
    END IF;
    changed := ARRAY(SELECT key FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key AND (TG_OP = 'UPDATE' OR value <> 'null') ORDER BY key);
    kept := (SELECT c FROM unnest(changed) c
              WHERE CASE WHEN c = 'state' OR c = ANY (rules) THEN false
                         WHEN c = ANY (counts) THEN after ->> c <> '0'
                         WHEN c = 'breaker_name' THEN TG_OP = 'UPDATE'
                         ELSE true END LIMIT 1);
    IF kept IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" of a circuit breaker cannot be set to %', kept, coalesce(after ->> kept, 'null') USING ERRCODE = '22023',
            HINT = 'Set state; a count, to 0; or one of: ' || array_to_string(rules, ', ') || '.';
    END IF;
    IF NEW.state IS NULL OR NEW.state NOT IN ('closed', 'open', 'half_open', 'forced_open', 'disabled') THEN
        RAISE EXCEPTION 'a circuit breaker has no state %', coalesce(quote_literal(NEW.state), 'null') USING ERRCODE = '22023',
            HINT = 'The states are closed, open, half_open, forced_open and disabled.';
    END IF;
    -- Rules alone leave the state to the breaker. All else sets it, also where it looks the same: it may have changed since it was read.
    sets := TG_OP = 'INSERT' OR NOT changed && rules OR 'state' = ANY (changed) OR changed && counts;
    INSERT INTO hotswap._migration_breakers AS b (breaker_name, state, cause, opens, state_since, retry_at, revision, window_type, window_time, window_calls, minimum_calls,
                                        failure_ratio, slow_ratio, slow_time, consecutive_failures, open_time, max_open_time, half_open_calls, half_open_time)
    VALUES (NEW.breaker_name, NEW.state, CASE WHEN sets THEN 'by_hand' ELSE '' END, CASE WHEN sets THEN 0 ELSE OLD.opens END,
            CASE WHEN sets THEN clock_timestamp() ELSE coalesce(OLD.state_since, clock_timestamp()) END, CASE WHEN sets THEN NULL ELSE OLD.retry_at END, CASE WHEN sets THEN now_us ELSE 0 END,
            NEW.window_type, NEW.window_time, NEW.window_calls, NEW.minimum_calls, NEW.failure_ratio, NEW.slow_ratio, NEW.slow_time,
            NEW.consecutive_failures, NEW.open_time, NEW.max_open_time, NEW.half_open_calls, NEW.half_open_time)
    ON CONFLICT (breaker_name) DO UPDATE
       SET state = CASE WHEN sets THEN excluded.state ELSE b.state END, cause = CASE WHEN sets THEN excluded.cause ELSE b.cause END,
           opens = CASE WHEN sets THEN 0 ELSE b.opens END, state_since = CASE WHEN sets THEN excluded.state_since ELSE b.state_since END,
           retry_at = CASE WHEN NOT sets THEN b.retry_at END, revision = greatest(b.revision, excluded.revision),
           window_type = excluded.window_type, window_time = excluded.window_time, window_calls = excluded.window_calls,
           minimum_calls = excluded.minimum_calls, failure_ratio = excluded.failure_ratio, slow_ratio = excluded.slow_ratio,
           slow_time = excluded.slow_time, consecutive_failures = excluded.consecutive_failures, open_time = excluded.open_time,
           max_open_time = excluded.max_open_time, half_open_calls = excluded.half_open_calls, half_open_time = excluded.half_open_time
     WHERE TG_OP = 'UPDATE';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'circuit breaker "%" already exists', NEW.breaker_name USING ERRCODE = '23505', HINT = 'UPDATE it.';
    END IF;
    INSERT INTO hotswap._migration_events (migration_id, event, detail)
    VALUES ('breaker ' || NEW.breaker_name, CASE WHEN sets THEN 'breaker set' ELSE 'breaker rules' END,
            CASE WHEN sets THEN concat_ws(' -> ', OLD.state, NEW.state)
                 ELSE (SELECT string_agg(format('%s %s -> %s', c, coalesce(before ->> c, 'null'), coalesce(after ->> c, 'null')), ', ') FROM unnest(changed) c) END);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION hotswap._breaker_by_hand() IS 'INSERT, UPDATE and DELETE of circuit breakers';
CREATE TRIGGER by_hand INSTEAD OF INSERT OR UPDATE OR DELETE ON hotswap._migration_circuit_breakers
    FOR EACH ROW EXECUTE FUNCTION hotswap._breaker_by_hand();

CREATE FUNCTION hotswap.update_circuit_breaker(breaker_name text, success boolean, duration interval DEFAULT NULL)
    RETURNS text LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_update_circuit_breaker';
COMMENT ON FUNCTION hotswap.update_circuit_breaker(text, boolean, interval) IS
    'tells a circuit breaker how a call ended and how long it took, and returns the state; counts also when the transaction rolls back. Errors: 22004, 25006 on a standby, 42704 unknown breaker';

CREATE FUNCTION hotswap.circuit_allows(breaker_name text) RETURNS boolean LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'hotswap_circuit_allows';
COMMENT ON FUNCTION hotswap.circuit_allows(text) IS
    'whether a call may be made; true while half open is a trial call, to be answered by hotswap.update_circuit_breaker. Errors: 22004, 42704';
