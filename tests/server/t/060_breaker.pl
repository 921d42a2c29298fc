# Story: while an application writes, calls fail and the breaker of the workers opens: the migration waits and says what for, the
# application notices nothing. When the open time is over, one minimal chunk is the trial, and the migration goes on without a person.
# What was set by hand, and that it is open, outlives a crash of the server; nobody stays half open for ever.
# Traps: T9 (the breaker is beside the application's transactions).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;
use Time::HiRes qw(usleep);

my $server = HotswapTest->new('breaker');
my $breaker = "hotswap._migration_circuit_breakers WHERE breaker_name = 'migration_executor'";
my $name = $server->make_pair('orders', 40_000);
my $load = $server->start_load($name, clients => 8);
$server->sql("UPDATE hotswap._migration_circuit_breakers SET open_time = '3 s' WHERE breaker_name = 'migration_executor'");
my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
    strategy => 'dual_write', options => '{"batch_size": 1500, "delay_ms": 300, "auto_contract": true}');
ok($server->until_sql("SELECT count(*) >= 3 FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'"), 'the backfill is under way');

# ---- open -----------------------------------------------------------------------------------------------------------
# Told by a transaction that comes to nothing.
$server->sql("BEGIN; SELECT count(hotswap.update_circuit_breaker('migration_executor', false)) FROM generate_series(1, 40); ROLLBACK");
ok($server->until_sql("SELECT count(*) = 1 FROM $breaker AND state = 'open'"), 'the breaker is open');
ok($server->until_sql("SELECT reason LIKE 'waiting for the circuit breaker migration_executor: open (%), tries again at %' FROM hotswap._migrations WHERE migration_id = '$id'"),
    'the migration says what it waits for, and until when') or diag($server->reason_of($id));
is($server->state_of($id), 'running', 'it needs no person');
my $during = $server->sql("SELECT state = 'open', (SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done') FROM $breaker");
usleep(800_000);
is($server->sql("SELECT state = 'open', (SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done') FROM $breaker"),
    $during, 'no chunk is done meanwhile');

# ---- half open, closed ----------------------------------------------------------------------------------------------
ok($server->wait_state($id, 'completed'), 'it goes on by itself, to the end');
is($server->sql("SELECT state FROM $breaker"), 'closed', 'the breaker is closed');
cmp_ok($server->sql("SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id' AND block_to - block_from = 1 AND rows_seen > 0"), '>=', 1,
    'the trial was a minimal chunk');
is($server->sql("SELECT string_agg(DISTINCT event, ', ' ORDER BY event) FROM hotswap._migration_events WHERE migration_id = '$id' AND event IN ('held back', 'goes on')"),
    'goes on, held back', 'both are in the audit');
$load->stop;
is($load->errors, '', 'eight clients: not one error');
is($server->mirror_diff($name), 0, 'not one write is lost');

# ---- what outlives the server ---------------------------------------------------------------------------------------
$server->sql("INSERT INTO hotswap._migration_circuit_breakers (breaker_name, consecutive_failures, open_time) VALUES ('app', 2, '1 hour')");
$server->sql("SELECT hotswap.update_circuit_breaker('app', false); SELECT hotswap.update_circuit_breaker('app', false)");
$server->sql("UPDATE hotswap._migration_circuit_breakers SET state = 'forced_open' WHERE breaker_name = 'migration_executor'");
ok($server->until_sql("SELECT state = 'open' FROM hotswap._migration_breakers WHERE breaker_name = 'app'"), 'the state is written down');
ok($server->wait_idle, 'and nobody stays for it');
ok($server->kill_server, 'the server crashes');
$server->start_server;
is($server->sql("SELECT string_agg(breaker_name || ' ' || state || ' ' || hotswap.circuit_allows(breaker_name), ', ' ORDER BY breaker_name) FROM hotswap._migration_circuit_breakers"),
    'app open false, migration_executor forced_open false', 'both are as they were');

# ---- a trial that nobody answers ------------------------------------------------------------------------------------
$server->sql("UPDATE hotswap._migration_circuit_breakers SET open_time = '300 ms', half_open_time = '300 ms'");
$server->sql("UPDATE hotswap._migration_circuit_breakers SET state = 'open' WHERE breaker_name = 'app'");
ok($server->until_sql("SELECT hotswap.circuit_allows('app')"), 'a trial call passes, and its caller is never heard of again');
ok($server->until_sql("SELECT hotswap.circuit_allows('app')"), 'another one passes later');
is($server->sql("SELECT hotswap.update_circuit_breaker('app', true)"), 'closed', 'whose answer closes it');

# ---- fifty callers --------------------------------------------------------------------------------------------------
# Every call is counted, and none waits for a transaction that is open.
$server->sql("UPDATE hotswap._migration_circuit_breakers SET window_time = '1 hour' WHERE breaker_name = 'app'");
$server->sql("UPDATE hotswap._migration_circuit_breakers SET state = 'closed' WHERE breaker_name = 'app'");
my $sleeper = $server->node->background_psql('postgres');
$sleeper->query_safe('BEGIN');
$sleeper->query_safe("SELECT hotswap.update_circuit_breaker('app', true)");
my $script = $server->node->basedir . '/calls.sql';
open my $out, '>', $script or die "$script: $!";
print $out "SELECT hotswap.update_circuit_breaker('app', true);\n";
close $out;
$server->node->command_ok([ 'pgbench', '-n', '-c', '50', '-j', '2', '-t', '100', '-f', $script, 'postgres' ], 'fifty callers');
is($server->sql("SELECT success_count, failure_count, state FROM hotswap._migration_circuit_breakers WHERE breaker_name = 'app'"), '5001|0|closed', 'every call is counted');
$sleeper->quit;
$server->stop;
done_testing();
