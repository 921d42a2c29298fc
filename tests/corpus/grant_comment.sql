-- Rights and comments.

GRANT SELECT ON plain TO app_reader;
GRANT ALL ON orders, customers TO app_owner;
GRANT SELECT (id, note), UPDATE (note) ON orders TO app_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO app_reader;
GRANT USAGE ON SCHEMA app TO app_reader;
GRANT USAGE ON SEQUENCE tickets TO app_reader;
GRANT EXECUTE ON FUNCTION dice() TO app_reader;
GRANT app_owner TO app_reader;
GRANT SELECT ON open_orders, totals TO PUBLIC;
REVOKE SELECT ON orders FROM app_reader;
REVOKE ALL ON ALL TABLES IN SCHEMA attic FROM PUBLIC;
REVOKE SELECT (name) ON customers FROM app_reader CASCADE;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_reader;

COMMENT ON TABLE orders IS 'bought';
COMMENT ON TABLE events IS NULL;
COMMENT ON TABLE attic.relics IS 'old';
COMMENT ON COLUMN orders.note IS 'remarks';
COMMENT ON COLUMN open_orders.id IS 'number';
COMMENT ON COLUMN address.zip IS 'code';
COMMENT ON INDEX orders_status IS 'state';
COMMENT ON CONSTRAINT customers_pkey ON customers IS 'key';
COMMENT ON CONSTRAINT email_at ON DOMAIN email IS 'at';
COMMENT ON TRIGGER orders_keep ON orders IS 'keeps';
COMMENT ON RULE plain_rule ON plain IS 'does nothing';
COMMENT ON POLICY secrets_own ON secrets IS 'mine';
COMMENT ON VIEW open_orders IS 'open';
COMMENT ON MATERIALIZED VIEW totals IS 'sums';
COMMENT ON SEQUENCE tickets IS 'numbers';
COMMENT ON TYPE mood IS 'how';
COMMENT ON DOMAIN email IS 'mail';
COMMENT ON FUNCTION dice() IS 'random';
COMMENT ON SCHEMA app IS 'all';
COMMENT ON STATISTICS orders_stat IS 'correlated';
COMMENT ON PUBLICATION some_tables IS 'some';
COMMENT ON FOREIGN TABLE far_things IS 'far';
