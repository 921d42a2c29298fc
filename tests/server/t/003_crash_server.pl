# Story: the whole server dies, postmaster first, in the middle of the backfill, just before and just after the switch commits, and
# around the contract. With the library preloaded the launcher finds the migration after the restart and nobody types anything;
# without it, the migration rests where it is until somebody calls hotswap.status(), which is all it takes.
# Traps: T13 (ends neither early nor never), T14 (what was committed counts), T31 (no left-overs), T37 (works without a preload).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

# [when, point]: as in the executor's story.
my %stories = (
    backfill => [ start => 'chunk_before_commit:2' ],
    before_switch => [ advance => 'ddl_before_commit' ],
    after_switch => [ advance => 'ddl_after_commit' ],
    contract => [ complete => 'ddl_before_commit' ],
);

for my $preload (1, 0)
{
    my $server = HotswapTest->new($preload ? 'preloaded' : 'plain', preload => $preload);
    for my $story (sort keys %stories)
    {
        my ($when, $point) = @{ $stories{$story} };
        my $title = ($preload ? 'preloaded, ' : 'not preloaded, ') . $story;
        note "---- $title";
        my $name = $server->make_pair($story);
        $server->sql("ALTER TABLE ${name}_plain ALTER COLUMN v TYPE bigint");
        my $load = $server->start_load($name);
        $server->stop_at($point) if $when eq 'start';
        my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
            strategy => 'dual_write', options => '{"batch_size": 2000, "auto_switch": false}');
        if ($when ne 'start')
        {
            ok($server->wait_state($id, 'awaiting'), "$title: waits for the word to switch");
            if ($when eq 'complete')
            {
                $server->sql("SELECT hotswap.advance('$id')");
                $server->until_sql("SELECT state = 'awaiting' AND phase = 'contract' FROM hotswap._migrations WHERE migration_id = '$id'");
            }
            $server->stop_at($point);
            $server->sql("SELECT hotswap.advance('$id')");
        }
        ok($server->wait_for_stop($point), "$title: an executor comes to $point");
        my @finished = $server->finished_chunks($id);
        $server->write_stop_point('');
        ok($server->kill_server, "$title: the server is killed and all its children go");
        $server->start_server;
        if (!$preload)
        {
            is($server->sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'hotswap%'"), 0, "$title: nobody is at work");
            is($server->mirror_diff($name), 0, "$title: mirror equal while the migration rests");
            $server->sql('SELECT * FROM hotswap.status()');
        }
        if ($server->wait_state($id, 'awaiting|completed') && $server->state_of($id) eq 'awaiting')
        {
            $server->sql("SELECT hotswap.complete('$id')");
        }
        ok($server->wait_state($id, 'completed'), $preload ? "$title: goes on by itself (T13)" : "$title: goes on after one look (T13, T37)");
        my %chunks = map { $_ => 1 } $server->finished_chunks($id);
        is(join("\n", grep { !$chunks{$_} } @finished), '', "$title: no finished chunk is done again (T14)");
        $load->stop;
        is($load->errors, '', "$title: the application saw no error but the crash");
        is($server->mirror_diff($name), 0, "$title: mirror equal");
        is($server->shape($name), $server->shape("${name}_plain"), "$title: the shape is that of the plain ALTER");
        is($server->leftovers, '', "$title: nothing is left behind (T31)");
        $server->drop_pair($name) if $server->state_of($id) eq 'completed';
    }
    $server->stop;
}

done_testing();
