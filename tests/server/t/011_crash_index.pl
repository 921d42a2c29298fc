# Story: an index is built concurrently for the application's new query, and the executor dies by SIGKILL: before, in the middle
# (when an invalid index is left, which a unique one would even use to refuse rows), and after. Each time what is left is removed
# and the index is built again; on the way back it goes, whoever dies.
# Traps: T31 (an invalid index is a left-over), T36 (a statement that refuses a transaction block is the worker's).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('index');
my $node = $server->node;

for my $point ('index_before_build', 'index_built', 'index_before_record', 'in the middle')
{
    (my $name = $point) =~ s/ /_/g;
    $server->make_pair($name);
    $server->sql("CREATE UNIQUE INDEX ${name}_plain_by_id_and_n ON ${name}_plain (id, n)");
    my $load = $server->start_load($name);
    my $ddl = "CREATE UNIQUE INDEX ${name}_by_id_and_n ON $name (id, n)";
    my ($id, $pid, $holder);
    if ($point eq 'in the middle')
    {
        # The build waits for transactions that were there before it: its index is in the catalog and not yet valid.
        $holder = $node->background_psql('postgres', on_error_stop => 0);
        $holder->query_safe('BEGIN');
        $holder->query_safe("UPDATE $name SET n = n WHERE id = 1");
        $id = $server->start_migration($ddl);
        $server->until_sql("SELECT count(*) = 1 FROM pg_index i JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid WHERE NOT i.indisvalid AND p.phase LIKE 'waiting%'");
        $pid = $server->sql("SELECT pid FROM pg_stat_progress_create_index");
    }
    else
    {
        $server->stop_at($point);
        $id = $server->start_migration($ddl);
        $pid = $server->wait_for_stop($point);
    }
    ok($pid, "$point: an executor is there");
    last unless $pid;
    ok($server->kill9($pid, ''), "$point: killed there, the server is back");
    $holder->{run}->kill_kill if $holder;
    ok($server->wait_state($id, 'completed'), "$point: goes on by itself to the end");
    $load->stop;
    is($load->errors, '', "$point: the application saw no error but the crash");
    is($server->mirror_diff($name), 0, "$point: mirror equal");
    is($server->shape($name), $server->shape("${name}_plain"), "$point: the index is there, once, and valid (T31)");
    is($server->leftovers, '', "$point: nothing is left behind");
    ok($server->wait_idle, "$point: no process of ours stays");
    $server->drop_pair($name);
}

$server->stop;
done_testing();
