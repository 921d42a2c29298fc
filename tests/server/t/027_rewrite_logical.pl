# Story: logical replication does not notice either. Subscribers of the table, one of them to its whole schema, stay in step during
# the copy, after the switch and after the way back; nothing of the second copy and of its log is decoded, and not one row twice.
# And the other way round: the table that is rewritten is the one that a subscription writes to.
# Traps: T5 (writes that triggers do not see: apply workers, TRUNCATE), T6 (publications follow the table), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use PostgreSQL::Test::Cluster;
use Test::More;

my $conf = "wal_level = logical\nmax_wal_senders = 10\nmax_replication_slots = 10\n";
my $server = HotswapTest->new('publisher', conf => $HotswapTest::rewrite_conf . $conf);
my $node = $server->node;
my $other_node = PostgreSQL::Test::Cluster->new('subscriber');
$other_node->init(extra => [ '--no-sync', '--no-locale', '-E', 'UTF8' ]);
$other_node->append_conf('postgresql.conf', "fsync = off\nmax_worker_processes = 16\nlog_statement = none\n$conf");
$other_node->start;
my $other = $server->on_node($other_node);
my $options = '{"batch_size": 1000, "parallel": 1, "auto_switch": false}';
my $schemas = $server->sql('SHOW server_version_num') >= 150000;

sub rows_of { my ($whose, $table, $database) = @_; return $whose->safe_psql($database || 'postgres', "SELECT count(*) || ' rows ' || coalesce(md5(string_agg(t::text, ',' ORDER BY id)), '') FROM $table AS t") }

# ---- the table is published ------------------------------------------------------------------------------------------
my $name = $server->make_rewrite('orders', 5000);
$other->make_rewrite('orders', 10);
$other->sql('TRUNCATE orders; ALTER TABLE orders ALTER COLUMN id TYPE bigint');
$server->sql("CREATE PUBLICATION one FOR TABLE $name");
my $connection = $node->connstr . ' dbname=postgres';
$other->sql("CREATE SUBSCRIPTION one CONNECTION '$connection' PUBLICATION one");
my @subscriptions = ('one');
if ($schemas)
{
    $other->sql('CREATE DATABASE whole');
    my $shape = $server->schema_of;
    $shape =~ s/^CREATE (?:EXTENSION|EVENT TRIGGER|PUBLICATION)[^;]*;//gm;
    $shape =~ s/^ALTER PUBLICATION[^;]*;//gm;
    $shape =~ s/^CREATE SCHEMA[^;]*;//gm;
    $other_node->safe_psql('whole', $shape);
    $other_node->safe_psql('whole', 'ALTER TABLE public.orders ALTER COLUMN id TYPE bigint');
    $server->sql('CREATE PUBLICATION whole FOR TABLES IN SCHEMA public');
    $other_node->safe_psql('whole', "CREATE SUBSCRIPTION whole CONNECTION '$connection' PUBLICATION whole");
    push @subscriptions, 'whole';
}
$other_node->wait_for_subscription_sync($node, 'one');
$server->sql("SELECT pg_create_logical_replication_slot('everything', 'test_decoding')");
# Not in the schema that is published as a whole.
$server->sql('CREATE SCHEMA test');

sub in_step
{
    my ($when) = @_;
    $node->wait_for_catchup($_) for @subscriptions;
    my $here = rows_of($node, $name);
    is(rows_of($other_node, $name), $here, "$when: the subscriber is in step");
    is(rows_of($other_node, $name, 'whole'), $here, "$when: so is the one of the whole schema") if $schemas;
    is($server->differences($name), 0, "$when: mirror equal");
    return;
}

# What is decoded: the same changes for the table and its mirror, as the application made them, and nothing of ours.
sub decoded
{
    my ($when) = @_;
    $server->sql("CREATE TEMP TABLE decoded AS SELECT data FROM pg_logical_slot_get_changes('everything', NULL, NULL, 'skip-empty-xacts', '1');"
          . " CREATE TABLE IF NOT EXISTS test.seen (line text); TRUNCATE test.seen;"
          . " INSERT INTO test.seen SELECT data FROM decoded WHERE data LIKE 'table %'");
    my $count = sub { my ($table) = @_; $server->sql("SELECT substring(line FROM ': ([A-Z]+):') AS op, count(*) FROM test.seen WHERE line LIKE 'table public.$table: %' GROUP BY 1 ORDER BY 1") };
    is($count->($name), $count->("${name}_mirror"), "$when: the application's changes are decoded, each once");
    isnt($count->($name), '', "$when: and there were some");
    is($server->sql("SELECT DISTINCT split_part(line, ':', 1) FROM test.seen WHERE line ~ '^table hotswap\\._(twin|previous|changes|order|alive)'"), '', "$when: nothing of twin, previous storage or log is decoded");
    return;
}

sub with_load
{
    my ($code) = @_;
    my $load = $server->start_rewrite_load($name);
    my $result = $code->();
    $server->until_sql("SELECT xact_commit > " . $server->sql("SELECT xact_commit + 30 FROM pg_stat_database WHERE datname = 'postgres'") . " FROM pg_stat_database WHERE datname = 'postgres'");
    $load->stop;
    is($load->errors, '', 'the application saw no error');
    return $result;
}

$server->stop_at('copy_chunk_after_commit:3');
my $id = with_load(sub { my $new = $server->start_bigint($name, $options); ok($server->wait_for_stop('copy_chunk_after_commit'), 'the copy is half way'); $new });
in_step('copy');
with_load(sub { $server->stop_at(''); $server->wait_phase($id, 'switch'); $server->sql("SELECT hotswap.advance('$id')"); ok($server->wait_phase($id, 'contract'), 'switched') });
in_step('switch');
decoded('switch');
with_load(sub { $server->sql("SELECT hotswap.rollback('$id')"); ok($server->wait_state($id, 'rolled_back'), 'taken back') });
in_step('back');
decoded('back');
$id = $server->start_bigint($name, $options);
with_load(sub { $server->wait_phase($id, 'switch'); ok($server->finish_migration($id), 'and done again to the end') });
in_step('end');
decoded('end');
is($server->remains, '', 'nothing is left behind');
is($server->amcheck($name), '', 'amcheck has no complaint');

# ---- the table is written by a subscription --------------------------------------------------------------------------
$name = $other->make_rewrite('incoming', 3000);
$server->make_rewrite('incoming', 10);
$server->sql('TRUNCATE incoming; ALTER TABLE incoming_plain ALTER COLUMN id TYPE bigint');
$other->sql("CREATE PUBLICATION incoming FOR TABLE $name");
$connection = $other_node->connstr . ' dbname=postgres';
$server->sql("CREATE SUBSCRIPTION incoming CONNECTION '$connection' PUBLICATION incoming");
$node->wait_for_subscription_sync($other_node, 'incoming');
$server->sql("VACUUM ANALYZE $name");
my $load = $other->start_rewrite_load($name);
$server->stop_at('copy_chunk_after_commit:2');
$id = $server->start_bigint($name, $options);
ok($server->wait_for_stop('copy_chunk_after_commit'), 'incoming: the copy is half way');
$other->until_sql("SELECT count(*) > 100 FROM ${name}_mirror WHERE n > 0");
$other->sql("BEGIN; TRUNCATE $name, ${name}_mirror; "
      . join(' ', map { "INSERT INTO $_ (id, v, note) SELECT i, i, 'again' FROM generate_series(1, 2000) AS i;" } $name, "${name}_mirror") . ' COMMIT');
$server->stop_at('twin_verify_begun');
ok($server->wait_for_stop('twin_verify_begun'), 'incoming: truncated by the publisher during the copy');
$server->stop_at('');
ok($server->wait_phase($id, 'switch'), 'incoming: waits for the word to switch');
$server->sql("SELECT hotswap.advance('$id')");
ok($server->wait_phase($id, 'contract'), 'incoming: is switched');
is($server->type_of($name, 'id'), 'bigint', 'incoming: id is a bigint');
$server->sql("SELECT hotswap.rollback('$id')");
ok($server->wait_state($id, 'rolled_back'), 'incoming: taken back');
$load->stop;
$other_node->wait_for_catchup('incoming');
is(rows_of($node, $name), rows_of($other_node, $name), 'incoming: in step after the way back');
$load = $other->start_rewrite_load($name);
$id = $server->start_bigint($name, $options);
ok($server->wait_phase($id, 'switch') && $server->finish_migration($id), 'incoming: and done again to the end');
$load->stop;
is($load->errors, '', 'incoming: the application saw no error');
$other_node->wait_for_catchup('incoming');
is(rows_of($node, $name), rows_of($other_node, $name), 'incoming: in step at the end (T5)');
$server->same_text($server->schema_of([$name], [ $name, 'TABLE' ]), $server->schema_of(["${name}_plain"], [ "${name}_plain", 'TABLE' ]), 'incoming: a dump of its schema is that of the plain one');
is($server->remains, '', 'incoming: nothing is left behind');
is($server->amcheck($name), '', 'incoming: amcheck has no complaint');

$_->stop('immediate') for $node, $other_node;
done_testing();
