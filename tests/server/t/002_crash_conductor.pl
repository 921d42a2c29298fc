# Story: the conductor dies by SIGKILL wherever it decides something, while the application keeps writing. It holds no state
# of its own, so the next one goes on from the tables: no step is done twice, none is forgotten, and there is never more than one.
# Traps: T13 (ends neither early nor never), T31 (no left-overs), T36 (what was committed is done, whoever dies).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('conductor');

# An executor and its conductor at once: the executor stands in its step while the conductor is killed.
my %stories = (
    started => [ 'conductor_started', 'conductor_started' ],
    steps   => [ 'conductor_before_start', 'conductor_before_start:2', 'conductor_before_start:3' ],
    finish  => ['conductor_before_finish'],
    expand  => ['ddl_before_commit'],
    chunk   => [ 'chunk_before_commit:2', 'chunk_after_commit' ],
    indexes => ['index_built'],
    proof   => ['verify_before_record'],
);

for my $name (sort keys %stories)
{
    my @points = @{ $stories{$name} };
    note "---- $name";
    $server->make_pair($name);
    $server->sql("ALTER TABLE ${name}_plain ALTER COLUMN v TYPE bigint");
    my $load = $server->start_load($name);
    $server->stop_at($points[0]);
    my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
        strategy => 'dual_write', options => '{"batch_size": 2000, "auto_contract": true}');
    for my $i (0 .. $#points)
    {
        my $pid = $server->wait_for_stop($points[$i]);
        ok($pid, "$name: somebody comes to $points[$i]");
        last unless $pid;
        my $conductor = $server->sql("SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE backend_type = 'hotswap conductor'");
        like($conductor, qr/^\d+$/, "$name: there is one conductor");
        last unless $conductor =~ /^\d+$/;
        ok($server->kill9($conductor, $i < $#points ? $points[ $i + 1 ] : ''), "$name: the conductor is killed, the server is back");
    }
    $server->stop_at('');
    ok($server->wait_state($id, 'completed'), "$name: goes on by itself to the end (T13)");
    is($server->sql("SELECT count(*) FROM (SELECT step_no FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'step done'"
              . " GROUP BY 1 HAVING count(*) > 1) AS x"), 0, "$name: no step is done twice");
    is($server->sql("SELECT count(*) FROM hotswap._migration_steps WHERE migration_id = '$id' AND state <> 'done'"), 0,
        "$name: no step is forgotten (T36)");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crash");
    is($server->mirror_diff($name), 0, "$name: mirror equal");
    is($server->shape($name), $server->shape("${name}_plain"), "$name: the shape is that of the plain ALTER");
    is($server->leftovers, '', "$name: nothing is left behind (T31)");
    ok($server->wait_idle, "$name: no process of ours stays");
    $server->drop_pair($name) if $server->state_of($id) eq 'completed';
}

$server->stop;
done_testing();
