# Story: what may come in the way of a switch. A snapshot from before the copy, a lock that would be held for too long, a transaction
# that wrote a hundred thousand rows: the switch waits, says for what, keeps the copy, and comes. And what may happen to the table
# itself: a TRUNCATE in every phase, and new storage by VACUUM FULL and CLUSTER.
# Traps: T20 (a pending lock blocks readers), T21 (a budget, then a pause), T26 (old snapshots), T27 (who is waited for).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use Test::More;

my $server = HotswapTest->new('switch', conf => $HotswapTest::rewrite_conf);
my $node = $server->node;
my $options = '{"batch_size": 1500, "parallel": 1, "auto_switch": false, "lock_budget": "2 s"}';

# ---- an old snapshot -------------------------------------------------------------------------------------------------
my $name = $server->make_rewrite('snapshot');
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
my $old = $node->background_psql('postgres');
my $pid = $old->query_safe('SELECT pg_backend_pid()');
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
my $load = $server->start_rewrite_load($name);
my $id = $server->start_bigint($name, '{"auto_switch": true, "lock_budget": "30 s"}');
ok($server->until_sql("SELECT reason ~ '\\mpid $pid\\M' FROM hotswap._migrations WHERE migration_id = '$id'"), 'snapshot: the reason names the pid (T27)');
like($server->reason_of($id), qr/^running: .*snapshot/, 'snapshot: and says that it is its snapshot');
is($server->type_of($name, 'id'), 'integer', 'snapshot: the switch waits (T26)');
is($old->query_safe("SELECT count(*) FROM $name"), 10_000, 'snapshot: its holder sees the table as it was');
# It has the table now, too.
$old->query_safe('COMMIT');
ok($server->wait_phase($id, 'contract'), 'snapshot: when it is gone, the switch comes');
$old->quit;
ok($server->finish_migration($id), 'snapshot: and the end');
$load->stop;
is($load->errors, '', 'snapshot: the application saw no error');
$server->judge_rewrite('snapshot', $name, type => 'bigint');

# ---- too long under the locks ----------------------------------------------------------------------------------------
$name = $server->make_rewrite('slow');
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
$id = $server->start_bigint($name, $options);
ok($server->wait_phase($id, 'switch'), 'slow: waits for the word to switch');
my @copied = $server->finished_chunks($id);
$server->sql(<<'SQL');
ALTER SYSTEM SET hotswap.max_lock_time = '50ms';
SELECT pg_reload_conf();
CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); END $$;
CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION slow();
SQL
$load = $server->start_rewrite_load($name);
$server->sql("SELECT hotswap.advance('$id')");
ok($server->wait_state($id, 'paused'), 'slow: gives up after its budget (T21)');
like($server->reason_of($id), qr/max_lock_time/, 'slow: the reason names the setting');
like($server->reason_of($id), qr/hotswap\.resume/, 'slow: and what to type');
is($server->type_of($name, 'id'), 'integer', 'slow: nothing is switched');
is(join("\n", $server->finished_chunks($id)), join("\n", @copied), 'slow: the copy is kept');
is($server->differences($name), 0, 'slow: mirror equal while it rests');
$server->sql("ALTER SYSTEM SET hotswap.max_lock_time = '20s'; SELECT pg_reload_conf(); SELECT hotswap.resume('$id')");
ok($server->wait_phase($id, 'contract'), 'slow: after raising the setting it switches');
is(join("\n", $server->finished_chunks($id)), join("\n", @copied), 'slow: with the copy it had');
$server->sql('DROP EVENT TRIGGER slow; DROP FUNCTION slow(); ALTER SYSTEM RESET hotswap.max_lock_time; SELECT pg_reload_conf()');
ok($server->finish_migration($id), 'slow: and ends');
$load->stop;
is($load->errors, '', 'slow: the application saw no error');
$server->judge_rewrite('slow', $name, type => 'bigint');

# ---- a large transaction while the lock is awaited -------------------------------------------------------------------
$name = $server->make_rewrite('bulk', 1000);
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
$id = $server->start_bigint($name, '{"batch_size": 1500, "parallel": 1, "auto_switch": false, "lock_budget": "30 s"}');
ok($server->wait_phase($id, 'switch'), 'bulk: waits for the word to switch');
my $bulk = $node->background_psql('postgres');
$pid = $bulk->query_safe('SELECT pg_backend_pid()');
$bulk->query_safe('BEGIN');
for my $table ($name, "${name}_mirror")
{
    $bulk->query_safe("INSERT INTO $table (id, v, note) SELECT i, i, 'bulk' FROM generate_series(10001, 110000) AS i; UPDATE $table SET v = v + 1 WHERE id <= 1000");
}
$server->sql("SELECT hotswap.advance('$id')");
ok($server->until_sql("SELECT reason ~ '\\mpid $pid\\M' FROM hotswap._migrations WHERE migration_id = '$id'"), 'bulk: the reason names the pid (T27)');
is($server->type_of($name, 'id'), 'integer', 'bulk: the switch waits');
$bulk->query_safe('COMMIT');
$bulk->quit;
ok($server->wait_phase($id, 'contract'), 'bulk: the switch comes when the log is short again');
is($server->differences($name), 0, 'bulk: mirror equal after the switch');
cmp_ok($server->sql("SELECT lock_held_ms FROM hotswap._migration_steps WHERE migration_id = '$id' AND kind = 'switch_storage'"), '<', 1000, 'bulk: it was not worked off under the lock');
ok($server->finish_migration($id), 'bulk: and ends');
$server->judge_rewrite('bulk', $name, type => 'bigint', no_load => 1);

# ---- TRUNCATE, VACUUM FULL and CLUSTER in every phase ----------------------------------------------------------------
# Under a load; at a stop that holds a lock on the table the statement waits until it goes on.
# A table that is truncated at once has too few rows for a second chunk.
my @late = qw(copy_chunk_scanned:2 copy_chunk_after_commit:2 twin_index_begun catch_up_begun changes_applied twin_verify_begun twin_verify_before_commit);
my %phases = (truncate => \@late, truncate_at_once => ['twins_created'], storage => [ 'twins_created', @late ], order => [qw(twins_created copy_chunk_after_commit:2 twin_verify_begun)]);
my %statements = (
    truncate => 'BEGIN; TRUNCATE T, T_mirror; ' . join(' ', map { "INSERT INTO $_ (id, v, note) SELECT i, i, 'again' FROM generate_series(1, 4000) AS i;" } qw(T T_mirror)) . ' COMMIT',
    storage => 'VACUUM FULL T',
    order => 'CLUSTER T USING T_pkey',
);
$statements{truncate_at_once} = $statements{truncate};
for my $what (sort keys %statements)
{
    my @phases = @{ $phases{$what} };
    $name = $server->make_rewrite("by_$what");
    (my $statement = $statements{$what}) =~ s/\bT(?=\b|_)/$name/g;
    $load = $server->start_rewrite_load($name);
    $server->stop_at($phases[0]);
    $id = $server->start_bigint($name, $options);
    for my $i (0 .. $#phases)
    {
        ok($server->wait_for_stop($phases[$i]), "$what: somebody comes to $phases[$i]") or last;
        my $running = $server->begin_sql($statement);
        my ($word) = $statement =~ /(TRUNCATE|VACUUM|CLUSTER)/;
        $server->until_sql("SELECT count(*) = 0 OR bool_or(wait_event_type = 'Lock') FROM pg_stat_activity WHERE query ~ '$word' AND pid <> pg_backend_pid()");
        $server->stop_at($i < $#phases ? $phases[ $i + 1 ] : '');
        ok($running->finish, "$what: done at $phases[$i]");
    }
    $server->stop_at('');
    ok($server->wait_phase($id, 'switch'), "$what: waits for the word to switch") or last;
    ok($server->begin_sql($statement)->finish, "$what: once more before the switch");
    $server->sql("SELECT hotswap.advance('$id')");
    ok($server->wait_phase($id, 'contract'), "$what: is switched");
    is($server->differences($name), 0, "$what: mirror equal after the switch");
    ok($server->begin_sql($statement)->finish, "$what: once more after the switch");
    $server->sql("SELECT hotswap.rollback('$id')");
    ok($server->wait_state($id, 'rolled_back'), "$what: is taken back");
    $load->stop;
    is($load->errors, '', "$what: the application saw no error");
    my $again = $server->sql("SELECT count(*) FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'copy begins again'");
    cmp_ok($again, '>', 0, "$what: the copy began again") if $what !~ /truncate/;
    # CLUSTER is remembered.
    $server->sql("CLUSTER ${name}_plain USING ${name}_plain_pkey") if $what eq 'order';
    $server->judge_rewrite($what, $name, type => 'integer');
}

$server->stop;
done_testing();
