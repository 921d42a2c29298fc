-- What several tests share. Read by a test with
--     \getenv here PG_ABS_SRCDIR
--     \set helpers :here '/include/helpers.sql'
--     \i :helpers
\set ON_ERROR_STOP on
SET client_min_messages = warning;   -- NOTICEs of hotswap.wait depend on timing
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
-- Whatever an interrupted test has left behind goes first.
DROP EXTENSION IF EXISTS hotswap CASCADE;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
CREATE EXTENSION hotswap;

-- What a statement is refused with. Runs it in a subtransaction.
CREATE OR REPLACE FUNCTION public.refusal(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    code := '00000';
    message := 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    -- migration ids contain a running number
    message := regexp_replace(message, '_\d+"', '_N"', 'g');
    detail := regexp_replace(detail, '_\d+"', '_N"', 'g');
    hint := regexp_replace(hint, '_\d+''', '_N''', 'g');
END $$;

-- The same in one line: "SQLSTATE: message".
CREATE OR REPLACE FUNCTION public.refused(statement text) RETURNS text LANGUAGE sql AS
$$ SELECT r.code || ': ' || r.message FROM public.refusal(statement) r $$;

-- The same for a statement that is only tried: whatever it did is undone.
CREATE OR REPLACE FUNCTION public.tried(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    result := public.refused(statement);
    RAISE EXCEPTION USING ERRCODE = 'UNDOX', MESSAGE = result;
EXCEPTION WHEN SQLSTATE 'UNDOX' THEN
    RETURN SQLERRM;
END $$;

-- A text without what differs from run to run.
CREATE OR REPLACE FUNCTION public.steady(t text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT regexp_replace(regexp_replace(regexp_replace(t, '_\d+''', '_N''', 'g'), 'pid \d+', 'pid N', 'g'), 'paused by \w+', 'paused by me') $$;

-- Follows a migration until it is in one of the states, at most half a minute.
CREATE OR REPLACE PROCEDURE public.wait_until(id text, VARIADIC states text[]) LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz := clock_timestamp() + interval '30 seconds';
    found text;
BEGIN
    LOOP
        COMMIT;
        SELECT s.state INTO STRICT found FROM hotswap.status(id) s;
        EXIT WHEN found = ANY (states);
        IF clock_timestamp() > until THEN
            RAISE EXCEPTION 'migration "%" is still %, not %', id, found, states;
        END IF;
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;

-- Waits until what follows SELECT is true, at most half a minute.
CREATE OR REPLACE PROCEDURE public.until(question text) LANGUAGE plpgsql AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '30 seconds';
    answer bool;
BEGIN
    LOOP
        COMMIT;
        EXECUTE 'SELECT ' || question INTO answer;
        EXIT WHEN answer;
        IF clock_timestamp() > deadline THEN
            RAISE EXCEPTION 'still not true: %', question;
        END IF;
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;

-- Everything the catalogs say about a table, order of columns and OIDs apart; other names go to this one.
-- A column with a fixed place shows dropped columns as nothing.
CREATE OR REPLACE FUNCTION public.shape(relation regclass) RETURNS TABLE (what text, name text, definition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
    SELECT 'column' COLLATE "C", attname::text COLLATE "C",
           concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attcollation <> t.typcollation THEN 'collate ' || attcollation::regcollation::text END,
                     CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(d.adbin, d.adrelid),
                     CASE attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END,
                     CASE WHEN attgenerated <> '' THEN 'generated' END,
                     CASE WHEN attstattarget <> -1 THEN 'statistics ' || attstattarget::text END, 'storage ' || attstorage::text,
                     CASE WHEN attcompression <> '' THEN 'compression ' || attcompression::text END, 'acl ' || (SELECT string_agg(replace(g::text, '/' || session_user, '/me'), ', ' ORDER BY g::text) FROM unnest(attacl) g),
                     -- pg_attver: kept by some builds of the server for themselves, another number at each change
                     'options ' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(attoptions) o WHERE o NOT LIKE 'pg\_attver=%'), 'comment ' || col_description(attrelid, attnum))
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint', conname::text,
           concat_ws(' ', pg_get_constraintdef(oid), CASE WHEN connoinherit AND contype = 'c' THEN 'no inherit' END,
                     CASE WHEN NOT convalidated THEN 'NOT VALIDATED' END, 'comment ' || obj_description(oid, 'pg_constraint'))
      FROM pg_constraint WHERE conrelid = relation
    UNION ALL
    SELECT 'referenced by', conrelid::regclass::text || ' ' || conname,
           concat_ws(' ', pg_get_constraintdef(oid), CASE WHEN NOT convalidated THEN 'NOT VALIDATED' END,
                     'comment ' || obj_description(oid, 'pg_constraint'))
      FROM pg_constraint WHERE confrelid = relation AND conrelid <> relation
    UNION ALL
    SELECT 'index', c.relname::text,
           concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisprimary THEN 'primary' END, CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
                     CASE WHEN NOT i.indimmediate THEN 'deferrable' END, CASE WHEN i.indisclustered THEN 'clustered' END,
                     CASE WHEN i.indisreplident THEN 'replica identity' END, 'comment ' || obj_description(i.indexrelid, 'pg_class'))
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation
    UNION ALL
    SELECT 'sequence', s.relname::text,
           concat_ws(' ', d.deptype, 'owned by', a.attname, format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle)
      FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation
    UNION ALL
    SELECT 'trigger', tgname::text, concat_ws(' ', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal
    UNION ALL
    SELECT 'table', relname::text, concat_ws(' ', relpersistence, reloptions::text, relreplident, replace(relacl::text, session_user, 'me'), obj_description(oid, 'pg_class'))
      FROM pg_class WHERE oid = relation
    ORDER BY 1, 2
$$;
\set ON_ERROR_STOP off
