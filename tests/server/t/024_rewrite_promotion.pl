# Story: the primary is lost in the middle of the copy of an online rewrite, or in the first second after its switch, and the
# standby is promoted. All state is in tables, and the new primary goes on by itself: to the end, or all the way back.
# Traps: T13 (ends), T29 (the way back is open until the contract), T31 (no left-overs on the new primary), T37 (standby promotion).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use PostgreSQL::Test::Cluster;
use Test::More;

# Where the primary dies, and what becomes of the migration on the new one.
my @stories = (
    [ 'copy',      'copy_chunk_after_commit:3', 'completed' ],
    [ 'switched',  'ddl_after_commit',          'completed' ],
    [ 'back',      'ddl_after_commit',          'rolled_back' ],
);
for my $story (@stories)
{
    my ($title, $point, $end) = @$story;
    note "---- $title";
    my $primary = HotswapTest->new("primary_$title", preload => 1, streaming => 1, conf => $HotswapTest::rewrite_conf);
    my $name = $primary->make_rewrite('orders', 6000);
    $primary->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint") if $end eq 'completed';
    $primary->node->backup('base');
    my $standby_node = PostgreSQL::Test::Cluster->new("standby_$title");
    $standby_node->init_from_backup($primary->node, 'base', has_streaming => 1);
    $standby_node->append_conf('postgresql.conf', "hot_standby_feedback = on\nwal_receiver_status_interval = 1s\n");
    $standby_node->start;
    my $standby = $primary->on_node($standby_node);

    my $load = $primary->start_rewrite_load($name);
    $primary->stop_at($point) if $title eq 'copy';
    my $id = $primary->start_bigint($name, '{"auto_switch": false, "batch_size": 1000, "parallel": 1}');
    if ($title ne 'copy')
    {
        ok($primary->wait_phase($id, 'switch'), "$title: waits for the word to switch");
        $primary->stop_at($point);
        $primary->sql("SELECT hotswap.advance('$id')");
    }
    ok($primary->wait_for_stop($point), "$title: the primary is at $point");
    # After the switch the load still writes for a moment: that has to be carried back on the new primary.
    $primary->until_sql("SELECT count(*) > 200 FROM ${name}_mirror WHERE n > 0");
    $load->stop;
    is($load->errors, '', "$title: the application saw no error");
    $primary->node->wait_for_catchup($standby_node);
    is($standby->type_of($name, 'id'), $title eq 'copy' ? 'integer' : 'bigint', "$title: the standby has the table as it is");
    is($standby->differences($name), 0, "$title: and its rows");
    my @finished = $standby->finished_chunks($id);
    $primary->write_stop_point('');
    $primary->kill_server;
    unlink $standby_node->data_dir . '/stop_point.conf';
    $standby_node->promote;
    $standby->until_sql('SELECT NOT pg_is_in_recovery()');
    my $new_load = $standby->start_rewrite_load($name);
    if ($title eq 'copy')
    {
        ok($standby->wait_phase($id, 'switch'), "$title: the new primary goes on by itself (T37)");
        my %chunks = map { $_ => 1 } $standby->finished_chunks($id);
        is(join("\n", grep { !$chunks{$_} } @finished), '', "$title: no finished chunk is done again");
        $standby->sql("SELECT hotswap.advance('$id')");
    }
    ok($standby->wait_phase($id, 'contract'), "$title: waits after its switch");
    $standby->sql('SELECT hotswap.' . ($end eq 'completed' ? 'complete' : 'rollback') . "('$id')");
    ok($standby->wait_state($id, $end), "$title: is $end on the new primary");
    $new_load->stop;
    is($new_load->errors, '', "$title: the application saw no error on the new primary");
    $standby->judge_rewrite($title, $name, type => $end eq 'completed' ? 'bigint' : 'integer');
    ok($standby->wait_idle, "$title: no process of ours stays");
    $standby->stop;
}

done_testing();
