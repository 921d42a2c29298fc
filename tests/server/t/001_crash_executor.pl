# Story: an executor dies by SIGKILL at every point of a type change, while the application keeps writing. The server restarts
# all its processes, nobody types anything, and the migration ends as if nothing had happened: no write is lost, no finished
# chunk is done again, the table looks as after the plain ALTER, and nothing of ours is left behind.
# Traps: T3 (no gap between column, trigger and checks), T13 (ends neither early nor never), T14 (chunks commit one by one),
# T16 (two-row transactions in any order against the backfill), T29 (nothing irreversible before the end), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('executor');

# Each story is one migration. A stop is [when, point]: 'start' is before the migration starts, 'advance' before the word for
# the switch or the contract is given, 'then' at the next place after the last kill.
my %stories = (
    ddl_begun   => [ [ start => 'ddl_begun' ],            [ advance => 'ddl_begun' ],            [ advance => 'ddl_begun' ] ],
    ddl_locked  => [ [ start => 'ddl_locked' ],           [ advance => 'ddl_locked' ],           [ advance => 'ddl_locked' ] ],
    ddl_half    => [ [ start => 'ddl_statement_done:2' ], [ advance => 'ddl_statement_done:2' ], [ advance => 'ddl_statement_done' ] ],
    ddl_written => [ [ start => 'ddl_before_commit' ],    [ advance => 'ddl_before_commit' ],    [ advance => 'ddl_before_commit' ] ],
    ddl_done    => [ [ start => 'ddl_after_commit' ],     [ advance => 'ddl_after_commit' ],     [ advance => 'ddl_after_commit' ] ],
    chunks      => [ [ start => 'chunk_claimed:2' ], [ then => 'chunk_first_row:2' ], [ then => 'chunk_before_commit:2' ], [ then => 'chunk_after_commit' ] ],
    indexes     => [ [ start => 'index_before_build' ], [ then => 'index_built' ], [ then => 'index_before_record' ] ],
    proof       => [ [ start => 'verify_begun' ], [ then => 'verify_before_record' ] ],
    process     => [ [ start => 'executor_started' ], [ then => 'executor_before_exit' ] ],
);

# The proof itself: one changed value, one missing row and one double row are seen.
$server->make_pair('proof_of_mirror', 10);
is($server->mirror_diff('proof_of_mirror'), 0, 'mirror: equal at the start');
$server->sql('UPDATE proof_of_mirror SET v = 0 WHERE id = 1');
is($server->mirror_diff('proof_of_mirror'), 2, 'mirror: a lost update is seen');
$server->sql('DELETE FROM proof_of_mirror WHERE id IN (1, 2)');
is($server->mirror_diff('proof_of_mirror'), 2, 'mirror: lost rows are seen');
$server->drop_pair('proof_of_mirror');

for my $name (sort keys %stories)
{
    my @stops = @{ $stories{$name} };
    note "---- $name";
    $server->make_pair($name);
    $server->sql("ALTER TABLE ${name}_plain ALTER COLUMN v TYPE bigint");
    my $load = $server->start_load($name);
    my ($id, %finished);
    for my $i (0 .. $#stops)
    {
        my ($when, $point) = @{ $stops[$i] };
        if ($when eq 'start')
        {
            $server->stop_at($point);
            $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
                strategy => 'dual_write', options => '{"batch_size": 2000, "auto_switch": false}');
        }
        elsif ($when eq 'advance')
        {
            $server->wait_state($id, 'awaiting') or last;
            $server->stop_at($point);
            $server->sql("SELECT hotswap.advance('$id')");
        }
        my $pid = $server->wait_for_stop($point);
        ok($pid, "$name: an executor comes to $point");
        last unless $pid;
        $finished{$_} = 1 for $server->finished_chunks($id);
        my $next = $i < $#stops && $stops[ $i + 1 ][0] eq 'then' ? $stops[ $i + 1 ][1] : '';
        ok($server->kill9($pid, $next), "$name: killed there, the server is back");
    }
    $server->stop_at('');
    # The word for the switch and for the contract may still be wanted.
    if ($server->wait_state($id, 'awaiting|completed') && $server->state_of($id) eq 'awaiting')
    {
        $server->sql("SELECT hotswap.complete('$id')");
    }
    ok($server->wait_state($id, 'completed'), "$name: goes on by itself to the end (T13)");
    my %chunks = map { $_ => 1 } $server->finished_chunks($id);
    is(join("\n", grep { !$chunks{$_} } sort keys %finished), '', "$name: no finished chunk is done again (T14)");
    is($server->mirror_diff($name), 0, "$name: mirror equal under load");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crash (T16)");
    is($server->mirror_diff($name), 0, "$name: mirror equal");
    cmp_ok($server->sql("SELECT count(*) FROM ${name}_mirror WHERE n > 0"), '>', 0, "$name: there was a load");
    is($server->shape($name), $server->shape("${name}_plain"), "$name: the shape is that of the plain ALTER (T3)");
    is($server->leftovers, '', "$name: nothing is left behind (T31)");
    ok($server->wait_idle, "$name: no process of ours stays");
    is($server->index_columns("${name}_by_v"), 'v', "$name: the column of the index is named like that of the table") if $name eq 'indexes';
    $server->drop_pair($name) if $server->state_of($id) eq 'completed';
}

# A flag and the step that raises or lowers it are one transaction: it is never raised twice, nor left raised.
{
    my $flag = "SELECT enabled, rollout_percentage FROM hotswap._migration_feature_flags";
    my $events = "SELECT count(*) FROM hotswap._migration_events WHERE event LIKE 'flag %' AND migration_id = ";
    $server->sql('CREATE TABLE flagged (id int PRIMARY KEY, email text)');
    $server->stop_at('flag_before_commit');
    my $id = $server->start_migration('ALTER TABLE flagged RENAME COLUMN email TO mail', options => '{"flag": "use_new_email", "bake": "1 hour"}');
    ok($server->kill9($server->wait_for_stop('flag_before_commit'), 'flag_before_commit'), 'flag: killed before it is raised');
    ok($server->wait_for_stop('flag_before_commit'), 'flag: it is tried again');
    is($server->sql($flag), '', 'flag: nothing is seen of it before the commit');
    $server->stop_at('');
    ok($server->wait_state($id, 'baking'), 'flag: it goes on by itself');
    is($server->sql($flag), 't|10', 'flag: it is raised');
    is($server->sql("$events '$id'"), 1, 'flag: once');
    $server->stop_at('flag_before_commit');
    $server->sql("SELECT hotswap.rollback('$id')");
    ok($server->kill9($server->wait_for_stop('flag_before_commit'), ''), 'flag: killed before it is lowered');
    $server->stop_at('');
    ok($server->wait_state($id, 'rolled_back'), 'flag: the way back goes on by itself');
    is($server->sql($flag), 'f|0', 'flag: it is lowered');
    is($server->sql("$events '$id'"), 2, 'flag: once');
    $server->sql('DROP TABLE flagged');
}

$server->stop;
done_testing();
