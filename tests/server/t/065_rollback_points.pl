# Story: somebody drops a column, a table and some rows while the application writes, and processes of ours are killed in the middle
# of keeping them. Later all of it is wanted back: every value is as it was. What nobody asks for is gone when its time is over.
# Traps: T6 (nothing of a table is lost on the way), T29 (kept before it is gone), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $files = PostgreSQL::Test::Utils::tempdir();
my $server = HotswapTest->new('points', preload => 1, conf => "hotswap.rollback_points = on\nhotswap.rollback_directory = '$files'\n");
my $rows = 20_000;

sub dump_of
{
    my ($out) = run_command([ 'pg_dump', '-p', $server->node->port, '-h', $server->node->host, '--schema-only', '-N', 'hotswap_held*', '-N', 'other', 'postgres' ]);
    $out =~ s/^\\(un)?restrict .*$//mg;
    return $out;
}

sub point_of
{
    my ($id) = @_;
    return $server->sql("SELECT max(point_id) FROM hotswap.rollback_points WHERE migration_id = '$id'");
}

sub restored
{
    my ($point, $what) = @_;
    my $id = $server->sql("SELECT hotswap.restore($point)");
    ok($server->wait_state($id, 'completed'), "$what: it comes back");
    return $id;
}

# ---- a column, under load, killed at each place -----------------------------------------------------------------------
$server->sql(<<"SQL");
CREATE TABLE customers (id integer PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 100);
CREATE TABLE orders (id serial PRIMARY KEY, customer integer NOT NULL DEFAULT 1 REFERENCES customers, note text DEFAULT 'none', n integer NOT NULL DEFAULT 0);
COMMENT ON COLUMN orders.note IS 'what the customer said';
INSERT INTO orders (customer, note) SELECT 1 + i % 100, nullif('note ' || i % 997, 'note 5') FROM generate_series(1, $rows) AS i;
VACUUM ANALYZE orders;
CREATE TABLE truth AS SELECT * FROM orders;
SQL
my $load = $server->start_load('orders', clients => 4, rate => 300, script => <<"SQL");
\\set id random(1, $rows)
UPDATE orders SET n = n + 1 WHERE id = :id;
INSERT INTO orders (customer) VALUES (7);
SQL
$server->stop_at('keep_before_commit:3');
my $id = $server->start_migration('ALTER TABLE orders DROP COLUMN note', options => '{"auto_contract": true, "batch_size": 1500, "parallel": 1}');
for my $next ('keep_after_commit:2', 'keep_at_end', '')
{
    my $at = $next =~ /after/ ? 'keep_before_commit' : $next =~ /end/ ? 'keep_after_commit' : 'keep_at_end';
    my $pid = $server->wait_for_stop($at);
    ok($pid, "it stops at $at") or last;
    ok($server->kill9($pid, $next), 'and is killed');
}
ok($server->wait_state($id, 'completed'), 'the column is dropped in the end');
is($server->sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND NOT attisdropped AND attnum > 0"), 3, 'nothing of it stays in the table (T31)');
my $point = point_of($id);
restored($point, 'column');
$load->stop;
is($load->errors, '', 'the application saw no error but the crashes');
is($server->sql("SELECT count(*) FROM orders o JOIN truth t USING (id) WHERE o.note IS NOT DISTINCT FROM t.note"), $rows, 'every value is as it was');
is($server->sql("SELECT count(*) > 0 AND bool_and(note = 'none') FROM orders WHERE id > $rows"), 't', 'rows that have come since have the default');
is($server->sql("SELECT col_description('orders'::regclass, attnum) || ' ' || attnotnull || ' ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum"
          . " WHERE attrelid = 'orders'::regclass AND attname = 'note'"),
    "what the customer said false 'none'::text", 'with its comment and default');
is($server->sql("SELECT state || ' ' || (to_regnamespace('hotswap_held_$point') IS NULL) FROM hotswap.rollback_points WHERE point_id = $point"), 'restored true', 'the hold has done its work');

# ---- a table -----------------------------------------------------------------------------------------------------------
$server->sql("CREATE SCHEMA other; CREATE PUBLICATION feed; CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
my $without = dump_of();
$server->sql(<<'SQL');
CREATE TABLE archive (id serial PRIMARY KEY, number integer GENERATED ALWAYS AS IDENTITY, customer integer REFERENCES customers ON DELETE CASCADE, v text CHECK (v <> ''),
    doubled integer GENERATED ALWAYS AS (customer * 2) STORED, previous integer REFERENCES archive);
INSERT INTO archive (customer, v) SELECT 1 + i % 100, 'v' || i FROM generate_series(1, 5000) AS i;
CREATE INDEX archive_v ON archive (v);
CREATE STATISTICS archive_s ON customer, v FROM archive;
CREATE TRIGGER see AFTER INSERT ON archive FOR EACH ROW EXECUTE FUNCTION see();
COMMENT ON TABLE archive IS 'old ones';
GRANT SELECT ON archive TO pg_monitor;
ALTER PUBLICATION feed ADD TABLE archive (id, customer, v) WHERE (id > 3);
CREATE TABLE other.held_truth AS SELECT * FROM archive;
SQL
my $with = dump_of();
$server->stop_at('ddl_before_commit');
$id = $server->start_migration('DROP TABLE archive', options => '{"auto_contract": true}');
my $pid = $server->wait_for_stop('ddl_before_commit');
ok($pid && $server->kill9($pid, ''), 'killed while the table moves');
ok($server->wait_state($id, 'completed'), 'the table is dropped');
is(dump_of(), $without, 'everybody else finds what DROP TABLE leaves');
$server->sql("DELETE FROM customers WHERE id = 100 AND NOT EXISTS (SELECT FROM orders WHERE customer = 100)");
$point = point_of($id);
restored($point, 'table');
$server->sql($_) for split /\n/, $server->sql("SELECT unnest(lost) FROM hotswap.rollback_points WHERE point_id = $point");
is(dump_of(), $with, 'and it comes back with all it had (T6)');
is($server->sql('SELECT count(*) FROM archive a JOIN other.held_truth t USING (id, number, customer, v, doubled)'), 5000, 'every row');
is($server->sql("INSERT INTO archive (customer, v) VALUES (1, 'new') RETURNING id > 5000 AND number > 5000"), 't', 'its sequences go on');

# ---- rows --------------------------------------------------------------------------------------------------------------
$server->stop_at('rows_before_commit:2');
$id = $server->start_migration('DELETE FROM orders WHERE id % 2 = 0', options => '{"batch_size": 2000}');
$pid = $server->wait_for_stop('rows_before_commit');
ok($pid && $server->kill9($pid, ''), 'killed while rows are deleted');
ok($server->wait_state($id, 'completed'), 'the rows are deleted');
$point = point_of($id);
is($server->sql("SELECT count(*) FROM orders WHERE id <= $rows") + $server->sql("SELECT count(*) FROM hotswap_held_$point.orders WHERE id <= $rows"), $rows, 'each is here or there');
restored($point, 'rows');
is($server->sql("SELECT count(*) FROM orders o JOIN truth t USING (id) WHERE (o.note, o.customer) IS NOT DISTINCT FROM (t.note, t.customer)"), $rows, 'all are back');

# ---- TRUNCATE, under load, killed when the storage is exchanged ----------------------------------------------------------
$server->sql(<<"SQL");
CREATE EXTENSION IF NOT EXISTS amcheck;
CREATE TABLE journal (id bigserial PRIMARY KEY, gone integer, v text, n integer NOT NULL DEFAULT 0);
ALTER TABLE journal ALTER COLUMN v SET STORAGE EXTERNAL;
INSERT INTO journal (v) SELECT CASE WHEN i % 50 = 0 THEN repeat(md5(i::text), 200) ELSE md5(i::text) END FROM generate_series(1, $rows) AS i;
ALTER TABLE journal DROP COLUMN gone;
CREATE INDEX journal_v ON journal (left(v, 40));
CREATE TABLE other.journal_truth AS SELECT id, v FROM journal;
SQL
$load = $server->start_load('journal', clients => 4, rate => 300, script => <<"SQL");
\\set id random(1, $rows)
UPDATE journal SET n = n + 1 WHERE id = :id;
INSERT INTO journal (v) VALUES (repeat('new ', 1000));
SQL
$server->stop_at('keep_storage_exchanged');
$id = $server->start_migration('TRUNCATE journal');
$pid = $server->wait_for_stop('keep_storage_exchanged');
ok($pid && $server->kill9($pid, 'ddl_after_commit'), 'killed when the storage is exchanged');
$pid = $server->wait_for_stop('ddl_after_commit');
ok($pid && $server->kill9($pid, ''), 'and when it is truncated');
ok($server->wait_state($id, 'completed'), 'the table is truncated');
$point = point_of($id);
is($server->sql("SELECT count(*) FROM hotswap_held_$point.journal JOIN other.journal_truth USING (id, v)"), $rows, 'the hold has every row');
is($server->sql("SELECT count(*) FROM verify_heapam('hotswap_held_$point.journal', check_toast => true)"), 0, 'and is sound');
restored($point, 'truncated rows');
$load->stop;
is($load->errors, '', 'the application saw no error but the crashes');
is($server->sql('SELECT count(*) FROM journal JOIN other.journal_truth USING (id, v)'), $rows, 'every row is as it was');
is($server->sql("SELECT (SELECT count(*) FROM verify_heapam('journal', check_toast => true)) || ' ' || string_agg(bt_index_check(indexrelid, true)::text, '') FROM pg_index WHERE indrelid = 'journal'::regclass"), '0 ',
    'table and indexes are sound');

like($server->sql("SELECT string_agg(why, ' | ' ORDER BY statement_no) FROM hotswap.recommend('TRUNCATE journal; DROP TABLE journal; ALTER TABLE orders ADD COLUMN more text')"),
    qr/^[^|]*kept for 3 d[^|]*hotswap.restore \|[^|]*hotswap.restore \|[^;]*$/, 'hotswap.recommend says what is kept');
$server->sql('CREATE TRIGGER looks BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION see()');
is($server->sql("SELECT kind FROM hotswap.plan('TRUNCATE journal')"), 'ddl', 'what cannot be kept is not refused');

# ---- a file ------------------------------------------------------------------------------------------------------------
$server->sql("CREATE TABLE small AS SELECT id, v FROM other.held_truth; ALTER TABLE small ADD PRIMARY KEY (id)");
# The hold is its owner's, and so is what he puts on it: that must not run with more rights than he has.
$server->sql(<<'SQL');
CREATE ROLE keeper;
SELECT hotswap.allow('keeper');
GRANT pg_write_server_files, pg_read_server_files TO keeper;
GRANT CREATE ON SCHEMA public TO keeper;
ALTER TABLE small OWNER TO keeper;
CREATE TABLE seen_as (who name);
GRANT INSERT ON seen_as TO keeper;
CREATE FUNCTION who() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.seen_as VALUES (current_user); RETURN NULL; END';
SQL
$server->stop_at('keep_file_written');
$id = $server->sql(q{SET ROLE keeper; SELECT hotswap.start('ALTER TABLE small DROP COLUMN v', options => '{"auto_contract": true, "rollback_point": "file"}')});
$pid = $server->wait_for_stop('keep_file_written');
ok($pid && $server->kill9($pid, 'keep_file_read'), 'killed when the file is written');
ok($server->wait_state($id, 'completed'), 'a column goes to a file');
$point = point_of($id);
my ($file, $more) = glob "$files/hotswap_*.copy";
ok($file && !$more, 'there is one file');
is(sprintf('%o', (stat $file)[2] & 07777), '600', 'for nobody else');
is($server->sql("SELECT count(*) FROM hotswap_held_$point.small"), 0, 'the hold is empty');
$server->sql("SET ROLE keeper; CREATE TRIGGER who BEFORE TRUNCATE ON hotswap_held_$point.small EXECUTE FUNCTION who()");
$id = $server->sql("SET ROLE keeper; SELECT hotswap.restore($point)");
$pid = $server->wait_for_stop('keep_file_read');
ok($pid && $server->kill9($pid, ''), 'killed when it is read');
ok($server->wait_state($id, 'completed'), 'it comes back');
is($server->sql('SELECT count(*) FROM small JOIN other.held_truth USING (id, v)'), 5000, 'every value is as it was');
ok($server->until_true(sub { !-e $file }, 60), 'the file is gone');
is($server->sql("SELECT string_agg(DISTINCT who, ',') FROM seen_as"), 'keeper', 'a trigger on the hold ran as its owner');

# ---- its time is over ----------------------------------------------------------------------------------------------------
$id = $server->start_migration('DROP TABLE truth', options => '{"auto_contract": true}');
ok($server->wait_state($id, 'completed'), 'dropped');
$point = point_of($id);
ok($server->wait_idle, 'nobody stays connected for a rollback point');
$server->sql("UPDATE hotswap._migration_rollback_points SET expires_at = now() WHERE point_id = $point");
ok($server->until_sql("SELECT state = 'expired' AND to_regnamespace('hotswap_held_$point') IS NULL FROM hotswap.rollback_points WHERE point_id = $point", 60), 'it expires by itself');
is($server->sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'hotswap\\_held%'"), 0, 'no hold stays (T31)');

$server->stop;
done_testing();
