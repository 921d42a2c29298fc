# Story: the budgets of the throttle on a real server. A standby that applies nothing is named, with what was observed and the limit,
# also though it reports no delay by itself; a disk that is too full is named; each is let go live, and the migration ends by itself.
# No more migrations than allowed are at work.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = HotswapTest->new('throttle', streaming => 1);
my $name = $primary->make_pair('orders');
$primary->node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('slow_standby');
$standby->init_from_backup($primary->node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "recovery_min_apply_delay = '1h'");
$standby->start;
my $application = $standby->name;
ok($primary->until_sql("SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'"), 'a standby that streams and applies nothing');

sub set_conf
{
    my ($what, $value) = @_;
    $primary->node->append_conf('postgresql.conf', "$what = '$value'");
    $primary->node->reload;
    return;
}

sub waits_for
{
    my ($id, $pattern) = @_;
    my $came = $primary->until_sql("SELECT reason ~ \$p\$$pattern\$p\$ FROM hotswap._migrations WHERE migration_id = '$id'");
    diag($primary->reason_of($id)) unless $came;
    return $came;
}

# ---- replication ----------------------------------------------------------------------------------------------------
my $id = $primary->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
    strategy => 'dual_write', options => '{"batch_size": 500, "delay_ms": 100, "auto_contract": true, "max_replication_lag": "1 s"}');
ok(waits_for($id, "^throttled: replication lag of standby \"$application\" is [0-9.]+ s, the limit is 1.0 s"), 'the standby is named, with its lag and the limit');
is($primary->state_of($id), 'running', 'no person is needed');
ok($primary->until_sql("SELECT detail LIKE 'throttled: replication lag%' FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'held back' LIMIT 1"),
    'an event says so, too');

# ---- disk -----------------------------------------------------------------------------------------------------------
$standby->append_conf('postgresql.conf', "recovery_min_apply_delay = 0");
set_conf('hotswap.min_free_disk', '1000TB');
$standby->reload;
ok(waits_for($id, '^throttled: free disk of .* is [0-9]+ MB, the limit is 1048576000 MB'), 'then a disk that is too full is');

# ---- one at a time --------------------------------------------------------------------------------------------------
set_conf('hotswap.max_concurrent_migrations', '1');
$primary->sql('CREATE TABLE other (id integer PRIMARY KEY)');
my $second = $primary->start_migration('ALTER TABLE other ADD COLUMN v integer');
ok(waits_for($second, '^waiting for other migrations: 1 are at work, hotswap.max_concurrent_migrations is 1'), 'a second migration waits for the first');
is($primary->state_of($second), 'planned', 'and has not begun');

set_conf('hotswap.min_free_disk', '1MB');
ok($primary->wait_state($id, 'completed'), 'both are let go: the migration ends by itself');
ok($primary->wait_state($second, 'completed'), 'and so does the second');
is($primary->sql("SELECT count(*) FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'goes on' AND detail LIKE 'no longer throttled: %'") >= 2 ? 1 : 0,
    1, 'the audit has each of them');
$standby->stop('immediate');
$primary->stop;
done_testing();
