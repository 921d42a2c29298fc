# Story: an executor dies by SIGKILL at every point of an online rewrite, while the application keeps writing: when the copy is
# made, filled, indexed, caught up and proved, in the middle of the switch, while the way back is kept open, and when it is given
# up. Nobody types anything but the words for switch and contract, and the migration ends as if nothing had happened.
# Traps: T13 (ends neither early nor never), T14 (chunks commit one by one), T29 (nothing irreversible before the end), T31 (no left-overs).
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
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
my $load = $server->start_rewrite_load($name);

my $id = $server->suffer('forth', $name, 'executor',
    '[start]',    qw(previous_created ddl_locked switch_rehearsed twins_created ddl_before_commit ddl_after_commit),
    qw(chunk_claimed:2 copy_chunk_scanned:2 copy_chunk_before_commit:2 copy_chunk_after_commit),
    qw(twin_index_begun twin_index_before_commit:2 twin_index_before_commit:4),
    qw(catch_up_begun changes_applied changes_before_commit catch_up_before_record),
    qw(twin_verify_begun twin_verify_before_commit),
    '[advance]',  qw(ddl_begun switch_locked switch_drained switch_swapped_out switch_statement_done switch_ddl_done switch_swapped_in ddl_before_commit ddl_after_commit),
    '[switched]', qw(keep_previous_begun changes_applied changes_before_commit),
    '[complete]', qw(ddl_locked twins_dropped ddl_before_commit ddl_after_commit));
ok($server->finish_migration($id), 'goes on by itself to the end (T13)');
$load->stop;
is($load->errors, '', 'the application saw no error but the crash');
$server->judge_rewrite('forth', $name, type => 'bigint');
ok($server->wait_idle, 'no process of ours stays');

$server->stop;
done_testing();
