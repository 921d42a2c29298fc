-- What guides recommend to do by hand: batches found by "still NULL", each committed.
CREATE PROCEDURE public.fill_in_batches(batch integer) LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    LOOP
        UPDATE items SET amount_new = amount
         WHERE id IN (SELECT id FROM items WHERE amount_new IS NULL LIMIT batch FOR UPDATE SKIP LOCKED);
        GET DIAGNOSTICS changed = ROW_COUNT;
        EXIT WHEN changed = 0;
        COMMIT;
    END LOOP;
END
$$;
