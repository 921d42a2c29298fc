-- Health: what the conductor sees of the application while there is a migration, what a person says may change, and the verdicts.
-- Which metrics there are and when a change counts: src/core/health.hpp.
CREATE TABLE hotswap._migration_metrics (
    sampled_at          timestamptz NOT NULL PRIMARY KEY,
    period_ms           double precision NOT NULL CHECK (period_ms > 0),
    tps                 double precision,
    commit_rate         double precision,
    rollback_rate       double precision,
    transaction_latency double precision,
    statement_latency   double precision,
    probe_latency       double precision,
    rollback_ratio      double precision,
    lock_waits          double precision,
    deadlocks           double precision,
    cache_hit_ratio     double precision,
    temp_bytes          double precision,
    connections         double precision,
    replication_lag     double precision
);
COMMENT ON TABLE hotswap._migration_metrics IS 'health of this database, one row a second while the conductor is at work; kept for hotswap.metrics_retention';
COMMENT ON COLUMN hotswap._migration_metrics.period_ms IS 'time since the sample before, in milliseconds; the figures are of that time';
COMMENT ON COLUMN hotswap._migration_metrics.tps IS 'transactions a second, without those of hotswap''s workers, as all figures of transactions here';
COMMENT ON COLUMN hotswap._migration_metrics.commit_rate IS 'commits a second';
COMMENT ON COLUMN hotswap._migration_metrics.rollback_rate IS 'rollbacks a second';
COMMENT ON COLUMN hotswap._migration_metrics.transaction_latency IS 'milliseconds that sessions were active, a transaction; null without traffic';
COMMENT ON COLUMN hotswap._migration_metrics.statement_latency IS 'milliseconds a statement, of pg_stat_statements; null where that is not installed, or without traffic';
COMMENT ON COLUMN hotswap._migration_metrics.probe_latency IS 'milliseconds that the conductor''s own INSERT of the sample before took, with its commit';
COMMENT ON COLUMN hotswap._migration_metrics.rollback_ratio IS 'part of the transactions that were rolled back; null without traffic';
COMMENT ON COLUMN hotswap._migration_metrics.lock_waits IS 'sessions that waited for a lock at that moment';
COMMENT ON COLUMN hotswap._migration_metrics.deadlocks IS 'deadlocks a second';
COMMENT ON COLUMN hotswap._migration_metrics.cache_hit_ratio IS 'part of the blocks that were found in shared buffers; null when none was asked for';
COMMENT ON COLUMN hotswap._migration_metrics.temp_bytes IS 'bytes of temporary files a second';
COMMENT ON COLUMN hotswap._migration_metrics.connections IS 'sessions of clients in this database';
COMMENT ON COLUMN hotswap._migration_metrics.replication_lag IS 'replay lag of the standby that is furthest behind, in milliseconds; null without standbys';

CREATE TABLE hotswap._migration_thresholds (
    metric       text PRIMARY KEY CHECK (metric IN ('transaction_latency', 'statement_latency', 'probe_latency', 'rollback_ratio', 'lock_waits', 'deadlocks', 'tps',
                                                    'commit_rate', 'rollback_rate',
                                                    'cache_hit_ratio', 'temp_bytes', 'connections', 'replication_lag')),
    tolerance    double precision CHECK (tolerance >= 0),
    least_shift  double precision CHECK (least_shift >= 0),
    judged       boolean
);
COMMENT ON TABLE hotswap._migration_thresholds IS 'when a metric fails a bake, where it is not the default; what is null is';
COMMENT ON COLUMN hotswap._migration_thresholds.tolerance IS 'part of the baseline''s median by which a metric may get worse: 0.25 is a quarter';
COMMENT ON COLUMN hotswap._migration_thresholds.least_shift IS 'a smaller change than this, in the metric''s unit, never fails';
COMMENT ON COLUMN hotswap._migration_thresholds.judged IS 'whether the metric can fail a bake';
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_thresholds', '');

CREATE TABLE hotswap._migration_verdicts (
    verdict_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration_id     text NOT NULL REFERENCES hotswap._migrations ON DELETE CASCADE,
    judged_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    metric           text NOT NULL,
    verdict          text NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    baseline_samples integer NOT NULL,
    samples          integer NOT NULL,
    missing          integer NOT NULL,
    baseline_median  double precision,
    median           double precision,
    shift            double precision,
    shift_low        double precision,
    tolerated        double precision,
    p_value          double precision,
    effect           double precision
);
CREATE INDEX _migration_verdicts_of_migration ON hotswap._migration_verdicts (migration_id, verdict_id);
COMMENT ON TABLE hotswap._migration_verdicts IS 'verdicts of a bake with their numbers: one row a metric, when the judgement changes, at least once a minute, and at the end';
COMMENT ON COLUMN hotswap._migration_verdicts.missing IS 'samples with traffic that are missing to say more';
COMMENT ON COLUMN hotswap._migration_verdicts.shift IS 'by how much the metric got worse (Hodges-Lehmann); negative: better';
COMMENT ON COLUMN hotswap._migration_verdicts.shift_low IS 'low end of the 98 % interval of the shift; it fails only above tolerated';
COMMENT ON COLUMN hotswap._migration_verdicts.p_value IS 'one-sided, Mann-Whitney U';
COMMENT ON COLUMN hotswap._migration_verdicts.effect IS 'Cliff''s delta, -1 to 1; it fails only above 0.474';

SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_verdicts', '');
SELECT pg_catalog.pg_extension_config_dump('hotswap._migration_verdicts_verdict_id_seq', '');

CREATE FUNCTION hotswap.set_baseline(migration_id text, since interval DEFAULT '1 minute') RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hotswap_set_baseline';
COMMENT ON FUNCTION hotswap.set_baseline(text, interval) IS
    'takes the samples of the time just past as what a bake of this migration compares with; returns how many there are. Errors: 42704 unknown id, 42501 not its owner, 55000 when it is over or has no samples';

CREATE FUNCTION hotswap.set_threshold(metric text, tolerance double precision DEFAULT NULL, least_shift double precision DEFAULT NULL,
                                      judged boolean DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO hotswap._migration_thresholds AS t VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT _migration_thresholds_pkey DO UPDATE
           SET tolerance = excluded.tolerance, least_shift = excluded.least_shift, judged = excluded.judged;
EXCEPTION WHEN check_violation THEN
    RAISE EXCEPTION 'cannot set a threshold for metric "%"', $1 USING ERRCODE = '22023',
        DETAIL = format('tolerance is %s, least_shift is %s.', coalesce($2::text, 'null'), coalesce($3::text, 'null')),
        HINT = 'Metrics are transaction_latency, statement_latency, probe_latency, rollback_ratio, lock_waits, deadlocks, tps, commit_rate, rollback_rate, cache_hit_ratio, temp_bytes, connections, replication_lag; both numbers are 0 or more.';
END $$;
COMMENT ON FUNCTION hotswap.set_threshold(text, double precision, double precision, boolean) IS
    'says when a metric fails a bake: tolerance is a part of the baseline''s median (0.25), least_shift the smallest change that counts, judged whether it counts at all; null is the default. Errors: 22023 unknown metric or negative number';
