# Story: a migration is being taken back, before its switch or after it, and the process that does so dies by SIGKILL at every
# point of the way. Nobody types anything more, and it ends rolled back: the table has its first shape, the application lost
# no write, and nothing of ours is left behind. Before the switch it is the new column that goes; after it the old one
# becomes the table's own again, with every write that was made to the new one since.
# Traps: T3 (trigger and column go together), T29 (the way back is open until the contract), T31 (no left-overs, undo is idempotent).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('rollback');

# Where the migration is when the rollback is typed: in the middle of its backfill, before the switch, or after it; and the
# points at which the processes then die, one after the other.
my %stories = (
    backfill_a => [ 'chunk_first_row:2' => 'executor_started', 'ddl_begun', 'ddl_locked' ],
    backfill_b => [ 'chunk_after_commit:2' => 'ddl_statement_done', 'ddl_before_commit', 'ddl_after_commit' ],
    backfill_c => [ 'chunk_claimed:3' => 'conductor_before_undone' ],
    before_a   => [ before => 'index_dropped', 'index_before_record', 'ddl_begun' ],
    before_b   => [ before => 'ddl_locked', 'ddl_before_commit', 'executor_before_exit' ],
    after_a    => [ after => 'ddl_begun', 'ddl_locked', 'ddl_statement_done:2' ],
    after_b    => [ after => 'ddl_before_commit', 'ddl_after_commit', 'conductor_before_undone' ],
    after_c    => [ after => 'executor_started', 'index_dropped', 'ddl_statement_done' ],
);

for my $name (sort keys %stories)
{
    my ($where, @points) = @{ $stories{$name} };
    note "---- $name";
    $server->make_pair($name);
    my $load = $server->start_load($name);
    my $switch = $where eq 'after' ? 'true' : 'false';
    $server->stop_at($where) if $where =~ /^chunk/;
    my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
        strategy => 'dual_write', options => qq({"batch_size": 2000, "auto_switch": $switch}));
    if ($where =~ /^chunk/)
    {
        ok($server->wait_for_stop($where), "$name: an executor is in the middle of the backfill");
    }
    else
    {
        ok($server->wait_state($id, 'awaiting'), "$name: waits $where the switch");
    }
    is($server->type_of($name, 'v'), $where eq 'after' ? 'bigint' : 'integer', "$name: v is what it is $where the switch");
    # In one go: the way back is short, and must not be over before the stop point holds.
    $server->write_stop_point($points[0]);
    $server->sql("SELECT pg_reload_conf(); SELECT hotswap.rollback('$id')");
    for my $i (0 .. $#points)
    {
        my $pid = $server->wait_for_stop($points[$i]);
        ok($pid, "$name: somebody comes to $points[$i]");
        last unless $pid;
        is($server->state_of($id), 'rolling_back', "$name: it is being taken back");
        ok($server->kill9($pid, $i < $#points ? $points[ $i + 1 ] : ''), "$name: killed there, the server is back");
    }
    $server->stop_at('');
    ok($server->wait_state($id, 'rolled_back'), "$name: is taken back by itself (T29)");
    is($server->mirror_diff($name), 0, "$name: mirror equal under load");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crash");
    is($server->mirror_diff($name), 0, "$name: mirror equal");
    cmp_ok($server->sql("SELECT count(*) FROM ${name}_mirror WHERE n > 0"), '>', 0, "$name: there was a load");
    is($server->shape($name), $server->shape("${name}_plain"), "$name: the shape is what it was (T3)");
    is($server->leftovers, '', "$name: nothing is left behind (T31)");
    ok($server->wait_idle, "$name: no process of ours stays");
    $server->drop_pair($name) if $server->state_of($id) eq 'rolled_back';
}

$server->stop;
done_testing();
