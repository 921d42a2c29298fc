-- For tests of the rehearsal: what it sees of a statement beside what the statement does. Read after helpers.sql.
-- Locks are abbreviated (AX: ACCESS EXCLUSIVE), R: the heap is written anew, S: it is read in full, *: the script has made it.
-- What a statement really does: run, observed, and taken back.
CREATE FUNCTION really(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    CREATE TEMP TABLE was ON COMMIT DROP AS
        SELECT oid, relfilenode, relname, relkind, pg_stat_get_xact_numscans(oid) AS scans FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'c';
    BEGIN
        EXECUTE statement;
        SELECT string_agg(concat_ws(' ', quote_ident(w.relname), m.short, CASE WHEN c.relfilenode <> w.relfilenode AND w.relkind IN ('r', 'm') THEN 'R' END,
                                    CASE WHEN pg_stat_get_xact_numscans(w.oid) > w.scans AND w.relkind IN ('r', 'm') THEN 'S' END), ', ' ORDER BY quote_ident(w.relname) COLLATE "C")
          INTO result
          FROM was w LEFT JOIN pg_class c USING (oid)
          JOIN LATERAL (SELECT o.short FROM pg_locks l
                          JOIN (VALUES ('AccessShareLock', 1, 'AS'), ('RowShareLock', 2, 'RS'), ('RowExclusiveLock', 3, 'RX'), ('ShareUpdateExclusiveLock', 4, 'SUX'),
                                       ('ShareLock', 5, 'S'), ('ShareRowExclusiveLock', 6, 'SRX'), ('ExclusiveLock', 7, 'X'), ('AccessExclusiveLock', 8, 'AX')) o (mode, n, short)
                            ON o.mode = l.mode
                         WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.relation = w.oid AND NOT (w.relkind IN ('i', 'I') AND o.n = 1) ORDER BY o.n DESC LIMIT 1) m ON true;
        RAISE EXCEPTION USING ERRCODE = 'UNDOX';
    EXCEPTION WHEN SQLSTATE 'UNDOX' THEN
        NULL;
    WHEN OTHERS THEN
        result := SQLSTATE || ': ' || SQLERRM;
    END;
    DROP TABLE was;
    RETURN coalesce(result, '');
END $$;
CREATE FUNCTION public.short(mode text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(CASE WHEN w = 'EXCLUSIVE' THEN 'X' ELSE left(w, 1) END, '' ORDER BY n) FROM unnest(string_to_array(mode, ' ')) WITH ORDINALITY t (w, n)
$$;
-- The same as a rehearsal sees it.
CREATE FUNCTION rehearsed(script text) RETURNS TABLE (no int, seen text) LANGUAGE sql AS $$
    SELECT statement_no,
           coalesce(min(error), 'not: ' || min(why_not),
                    string_agg(concat_ws(' ', relation || CASE WHEN relation_oid = 0 THEN '*' ELSE '' END,
                                         public.short(lock_mode), CASE WHEN rewrites THEN 'R' END, CASE WHEN scans THEN 'S' END),
                               ', ' ORDER BY relation COLLATE "C"), '')
      FROM hotswap._rehearse(script) GROUP BY 1 ORDER BY 1
$$;

CREATE TABLE seen (n int GENERATED ALWAYS AS IDENTITY, statement text, rehearsed text, really text);
-- Each in transactions of its own: the lock on a sequence stays to the end of one.
CREATE PROCEDURE compare(statements text) LANGUAGE plpgsql AS $$
DECLARE
    s text;
    r text;
    w text;
BEGIN
    TRUNCATE seen;
    COMMIT;
    FOREACH s IN ARRAY string_to_array(statements, E'\n') LOOP
        CONTINUE WHEN s = '';
        SELECT q.seen INTO r FROM rehearsed(s) q;
        COMMIT;
        w := really(s);
        COMMIT;
        INSERT INTO seen (statement, rehearsed, really) VALUES (s, r, w);
        COMMIT;
    END LOOP;
END $$;
CREATE VIEW compared AS
    SELECT statement, rehearsed, CASE WHEN regexp_replace(regexp_replace(rehearsed, '[^ ]+\* \w+(, )?', '', 'g'), ', $', '') <> really THEN really END AS really FROM seen ORDER BY n;
