# Story: an online rewrite is taken back: after its switch, or cancelled before it, at many places; and whoever takes it back dies
# by SIGKILL on the way. Nobody types anything more, and the table is exactly as before: a dump of its schema is the same, every
# write is there, nothing of ours is left.
# Traps: T3 (log and trigger go together), T29 (the way back is open until the contract), T31 (no left-overs, undo is idempotent).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use Test::More;

my $server = HotswapTest->new('rewrite', conf => $HotswapTest::rewrite_conf);
my $name = $server->make_rewrite('orders');
my $load = $server->start_rewrite_load($name);
my $before = $server->schema_of;

# ---- after the switch ------------------------------------------------------------------------------------------------
my $id = $server->suffer('back', $name, 'executor', '[start]', '[advance]', '[switched]', '[rollback]',
    qw(executor_started ddl_locked switch_locked switch_drained switch_swapped_out switch_statement_done switch_ddl_done switch_swapped_in ddl_before_commit ddl_after_commit),
    qw(ddl_locked twins_dropped ddl_before_commit ddl_after_commit));
ok($server->wait_state($id, 'rolled_back'), 'back: is taken back by itself (T29)');
$load->stop;
is($load->errors, '', 'back: the application saw no error but the crash');
$server->judge_rewrite('back', $name, type => 'integer');
$server->same_text($server->schema_of, $before, 'back: the schema is what it was');
ok($server->wait_idle, 'back: no process of ours stays');

# ---- before the switch: where the migration is, then where the way back dies ----------------------------------------------
my @places = (
    [ 'previous_created' => 'twins_dropped' ],
    [ 'switch_rehearsed' => '' ],
    [ 'twins_created' => 'ddl_locked' ],
    [ 'copy_chunk_scanned:2' => 'ddl_before_commit' ],
    [ 'copy_chunk_after_commit:3' => '' ],
    [ 'twin_index_before_commit:2' => 'ddl_after_commit' ],
    [ 'changes_applied' => '' ],
    [ 'twin_verify_before_commit' => 'twins_dropped' ],
    [ 'advance switch_locked' => '' ],
    [ 'advance switch_swapped_out' => 'ddl_before_commit' ],
    [ 'advance switch_ddl_done' => '' ],
    [ 'advance switch_swapped_in' => 'twins_dropped' ],
);
$load = $server->start_rewrite_load($name);
for my $place (@places)
{
    my ($where, $death) = @$place;
    my $call = $where =~ s/^advance // ? 'rollback' : 'cancel';
    note "---- $call at $where";
    $server->stop_at($where) if $call eq 'cancel';
    $id = $server->start_bigint($name, '{"auto_switch": false, "batch_size": 1500, "parallel": 1}');
    if ($call eq 'rollback')
    {
        $server->wait_phase($id, 'switch') or last;
        $server->stop_at($where);
        $server->sql("SELECT hotswap.advance('$id')");
    }
    my $there = $server->wait_for_stop($where);
    ok($there, "$call at $where: an executor is there") or last;
    # Frozen, so that it neither goes on when the point changes nor is gone before the next one holds.
    kill 'STOP', $there;
    $server->stop_at($death);
    # An executor that has written its progress lets the call wait until it commits or is told to stop.
    my $said = $server->begin_sql("SELECT hotswap.$call('$id')");
    $server->until_true(sub { ($server->state_of($id) // '') =~ /rolling_back|cancelled/ || $server->ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT hotswap.$call%' AND wait_event_type = 'Lock'") });
    kill 'CONT', $there;
    ok($said->finish, "$call at $where: the call is taken");
    if ($death)
    {
        my $pid = $server->wait_for_stop($death);
        ok($pid, "$call at $where: somebody comes to $death") or last;
        ok($server->kill9($pid, ''), "$call at $where: killed there, the server is back");
    }
    ok($server->wait_state($id, 'rolled_back|cancelled'), "$call at $where: is taken back");
    is($server->differences($name), 0, "$call at $where: mirror equal under load");
    is($server->remains, '', "$call at $where: nothing is left behind (T31)");
    is($server->type_of($name, 'id'), 'integer', "$call at $where: id is an integer");
}
$server->stop_at('');
$load->stop;
is($load->errors, '', 'before: the application saw no error but the crash');
$server->judge_rewrite('before', $name, type => 'integer');
$server->same_text($server->schema_of, $before, 'before: the schema is what it was');
ok($server->wait_idle, 'before: no process of ours stays');

$server->stop;
done_testing();
