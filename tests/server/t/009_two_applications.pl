# Story: a column is renamed while two versions of the application write at once, one by the old name and one by the new one, to
# the same rows; in the middle all processes of the server die and come back. What either of them wrote, both read. Then the old
# version goes and the migration is completed; or the new version turns out to be bad, goes, and the migration is taken back: in
# both cases no write of either is lost.
# Traps: T1 (direction by the data, not by the session), T3 (no gap), T13 (ends), T30 (old clients live on until the contract), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('two');

for my $end ('completed', 'rolled_back')
{
    note "---- $end";
    my $name = $server->make_pair($end);
    $server->sql("ALTER TABLE ${name}_plain RENAME COLUMN v TO amount") if $end eq 'completed';
    my $old = $server->start_load($name);
    $server->stop_at('chunk_before_commit:2');
    my $id = $server->start_migration("ALTER TABLE $name RENAME COLUMN v TO amount", strategy => 'dual_write', options => '{"batch_size": 2000}');
    my $pid = $server->wait_for_stop('chunk_before_commit');
    ok($pid, "$end: the backfill is on its way");
    ok($server->kill9($pid, ''), "$end: killed there, the server is back");
    ok($server->wait_state($id, 'awaiting'), "$end: waits for the deployment (T30)");
    # Only now: before the backfill is done and proven, the new application would read rows that are not filled yet.
    my $new = $server->start_load($name, column => 'amount');
    my $both = $server->until_sql("SELECT sum(n) > 500 FROM ${name}_mirror");
    ok($both, "$end: both applications write");
    is($server->sql("SELECT count(*) FROM $name WHERE v IS DISTINCT FROM amount"), 0, "$end: both names read the same in every row (T1)");
    is($server->mirror_diff($name), 0, "$end: mirror equal by the old name");
    is($server->mirror_diff($name, 'amount'), 0, "$end: mirror equal by the new name");
    # One more crash, while nothing but the two applications is at work.
    my ($backend) = split /\n/, $server->sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    ok($server->kill9($backend), "$end: a backend is killed, the server is back");
    $server->until_sql("SELECT sum(n) > 800 FROM ${name}_mirror");
    ($end eq 'completed' ? $old : $new)->stop;
    $server->sql($end eq 'completed' ? "SELECT hotswap.complete('$id')" : "SELECT hotswap.rollback('$id')");
    ok($server->wait_state($id, $end), "$end: is reached (T13)");
    $_->stop for $old, $new;
    is($_->errors, '', "$end: no application saw an error but the crash") for $old, $new;
    is($server->mirror_diff($name, $end eq 'completed' ? 'amount' : 'v'), 0, "$end: mirror equal, no write of either is lost");
    is($server->shape($name), $server->shape("${name}_plain"), "$end: the shape is that of the plain " . ($end eq 'completed' ? 'RENAME' : 'table'));
    is($server->leftovers, '', "$end: nothing is left behind (T31)");
    ok($server->wait_idle, "$end: no process of ours stays");
}

$server->stop;
done_testing();
