# Story: a person in control. Three tables are migrated at once under load: one is paused, one cancelled, one ends. A switch waits for
# its time, for a window, for those before it in its group. Sessions in the way of a switch are ended as far as the policy goes, and
# the rights of the migration's owner; some never are. A chunk that failed is tried in smaller ones, and nothing stays of a migration
# that is cleaned up after a crash.
# Traps: T27 (who is waited for), T21 (a budget, then a pause).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

{ no warnings qw(redefine once); *PostgreSQL::Test::BackgroundPsql::note = sub { } }    # our sessions are many and dull
my $server = HotswapTest->new('control', conf => "max_prepared_transactions = 5\n");
my $node = $server->node;

sub start_as
{
    my ($role, $ddl, $options, $strategy) = @_;
    $strategy ||= 'auto';
    return $server->sql("SET ROLE $role; SELECT hotswap.start(\$ddl\$$ddl\$ddl\$, strategy => '$strategy', options => '$options')");
}

sub reason_is
{
    my ($id, $pattern, $what) = @_;
    my $came = $server->until_sql("SELECT reason ~ \$p\$$pattern\$p\$ FROM hotswap._migrations WHERE migration_id = '$id'");
    diag($server->reason_of($id)) unless $came;
    return ok($came, $what);
}

sub has_event
{
    my ($id, $event, $pattern) = @_;
    return $server->sql("SELECT count(*) > 0 FROM hotswap._migration_events WHERE migration_id = '$id' AND event = '$event' AND detail ~ \$p\$$pattern\$p\$") eq 't';
}

# ---- three at once ---------------------------------------------------------------------------------------------------
my (%load, %id);
for my $name (qw(paused cancelled ended))
{
    $server->make_pair($name, 4000);
    $load{$name} = $server->start_load($name, clients => 2, rate => 150, seconds => 60);
}
my $slow = '{"batch_size": 300, "delay_ms": 60, "parallel": 1, "auto_contract": true}';
$id{paused} = $server->start_migration('ALTER TABLE paused ALTER COLUMN v TYPE bigint', strategy => 'dual_write', options => $slow);
$id{cancelled} = $server->start_migration('ALTER TABLE cancelled ALTER COLUMN v TYPE bigint', options => $slow);
$id{ended} = $server->start_migration('ALTER TABLE ended ALTER COLUMN v TYPE bigint', options => $slow);
ok($server->until_sql("SELECT count(DISTINCT migration_id) = 3 FROM hotswap._migration_chunks"), 'three migrations move rows at once');
$server->sql("SELECT hotswap.pause('$id{paused}')");
$server->sql("SELECT hotswap.cancel('$id{cancelled}')");
ok($server->wait_state($id{cancelled}, 'cancelled'), 'one is cancelled');
ok($server->wait_state($id{ended}, 'completed'), 'one ends meanwhile');
is($server->state_of($id{paused}), 'paused', 'one rests');
$server->sql("SELECT hotswap.resume('$id{paused}')");
ok($server->wait_state($id{paused}, 'completed'), 'and goes on to its end');
for my $name (qw(paused cancelled ended))
{
    $load{$name}->stop;
    is($load{$name}->errors, '', "$name: the application saw no error");
    is($server->mirror_diff($name), 0, "$name: no write is lost");
    is($server->type_of($name, 'v'), $name eq 'cancelled' ? 'integer' : 'bigint', "$name: and the type is right");
}

# ---- a time for the switch --------------------------------------------------------------------------------------------
my $id = $server->start_migration('ALTER TABLE cancelled ALTER COLUMN v TYPE bigint', options => '{"switch_at": "infinity", "auto_contract": true}');
ok($server->wait_state($id, 'awaiting'), 'a switch is postponed');
like($server->reason_of($id), qr/is postponed until a word \(switch_at\)\. Type hotswap\.advance\('$id'\)/, 'the reason says so, and what to type');
$server->sql('UPDATE cancelled SET n = n + 1; UPDATE cancelled_mirror SET n = n + 1');
my $log = $server->sql("SELECT format('hotswap._changes_%s_1', number) FROM hotswap._migrations WHERE migration_id = '$id'");
ok($server->until_sql("SELECT count(*) < 2001 FROM $log"), 'the change log is worked off while it waits');
$server->sql("SELECT hotswap.switch_at('$id', now() + interval '1 hour')");
reason_is($id, ' waits until .* \(switch_at\)', 'another time can be told');
like($server->error_of("SELECT hotswap.switch_at('$id', NULL)"), qr/22004/, 'but it has to be one');
my $conductor = $server->sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'hotswap conductor'");
ok($conductor && $server->kill9($conductor), 'the server crashes meanwhile');
is($server->state_of($id), 'awaiting', 'it waits on');
$server->sql('UPDATE cancelled SET n = n + 1; UPDATE cancelled_mirror SET n = n + 1');
ok($server->until_sql("SELECT count(*) < 2001 FROM $log"), 'and the log is worked off again');
$server->sql("SELECT hotswap.switch_at('$id', now())");
ok($server->wait_state($id, 'completed'), 'and now: it switches');
is($server->mirror_diff('cancelled'), 0, 'with every write');
like($server->error_of("SELECT hotswap.switch_at('$id', now())"), qr/55000.*It is completed/s, 'afterwards there is nothing to choose');

# ---- a window for it --------------------------------------------------------------------------------------------------
$server->sql('CREATE TABLE small (id integer PRIMARY KEY, v integer); INSERT INTO small SELECT g, g FROM generate_series(1, 100) g');
my $closed = $server->sql("SELECT to_char(now() AT TIME ZONE 'UTC' + interval '3 hours', 'HH24:MI') || '-' || to_char(now() AT TIME ZONE 'UTC' + interval '4 hours', 'HH24:MI') || ' UTC'");
like($server->error_of(q{SELECT hotswap.start('ALTER TABLE small ADD w integer', options => '{"maintenance_window": "Mon 02:00"}')}), qr/22023.*maintenance window "Mon 02:00" cannot be read/s,
    'a window that cannot be read');
like($server->error_of(q{SELECT hotswap.start('ALTER TABLE small ADD w integer', options => '{"maintenance_window": "02:00-03:00 Nowhere/Town"}')}), qr/22023.*time zone "Nowhere\/Town"/s,
    'or is nowhere');
$id = $server->start_migration('ALTER TABLE small ADD COLUMN w integer', options => "{\"maintenance_window\": \"$closed\"}");
reason_is($id, 'waits for the maintenance window, which opens [-0-9]+ [:0-9]+ ', 'outside the window it waits, and says when that opens');
$server->sql("SELECT hotswap.advance('$id')");
ok($server->wait_state($id, 'completed'), 'a person may say otherwise');
ok(has_event($id, 'confirmed', 'confirmed by'), 'which is written down');
$node->append_conf('postgresql.conf', "hotswap.maintenance_window = '$closed'");
$node->reload;
ok($server->until_sql("LOAD 'hotswap'; SHOW hotswap.maintenance_window"), 'the window of the server');
$id = $server->start_migration('ALTER TABLE small ADD COLUMN x integer');
reason_is($id, 'waits for the maintenance window', 'holds for all migrations');
$node->append_conf('postgresql.conf', "hotswap.maintenance_window = 'Mon-Sun 00:00-24:00'");
$node->reload;
ok($server->wait_state($id, 'completed'), 'until it opens');

# ---- groups -----------------------------------------------------------------------------------------------------------
$server->sql("CREATE TABLE g$_ (id integer PRIMARY KEY, v integer); INSERT INTO g$_ SELECT g, nullif(g, 7) FROM generate_series(1, 100) g") for 1 .. 4;
my @g = (undef, map { $server->start_migration($_->[0], strategy => $_->[2] || 'auto', options => "{\"group\": \"release\", $_->[1]\"auto_contract\": true}") }
    ([ 'ALTER TABLE g1 ADD COLUMN w integer', '"switch_at": "infinity", ' ], [ 'ALTER TABLE g2 ALTER COLUMN v TYPE bigint', '', 'dual_write' ],
        [ 'ALTER TABLE g3 ALTER COLUMN v SET NOT NULL', '' ], [ 'ALTER TABLE g4 ADD COLUMN w integer', '' ]));
reason_is($g[2], qq{^waiting for its turn in group "release": migration "$g[1]" is before it and awaiting}, 'a second member waits for the first');
is($server->sql("SELECT kind FROM hotswap._migration_steps WHERE migration_id = '$g[2]' AND state <> 'done' AND phase = 'switch' ORDER BY step_no LIMIT 1"), 'ddl',
    'with everything done but its switch');
reason_is($g[4], qq{"$g[1]" is before it}, 'and so does the last, though it is a small one');
like($server->error_of("SELECT hotswap.advance('$g[2]')"), qr/55000.*"$g[1]" is before it/s, 'a word does not change the order');
is($server->sql("SELECT string_agg(format('%s %s %s', position, switched, others_wait), ', ' ORDER BY position) FROM hotswap.groups WHERE group_name = 'release'"),
    '1 f t, 2 f t, 3 f t, 4 f t', 'the view shows them in order');
$server->sql("SELECT hotswap.advance('$g[1]')");
ok($server->wait_state($g[1], 'completed') && $server->wait_state($g[2], 'completed'), 'the first goes, then the second');
ok($server->wait_state($g[3], 'failed'), 'the third fails');
reason_is($g[4], qq{"$g[3]" is before it and failed\\. Type hotswap\\.retry\\('$g[3]'\\), or hotswap\\.cancel\\('$g[3]'\\)}, 'the fourth says what to type');
$server->sql("SELECT hotswap.cancel('$g[3]')");
ok($server->wait_state($g[4], 'completed'), 'a cancelled one does not count');
is($server->sql("SELECT string_agg(migration_id, ',' ORDER BY event_id) FROM hotswap._migration_events WHERE event = 'finish' AND migration_id = ANY ('{$g[1],$g[2],$g[4]}')"),
    "$g[1],$g[2],$g[4]", 'they ended in their order');

# ---- a forced switch --------------------------------------------------------------------------------------------------
$server->sql(<<'SQL');
CREATE ROLE shop LOGIN; CREATE ROLE app LOGIN; SELECT hotswap.allow('shop'); GRANT ALL ON SCHEMA public TO shop, app;
CREATE TABLE f (id integer PRIMARY KEY, v integer); INSERT INTO f SELECT g, g FROM generate_series(1, 100) g;
ALTER TABLE f OWNER TO shop; GRANT ALL ON f TO app;
SQL
my $columns = 0;
sub force { my ($policy) = @_; return start_as('shop', 'ALTER TABLE f ADD COLUMN c' . ++$columns . ' integer', "{\"force_switch\": \"$policy\", \"force_after\": \"200 ms\", \"lock_budget\": \"60 s\"}"); }
sub session
{
    my ($role, $begin, $then) = @_;
    my $psql = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', $role ]);
    $psql->query($begin);
    my $pid = $psql->query('SELECT pg_backend_pid()');
    if ($then) { $psql->{stdin} .= "$then;\n"; $psql->{run}->pump_nb; $server->until_sql("SELECT state = 'active' AND query LIKE '%pg_sleep%' FROM pg_stat_activity WHERE pid = $pid"); }
    return ($psql, $pid);
}
sub done_with { my ($psql) = @_; eval { $psql->{run}->kill_kill }; return; }
my $superuser = $server->sql('SELECT current_user');

my ($boss, $boss_pid) = session($superuser, 'BEGIN; SELECT count(*) FROM f');
$id = force('terminate');
reason_is($id, "force_switch: pid $boss_pid .* is left alone: it is a superuser's session", 'a superuser is not ended for a plain owner');
is($boss->query('SELECT 1'), '1', 'and works on');
$boss->query('COMMIT');
ok($server->wait_state($id, 'completed'), 'when it has ended by itself, the change comes');
$boss->quit;

my ($idle, $idle_pid) = session('app', 'BEGIN; UPDATE f SET v = v + 1 WHERE id = 1');
$id = force('cancel_idle');
reason_is($id, "pid $idle_pid .* is left alone: the migration's owner may not end sessions of that role", 'nor a role that the owner is no member of');
$server->sql('GRANT app TO shop');
ok($server->wait_state($id, 'completed'), 'a member of it may end a session that is idle in a transaction');
ok(has_event($id, 'ended a session', "^pid $idle_pid \\(user app, idle in transaction, transaction .* old\\): "), 'the audit names it');
done_with($idle);

my ($reader, $reader_pid) = session('app', 'BEGIN', 'SELECT pg_sleep(50), count(*) FROM f');
$id = force('cancel_idle');
reason_is($id, "held up by pid $reader_pid", 'a query at work is not for cancel_idle');
is($server->sql("SELECT count(*) FROM pg_stat_activity WHERE pid = $reader_pid AND state = 'active'"), 1, 'so it goes on');
like($server->error_of("SELECT hotswap.force_switch('$id', 'kill')"), qr/22023.*wait, cancel_idle, cancel_read_only, terminate/s, 'an unknown policy');
$server->sql("SELECT hotswap.force_switch('$id', 'cancel_read_only')");
ok($server->wait_state($id, 'completed'), 'a harder policy acts while it waits');
ok(has_event($id, 'cancelled a query', "^pid $reader_pid \\(user app, active"), 'the query is cancelled');
is($server->sql("SELECT state FROM pg_stat_activity WHERE pid = $reader_pid"), 'idle in transaction (aborted)', 'and the session lives');
done_with($reader);

my ($writer, $writer_pid) = session('app', 'BEGIN; UPDATE f SET v = v + 1 WHERE id = 2', 'SELECT pg_sleep(50)');
$id = force('cancel_read_only');
reason_is($id, "held up by pid $writer_pid", 'who has written is not for cancel_read_only');
$server->sql("SELECT hotswap.force_switch('$id', 'terminate', '1 hour')");
$server->sql("SELECT hotswap.force_switch('$id', 'wait')");
is($server->sql("SELECT count(*) FROM pg_stat_activity WHERE pid = $writer_pid"), 1, 'a policy can be revoked before it acts');
$server->sql("SELECT hotswap.force_switch('$id', 'terminate', '0 s')");
ok($server->wait_state($id, 'completed'), 'terminate ends it');
ok(has_event($id, 'ended a session', "^pid $writer_pid \\(user app, active.*force_switch terminate"), 'and says so');
done_with($writer);

$server->sql("BEGIN; UPDATE f SET v = 1 WHERE id = 3; PREPARE TRANSACTION 'keep'");
($idle, $idle_pid) = session('app', 'BEGIN; SELECT count(*) FROM f');
$id = force('terminate');
reason_is($id, 'force_switch: prepared transaction "keep" is in the way; a prepared transaction is never ended', 'a prepared transaction is never ended');
is($idle->query('SELECT 1'), '1', 'nor is anybody else while it stands: that would be in vain');
$server->sql("ROLLBACK PREPARED 'keep'");
ok($server->wait_state($id, 'completed'), 'without it the rest is ended');
done_with($idle);

my ($old, $old_pid) = session('app', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
$id = start_as('shop', 'ALTER TABLE f ALTER COLUMN v TYPE bigint', '{"auto_contract": true, "lock_budget": "60 s"}');
reason_is($id, "snapshot .* held by pid $old_pid", 'an old snapshot holds a switch up');
$server->sql("SET ROLE shop; SELECT hotswap.force_switch('$id', 'cancel_idle', '100 ms')");
ok($server->wait_state($id, 'completed'), 'the same policy is for its holder');
ok(has_event($id, 'ended a session', "^pid $old_pid "), 'who is named');
done_with($old);

# ---- smaller chunks ---------------------------------------------------------------------------------------------------
$server->sql(<<'SQL');
CREATE TABLE trouble (x integer); INSERT INTO trouble VALUES (1);
CREATE FUNCTION risky(integer) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF EXISTS (SELECT FROM public.trouble) THEN RAISE 'too much at once'; END IF; RETURN $1; END $$;
SQL
$server->make_pair('chunks', 8000);
$id = $server->start_migration('ALTER TABLE chunks ALTER COLUMN v TYPE bigint USING risky(v)', strategy => 'dual_write',
    options => '{"batch_size": 4000, "parallel": 1, "auto_contract": true, "down": "v::integer", "backfill": "in_place"}');
ok($server->wait_state($id, 'failed'), 'a chunk fails');
my $largest = $server->sql("SELECT max(block_to - block_from) FROM hotswap._migration_chunks WHERE migration_id = '$id'");
$server->sql("SELECT hotswap.retry('$id')");
ok($server->until_sql("SELECT count(*) = 2 FROM hotswap._migration_events WHERE migration_id = '$id' AND event = 'step failed'"), 'and again');
ok(has_event($id, 'smaller chunks', '^at most ' . int($largest / 2) . ' blocks'), 'retry took half as many blocks');
like($server->error_of("SELECT hotswap.retry('$id', '{\"up\": \"v\"}')"), qr/22023.*option "up" cannot be changed any more/s, 'what the plan is made of stays');
$server->sql('DELETE FROM trouble');
$server->sql("SELECT hotswap.retry('$id', '{\"batch_size\": 500}')");
ok($server->wait_state($id, 'completed'), 'with the size that is told it ends');
is($server->sql("SELECT max(block_to - block_from) < $largest / 2 AND sum(block_to - block_from) = max(block_to) AND bool_and(state = 'done') FROM hotswap._migration_chunks WHERE migration_id = '$id'"),
    't', 'in small chunks that cover the table once');
is($server->mirror_diff('chunks'), 0, 'and every row is right');

# ---- clean up after a crash -------------------------------------------------------------------------------------------
$server->make_pair('crash', 4000);
$server->stop_at('copy_chunk_before_commit:2');
$id = $server->start_migration('ALTER TABLE crash ALTER COLUMN v TYPE bigint', options => '{"batch_size": 500, "parallel": 1}');
my $victim = $server->wait_for_stop('copy_chunk_before_commit');
ok($victim && $server->kill9($victim, ''), 'a crash in the middle of a copy');
$server->sql("SELECT hotswap.cleanup('$id')");
ok($server->wait_state($id, 'rolled_back'), 'cleanup takes it back');
is($server->leftovers, '', 'nothing of it is on the table');
is($server->sql("SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'hotswap'::regnamespace AND relname ~ '_[0-9]+_[0-9]+\$'"), '', 'nor in the schema of hotswap');
$server->sql("SELECT hotswap.cleanup('$id')");
is($server->sql("SELECT (SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id') + (SELECT count(*) FROM hotswap._migration_rejects WHERE migration_id = '$id')"),
    0, 'a second call forgets its bookkeeping');
is($server->mirror_diff('crash'), 0, 'and the rows are as they were');
ok($server->wait_idle, 'no worker stays');
$server->stop;
done_testing();
