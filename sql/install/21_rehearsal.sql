-- What a rehearsal sees of each statement of a script: for tests, and for looking behind a verdict.
CREATE FUNCTION hotswap._rehearse(ddl text)
    RETURNS TABLE (statement_no integer, ran boolean, why_not text, relation text, relation_oid oid, kind "char", lock_mode text, rewrites boolean,
                   scans boolean, error text)
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hotswap_rehearse';
COMMENT ON FUNCTION hotswap._rehearse(text) IS
    'runs each statement of a script on empty clones in a subtransaction that is rolled back, and says which locks, rewrites and scans it caused';
