# Story: the application does not notice. Eight clients run pgbench's own transactions while a column they use is renamed and
# another one changes its type: no client sees an error. Then somebody keeps a transaction open on the table: the migration does not
# queue behind it, it pauses and names pid, user and query, while others read and write the table as ever; after hotswap.resume it ends.
# Traps: T16 (the application is never the victim), T20 (a pending lock blocks readers), T21 (a budget, then a pause), T27 (who is waited for).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;
use Time::HiRes qw(time);

my $server = HotswapTest->new('load', conf => "deadlock_timeout = 1s\n");
my $node = $server->node;

# ---- eight clients ---------------------------------------------------------------------------------------------------
$node->command_ok([ 'pgbench', '-i', '-s', '1', '-q', 'postgres' ], 'pgbench tables');
my $log = $node->basedir . '/transactions';
my $load = HotswapTest::Load->new($server, '', builtin => 'tpcb-like', clients => 8, rate => 0, arguments => [ '-j', '2', '-l', "--log-prefix=$log" ]);
push @{ $server->{loads} }, $load;
$server->until_sql('SELECT count(*) > 100 FROM pgbench_history');

# filler is written by nobody, bid and abalance by everybody.
my @migrations = (
    [ 'type of a busy column', 'ALTER TABLE pgbench_accounts ALTER COLUMN abalance TYPE bigint' ],
    [ 'type of a hot table', 'ALTER TABLE pgbench_branches ALTER COLUMN bbalance TYPE bigint' ],
    [ 'rename', 'ALTER TABLE pgbench_accounts RENAME COLUMN filler TO notes' ],
);
for my $migration (@migrations)
{
    my ($what, $ddl) = @$migration;
    my $before = $server->sql('SELECT count(*) FROM pgbench_history');
    my $id = $server->start_migration($ddl, strategy => 'dual_write');
    if ($server->wait_state($id, 'awaiting|completed') && $server->state_of($id) eq 'awaiting')
    {
        $server->sql("SELECT hotswap.complete('$id')");
    }
    ok($server->wait_state($id, 'completed'), "$what: done under load");
    cmp_ok($server->sql('SELECT count(*) FROM pgbench_history'), '>', $before, "$what: the load went on");
}
$load->stop;
is($load->errors, '', 'eight clients: not one error (T16)');
is($server->type_of('pgbench_accounts', 'abalance'), 'bigint', 'the busy column has its type');
is($server->type_of('pgbench_branches', 'bbalance'), 'bigint', 'the column of the hot table has its type');
is($server->type_of('pgbench_accounts', 'notes'), 'character(84)', 'the renamed column has its name');
# Each transaction adds the same delta to all four tables.
is($server->sql('SELECT (SELECT sum(abalance) FROM pgbench_accounts) - (SELECT sum(delta) FROM pgbench_history)'), 0, 'accounts: no update is lost');
is($server->sql('SELECT (SELECT sum(bbalance) FROM pgbench_branches) - (SELECT sum(delta) FROM pgbench_history)'), 0, 'branches: no update is lost');
is($server->leftovers, '', 'nothing is left behind');

# Third field of pgbench's log: microseconds of the transaction.
my ($longest, $count) = (0, 0);
for my $file (glob "$log.*")
{
    open my $in, '<', $file or die "$file: $!";
    while (my $line = <$in>)
    {
        my @fields = split / /, $line;
        ++$count;
        $longest = $fields[2] if $fields[2] > $longest;
    }
}
diag(sprintf 'longest of %d transactions: %.1f ms', $count, $longest / 1000);
cmp_ok($longest, '<', 5_000_000, 'no transaction took 5 s');

# ---- somebody holds the table ----------------------------------------------------------------------------------------
$server->make_pair('held');
$server->sql('ALTER TABLE held_plain ALTER COLUMN v TYPE bigint');
$server->sql('CREATE ROLE sleeper LOGIN; GRANT SELECT ON held TO sleeper');
my $id = $server->start_migration('ALTER TABLE held ALTER COLUMN v TYPE bigint',
    strategy => 'dual_write', options => '{"auto_switch": false, "auto_contract": true, "lock_budget": "2 s"}');
ok($server->wait_state($id, 'awaiting'), 'holder: waits for the word to switch');

my $holder = $node->background_psql('postgres', extra_params => [ '-U', 'sleeper' ], on_error_stop => 0);
my $pid = $holder->query_safe('SELECT pg_backend_pid()');
$holder->query_safe('BEGIN');
$holder->query_safe('SELECT count(*) AS held_by_me FROM held');
$server->sql("SELECT hotswap.advance('$id')");

# Until it has given up, a probe writes to the table again and again.
my ($slowest, $probes) = (0, 0);
my $paused = $server->until_true(
    sub {
        my $ms = $server->sql("DO \$\$ DECLARE began timestamptz := clock_timestamp(); BEGIN UPDATE held SET n = n + 1 WHERE id = 1;"
              . " PERFORM set_config('test.ms', (extract(epoch FROM clock_timestamp() - began) * 1000)::text, false); END \$\$;"
              . " SELECT current_setting('test.ms')");
        ++$probes;
        $slowest = $ms if $ms > $slowest;
        return $server->state_of($id) eq 'paused';
    });
ok($paused, 'holder: the migration gives up after its budget and pauses (T21)');
cmp_ok($probes, '>', 3, 'holder: the application went on meanwhile');
cmp_ok($slowest, '<', 1000, sprintf('holder: no writer waited long, the slowest %.1f ms (T20)', $slowest));
my $reason = $server->reason_of($id);
like($reason, qr/\bpid $pid\b/, 'holder: the reason names the pid (T27)');
like($reason, qr/user sleeper/, 'holder: the reason names the user (T27)');
like($reason, qr/held_by_me/, 'holder: the reason names the query (T27)');
like($reason, qr/hotswap\.resume/, 'holder: the reason says what to type');
is($server->sql("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid"), 1, 'holder: nobody was killed');
ok($server->wait_idle, 'holder: a paused migration keeps no process');

$holder->query_safe('COMMIT');
$holder->quit;
$server->sql("SELECT hotswap.resume('$id')");
ok($server->wait_state($id, 'completed'), 'holder: after hotswap.resume it ends');
is($server->shape('held'), $server->shape('held_plain'), 'holder: the shape is that of the plain ALTER');

$server->stop;
done_testing();
