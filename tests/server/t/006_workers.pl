# Story: workers are a limited thing and can be sent away. Without a free slot a migration waits and says so; it is a wait, not an
# error, and ends by itself when a slot is free. A start that is rolled back starts nothing. With nothing to do there is no process
# of ours in any database, so DROP DATABASE just works. pg_terminate_backend on any of ours costs time, never rightness.
# Traps: T31 (no left-overs), T36 (start belongs to its caller's transaction), T37 (worker limits).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $ours = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'hotswap%'";
my $to_bigint = sub { "ALTER TABLE $_[0] ALTER COLUMN v TYPE bigint" };
my @fast = (strategy => 'dual_write', options => '{"batch_size": 2000, "auto_contract": true}');

# ---- a start that its caller takes back ------------------------------------------------------------------------------
my $server = HotswapTest->new('workers');
$server->make_pair('taken_back', 1000);
$server->sql("BEGIN; SELECT hotswap.start('" . $to_bigint->('taken_back') . "'); ROLLBACK");
is($server->sql('SELECT count(*) FROM hotswap._migrations'), 0, 'a start that is rolled back leaves no migration (T36)');
is($server->sql('SELECT (SELECT count(*) FROM hotswap._migration_steps) + (SELECT count(*) FROM hotswap._migration_progress)'
      . ' + (SELECT count(*) FROM hotswap._migration_events) + (SELECT count(*) FROM hotswap._migration_dual_writes)'), 0, 'and no row of anything else');
is($server->sql($ours), 0, 'and starts nothing (T36)');
is($server->sql("BEGIN; SAVEPOINT s; SELECT hotswap.start('" . $to_bigint->('taken_back') . "') \\gset\nROLLBACK TO s; COMMIT; SELECT count(*) FROM hotswap._migrations"),
    0, 'nor does one that is rolled back to a savepoint');
ok($server->wait_idle, 'a conductor that finds nothing to do goes');
is($server->shape('taken_back'), $server->shape('taken_back_plain'), 'the table was never touched');
$server->drop_pair('taken_back');

# ---- sent away -------------------------------------------------------------------------------------------------------
for my $who ('executor', 'conductor')
{
    my $name = "without_$who";
    $server->make_pair($name);
    $server->sql($to_bigint->("${name}_plain"));
    my $load = $server->start_load($name);
    $server->stop_at('chunk_after_commit:2');
    my $id = $server->start_migration($to_bigint->($name), @fast);
    ok($server->wait_for_stop('chunk_after_commit'), "terminated $who: the backfill is on its way");
    my @finished = $server->finished_chunks($id);
    # All of them: also the stream that is not at the stop point.
    is($server->sql("SELECT count(*) > 0 FROM (SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE backend_type = 'hotswap $who') AS x"),
        't', "terminated $who: it is told to go");
    # An executor comes back by its conductor; a conductor that was sent away stays away until somebody looks.
    $server->stop_at('');
    $server->sql('SELECT * FROM hotswap.status()');
    ok($server->wait_state($id, 'completed'), "terminated $who: the migration goes on to the end");
    my %chunks = map { $_ => 1 } $server->finished_chunks($id);
    is(join("\n", grep { !$chunks{$_} } @finished), '', "terminated $who: no finished chunk is done again");
    $load->stop;
    is($load->errors, '', "terminated $who: the application saw nothing");
    is($server->mirror_diff($name), 0, "terminated $who: mirror equal");
    is($server->shape($name), $server->shape("${name}_plain"), "terminated $who: the shape is that of the plain ALTER");
    is($server->leftovers, '', "terminated $who: nothing is left behind (T31)");
    $server->drop_pair($name);
}

# ---- idle means gone -------------------------------------------------------------------------------------------------
$server->sql('CREATE DATABASE gone');
my $node = $server->node;
$node->safe_psql('gone', 'CREATE EXTENSION hotswap; CREATE TABLE t (id integer PRIMARY KEY, v integer); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) AS i');
$node->safe_psql('gone', q{CALL hotswap.run('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => '{"auto_contract": true}')});
is($node->safe_psql('gone', 'SELECT string_agg(state, $$,$$) FROM hotswap._migrations'), 'completed', 'a migration in another database');
ok($server->wait_idle(5), 'idle means gone: no process of ours is left');
is($server->error_of('DROP DATABASE gone'), '', 'DROP DATABASE works right after a migration');
# A migration that waits for a person is nobody's work either.
$server->make_pair('waiting', 1000);
my $waiting = $server->start_migration($to_bigint->('waiting'), strategy => 'dual_write');
ok($server->wait_state($waiting, 'awaiting'), 'a migration waits for a person');
ok($server->wait_idle(5), 'nobody stays connected for it');
$server->sql("SELECT hotswap.rollback('$waiting')");
ok($server->wait_state($waiting, 'rolled_back'), 'and it is taken back');
$server->drop_pair('waiting');

# ---- in mid-flight ---------------------------------------------------------------------------------------------------
$server->sql('CREATE DATABASE gone');
$node->safe_psql('gone', 'CREATE EXTENSION hotswap; CREATE TABLE t (id integer PRIMARY KEY, v integer); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) AS i');
$server->stop_at('chunk_first_row');
$node->safe_psql('gone', q{SELECT hotswap.start('ALTER TABLE t ALTER COLUMN v TYPE bigint', strategy => 'dual_write')});
ok($server->wait_for_stop('chunk_first_row'), 'in mid-flight: an executor is at work in another database');
is($server->error_of('DROP DATABASE gone WITH (FORCE)'), '', 'in mid-flight: DROP DATABASE WITH (FORCE) works');
$server->stop_at('');
ok($server->wait_idle(5), 'in mid-flight: nobody comes back for a database that is gone');

$server->make_pair('dropped');
my $writes = $server->start_load('dropped');
$server->stop_at('chunk_after_commit:2');
$server->start_migration($to_bigint->('dropped'), @fast);
ok($server->wait_for_stop('chunk_after_commit'), 'in mid-flight: the backfill is on its way');
is($server->error_of('DROP EXTENSION hotswap CASCADE'), '', 'in mid-flight: DROP EXTENSION CASCADE works');
$server->stop_at('');
ok($server->wait_idle(5), 'in mid-flight: no process of ours stays');
is($server->mirror_diff('dropped'), 0, 'in mid-flight: mirror equal after DROP EXTENSION');
$writes->stop;
is($writes->errors, '', 'in mid-flight: the application saw no error (T31)');
is($server->mirror_diff('dropped'), 0, 'in mid-flight: the table stays writable (T31)');
is($server->shape('dropped'), $server->shape('dropped_plain'), 'in mid-flight: the table is as it was (T31)');
is($server->sql("SELECT count(*) FROM pg_attribute WHERE attname LIKE '\\_hotswap%' AND NOT attisdropped"), 0, 'in mid-flight: no column is left');
$server->sql('CREATE EXTENSION hotswap');
$server->drop_pair('dropped');
$server->stop;

# ---- no slot ---------------------------------------------------------------------------------------------------------
# One slot goes to the server's own logical replication launcher, so with 1 there is none for us, with 2 only the conductor's.
for my $slots (1, 2)
{
    my $few = HotswapTest->new("slots_$slots", conf => "max_worker_processes = $slots\nmax_parallel_workers = 0\n");
    $few->make_pair('starved');
    $few->sql($to_bigint->('starved_plain'));
    my $load = $few->start_load('starved');
    my $id = $few->start_migration($to_bigint->('starved'), @fast);
    ok($few->until_sql("SELECT reason LIKE '%max_worker_processes = $slots%' FROM hotswap._migrations WHERE migration_id = '$id'"),
        "max_worker_processes = $slots: the migration waits and says for what (T37)")
      or diag($few->reason_of($id));
    like($few->sql("SELECT state FROM hotswap._migrations WHERE migration_id = '$id'"), qr/planned|running/, "max_worker_processes = $slots: a wait is not a failure");
    is($few->sql("SELECT waiting_for LIKE '%max_worker_processes%' FROM hotswap.status('$id')"), 't', "max_worker_processes = $slots: status shows it");
    $load->stop;
    is($load->errors, '', "max_worker_processes = $slots: the application saw nothing");
    $few->node->append_conf('postgresql.conf', 'max_worker_processes = 8');
    $few->node->restart;
    $few->sql('SELECT * FROM hotswap.status()');
    ok($few->wait_state($id, 'completed'), "max_worker_processes = $slots: goes on when there are slots (T37)");
    is($few->mirror_diff('starved'), 0, "max_worker_processes = $slots: mirror equal");
    is($few->shape('starved'), $few->shape('starved_plain'), "max_worker_processes = $slots: the shape is that of the plain ALTER");
    $few->stop;
}

# Slots that others hold for a while: two migrations and room for one conductor and one executor.
my $narrow = HotswapTest->new('narrow', conf => "max_worker_processes = 3\nmax_parallel_workers = 0\n");
my @ids;
$narrow->stop_at('chunk_first_row');
for my $name ('first', 'second')
{
    $narrow->make_pair($name);
    $narrow->sql($to_bigint->("${name}_plain"));
    push @ids, $narrow->start_migration($to_bigint->($name), @fast);
    ok($narrow->wait_for_stop('chunk_first_row'), 'narrow: the first migration holds the only slot') if $name eq 'first';
}
ok($narrow->until_sql("SELECT reason LIKE '%max_worker_processes = 3%' FROM hotswap._migrations WHERE migration_id = '$ids[1]'"),
    'narrow: the second one waits for a slot and says so (T37)')
  or diag($narrow->reason_of($ids[1]));
$narrow->stop_at('');
ok($narrow->wait_state($_, 'completed'), "narrow: $_ ends by itself, nobody typed anything (T37)") for @ids;
is($narrow->mirror_diff($_), 0, "narrow: $_ equals its mirror") for 'first', 'second';
ok($narrow->wait_idle, 'narrow: no process of ours stays');
$narrow->stop;

done_testing();
