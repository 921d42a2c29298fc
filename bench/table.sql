-- The table of most measurements, in its old shape (-v type=integer) or its new one (-v type=bigint).
-- About 100 bytes a row, rows in order of the key, statistics fresh, nothing left to write.
SET client_min_messages = warning;
DROP TABLE IF EXISTS items CASCADE;
DROP FUNCTION IF EXISTS _hotswap_dual_write_items() CASCADE;
CREATE TABLE items (id bigint NOT NULL, amount :type NOT NULL, note text NOT NULL);
INSERT INTO items SELECT g, g % 1000000, md5(g::text) || md5((-g)::text) FROM generate_series(1, :rows) AS g;
ALTER TABLE items ADD PRIMARY KEY (id);
VACUUM (ANALYZE) items;
CHECKPOINT;
