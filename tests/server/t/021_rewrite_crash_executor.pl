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

# ---- unlogged: a crash empties the table, and its copy ------------------------------------------------------------------
$name = $server->make_rewrite('volatile', 5000);
$server->sql("ALTER TABLE $_ SET UNLOGGED") for $name, "${name}_mirror", "${name}_plain";
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint; ANALYZE $name");
$load = $server->start_rewrite_load($name);
$id = $server->suffer('volatile', $name, 'executor', '[start]', qw(copy_chunk_before_commit:2 twin_index_begun catch_up_before_record twin_verify_begun),
    '[advance]', qw(switch_swapped_out ddl_after_commit), '[switched]', 'keep_previous_begun', '[complete]', 'twins_dropped');
ok($server->finish_migration($id), 'volatile: goes on by itself to the end (T13)');
$server->until_sql("SELECT count(*) > 10 FROM ${name}_mirror WHERE n > 0");
$load->stop;
is($load->errors, '', 'volatile: the application saw no error but the crash');
$server->judge_rewrite('volatile', $name, type => 'bigint');

# ---- without a way back: the switch is the last thing that can be left undone ------------------------------------------
$name = $server->make_rewrite('one_way', 5000);
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
$load = $server->start_rewrite_load($name);
$id = $server->suffer('one_way', $name, 'executor', '[one_way]', 'switch_rehearsed', '[advance]', qw(switch_ddl_done switch_swapped_in ddl_before_commit ddl_after_commit twins_dropped));
ok($server->finish_migration($id), 'one_way: goes on by itself to the end (T13)');
$load->stop;
is($load->errors, '', 'one_way: the application saw no error but the crash');
$server->judge_rewrite('one_way', $name, type => 'bigint');

# ---- in an order -----------------------------------------------------------------------------------------------------
$name = $server->make_rewrite('sorted', 5000);
$server->stop_at('copy_ordered');
$id = $server->sql(q{SELECT hotswap.start_rewrite('sorted', order_by => 'n, v DESC', options => '{"auto_switch": true, "batch_size": 1000, "parallel": 1}')});
my @points = qw(copy_ordered copy_chunk_before_commit:2 copy_chunk_after_commit);
for my $i (0 .. $#points)
{
    my $pid = $server->wait_for_stop($points[$i]);
    ok($pid, "sorted: somebody comes to $points[$i]") or last;
    ok($server->kill9($pid, $points[ $i + 1 ] // ''), 'sorted: killed there, the server is back');
}
ok($server->finish_migration($id), 'sorted: goes on by itself to the end (T13)');
# A chunk that a death cut off may have been copied after others.
cmp_ok($server->sql('SELECT count(*) FROM (SELECT v > lag(v) OVER (ORDER BY ctid) AS wrong FROM sorted) AS s WHERE wrong'), '<=', scalar @points, 'sorted: the rows lie in the order that was asked for');
$server->judge_rewrite('sorted', $name, type => 'integer', no_load => 1);

$server->stop;
done_testing();
