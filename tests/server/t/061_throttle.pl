# Story: while an application writes, a real standby is behind in each way it can be: it applies late, its replay is paused, it is silent,
# its connection is gone. Each holds the migration back and is named, with what was observed and the limit, also where the standby reports
# no delay by itself; one that is a little behind slows it down. Then no more migrations than allowed are at work, and all end by themselves.
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
$primary->sql("SELECT pg_create_physical_replication_slot('place', true)");
$primary->node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('slow_standby');
$standby->init_from_backup($primary->node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "recovery_min_apply_delay = '1h'\nprimary_slot_name = 'place'\nwal_receiver_status_interval = 1s");
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

sub set_standby
{
    my ($what, $value) = @_;
    $standby->append_conf('postgresql.conf', "$what = '$value'");
    $standby->reload;
    return;
}

sub goes_on
{
    my ($id, $what) = @_;
    my $done = $primary->sql("SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'");
    ok($primary->until_sql("SELECT count(*) > $done + 1 FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'"), $what)
      or diag($primary->reason_of($id));
    return;
}

# ---- it applies late ------------------------------------------------------------------------------------------------
my $load = $primary->start_load($name, clients => 4, rate => 200);
set_conf('hotswap.busy_share', '100');
set_conf('hotswap.max_replication_lag', '1s');
my $id = $primary->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
    strategy => 'dual_write', options => '{"batch_size": 100, "delay_ms": 100, "auto_contract": true, "parallel": 1}');
ok(waits_for($id, "^throttled: replication lag of standby \"$application\" is [0-9.]+ s, the limit is 1.0 s"), 'the standby is named, with its lag and the limit');
is($primary->state_of($id), 'running', 'no person is needed');
ok($primary->until_sql("SELECT detail LIKE 'throttled: replication lag%' FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'held back' LIMIT 1"),
    'an event says so, too');

# ---- a little late --------------------------------------------------------------------------------------------------
set_standby('recovery_min_apply_delay', '2s');
set_conf('hotswap.max_replication_lag', '3s');
ok(waits_for($id, "^resting [0-9]+ % of the time: replication lag of standby \"$application\" is [0-9.]+ s, the limit is 3.0 s"),
    'between half of the limit and the limit it slows down');
set_standby('recovery_min_apply_delay', '0');
goes_on($id, 'the standby is up to date: it goes on');

# ---- replay paused ---------------------------------------------------------------------------------------------------
set_conf('hotswap.max_replication_lag', '1s');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
ok(waits_for($id, "^throttled: replication lag of standby \"$application\" is [0-9.]+ s, the limit is 1.0 s"), 'paused replay: the same');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
goes_on($id, 'resumed: it goes on');

# ---- silent -----------------------------------------------------------------------------------------------------------
my $receiver = $standby->safe_psql('postgres', 'SELECT pid FROM pg_stat_wal_receiver');
kill 'STOP', $receiver;
ok(waits_for($id, "^throttled: replication lag of standby \"$application\" is [0-9.]+ s, the limit is 1.0 s"), 'a standby that says nothing: the same');
kill 'CONT', $receiver;
goes_on($id, 'it speaks again: it goes on');

# ---- connection gone --------------------------------------------------------------------------------------------------
my $conninfo = $standby->safe_psql('postgres', 'SHOW primary_conninfo');
set_standby('primary_conninfo', '');
ok(waits_for($id, "^throttled: replication lag of (standby \"$application\", which is gone|slot \"place\", whose standby is not connected), is [0-9.]+ s, the limit is 1.0 s"),
    'without a connection it is behind, too');
(my $quoted = $conninfo) =~ s/'/''/g;
set_standby('primary_conninfo', $quoted);
goes_on($id, 'connected again: it goes on');

# ---- disk -------------------------------------------------------------------------------------------------------------
set_conf('hotswap.min_free_disk', '1000TB');
ok(waits_for($id, '^throttled: free disk of .* is [0-9]+ MB, the limit is 1048576000 MB'), 'a disk that is too full is named');

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
$load->stop;
is($load->errors, '', 'four clients: not one error');
is($primary->mirror_diff($name), 0, 'not one write is lost');
$standby->stop('immediate');
$primary->stop;
done_testing();
