# Story: the conductor dies by SIGKILL, or the whole server by an immediate stop, in the middle of an online rewrite: during the
# copy, around and between the two exchanges of storage, and while the way back is kept open or taken. With the library preloaded
# nobody types anything, and the migration ends as if nothing had happened.
# Traps: T13 (ends neither early nor never), T29 (the way back is open until the contract), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use Test::More;

my $server = HotswapTest->new('rewrite', preload => 1, conf => $HotswapTest::rewrite_conf);
my @copied = qw(twins_created copy_chunk_before_commit:2 changes_applied);
my @switched = qw(switch_locked switch_drained switch_swapped_out switch_statement_done switch_ddl_done switch_swapped_in ddl_after_commit);

for my $who (qw(conductor server))
{
    my $name = $server->make_rewrite("${who}_forth");
    $server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
    my $load = $server->start_rewrite_load($name);
    my $id = $server->suffer($name, $name, $who, '[start]', @copied, '[advance]', @switched, '[switched]', qw(keep_previous_begun changes_applied), '[complete]', 'twins_dropped');
    ok($server->finish_migration($id), "$name: goes on by itself to the end (T13)");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crash");
    $server->judge_rewrite($name, $name, type => 'bigint');

    $name = $server->make_rewrite("${who}_back");
    $load = $server->start_rewrite_load($name);
    $id = $server->suffer($name, $name, $who, '[start]', '[advance]', '[switched]', '[rollback]', qw(switch_drained switch_swapped_out switch_ddl_done switch_swapped_in ddl_before_commit twins_dropped));
    ok($server->wait_state($id, 'rolled_back'), "$name: is taken back by itself (T29)");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crash");
    $server->judge_rewrite($name, $name, type => 'integer');
}
ok($server->wait_idle, 'no process of ours stays');

$server->stop;
done_testing();
