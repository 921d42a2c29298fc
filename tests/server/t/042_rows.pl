# Story: an UPDATE and a DELETE of many rows run in chunks while the application writes, and processes of ours are killed at moments
# that nobody chose. Each row is done once: a counter in the row, and the user's trigger, which fires, tell.
# Traps: T10 (here user triggers do fire), T13 (ends), T16 (the application is never the victim), T31 (no left-overs).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $seed = $ENV{HOTSWAP_TEST_SEED} || time();
srand($seed);
note "HOTSWAP_TEST_SEED=$seed";
my $server = HotswapTest->new('rows');
my $rows = 30_000;

sub kill_and_wait
{
    my ($id) = @_;
    my $kills = 0;
    my $reached = $server->until_true(
        sub {
            return 1 if ($server->state_of($id) // '') =~ /completed|failed|paused/;
            if ($kills < 5 && rand() < 0.4)
            {
                my @pids = split /\n/, $server->sql("SELECT pid FROM pg_stat_activity WHERE backend_type ~ '^hotswap (conductor|executor)'");
                ++$kills if @pids && $server->kill9($pids[ rand @pids ]);
            }
            return 0;
        },
        90);
    is($server->state_of($id), 'completed', "is reached after $kills kills (T13)") or diag($server->reason_of($id));
    cmp_ok($kills, '>', 0, 'somebody was killed');
    return;
}

my %cases = (
    # statement, and what is true of every row of the beginning afterwards
    contradicted => [ 'UPDATE %s SET done = 1, n = n + 1 WHERE done = 0', 'done = 1 AND n = 1' ],
    marked => [ 'UPDATE %s SET n = n + 1, done = done + 1', 'done = 1 AND n = 1' ],
    harmless => [ 'UPDATE %s SET done = v - v + 1', 'done = 1' ],
);
for my $name (sort keys %cases)
{
    note "---- $name";
    my ($statement, $truth) = @{ $cases{$name} };
    $server->sql(<<"SQL");
CREATE TABLE $name (id serial PRIMARY KEY, v integer NOT NULL DEFAULT 0, done integer NOT NULL DEFAULT 0, n integer NOT NULL DEFAULT 0, pad text DEFAULT repeat('x', 150));
CREATE TABLE ${name}_seen (id integer);
CREATE FUNCTION ${name}_see() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO ${name}_seen VALUES (NEW.id); RETURN NULL; END \$\$;
CREATE TRIGGER see AFTER UPDATE ON $name FOR EACH ROW WHEN (OLD.done <> NEW.done) EXECUTE FUNCTION ${name}_see();
INSERT INTO $name (v) SELECT 0 FROM generate_series(1, $rows);
VACUUM ANALYZE $name;
SQL
    # Rows wander: every update of the application puts one somewhere else.
    # In the harmless case the new application is there already.
    my $new = $name eq 'harmless' ? 1 : 0;
    my $load = $server->start_load($name, clients => 4, rate => 400, script => <<"SQL");
\\set id random(1, $rows)
UPDATE $name SET v = v + 1, pad = repeat('y', 150) WHERE id = :id;
INSERT INTO $name (v, done) VALUES (0, $new);
SQL
    my $id = $server->start_migration(sprintf($statement, $name), options => '{"batch_size": 400, "delay_ms": 20}');
    my $late = 0;
    if ($name eq 'marked')
    {
        $server->until_true(sub { $server->sql("SELECT count(*) FROM pg_attribute WHERE attrelid = '$name'::regclass AND attname LIKE '\\_hotswap%' AND NOT attisdropped") });
        $late = $server->sql("SELECT max(id) + 100 FROM $name");   # numbers are drawn before rows are seen
    }
    kill_and_wait($id);
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crashes (T16)");
    is($server->sql("SELECT count(*) FROM $name WHERE id <= $rows AND ($truth)"), $rows, "$name: every row is done once");
    is($server->sql("SELECT count(*) FROM ${name}_seen WHERE id <= $rows"), $rows, "$name: and its trigger fired once (T10)") ;
    is($server->sql("SELECT count(*) FROM $name WHERE id > $late AND done <> 0"), 0, "$name: rows that came later are not the statement's") if $late;
    is($server->sql("SELECT count(*) FROM pg_attribute WHERE attrelid = '$name'::regclass AND attname LIKE '\\_hotswap%'"), 0, "$name: no marker stays (T31)");
}

note '---- delete';
$server->sql(<<"SQL");
CREATE TABLE gone (id serial PRIMARY KEY, v integer NOT NULL, pad text DEFAULT repeat('x', 150));
INSERT INTO gone (v) SELECT i % 2 FROM generate_series(1, $rows) AS i;
VACUUM ANALYZE gone;
SQL
my $load = $server->start_load('gone', clients => 4, rate => 400, script => "INSERT INTO gone (v) VALUES (0);\n");
my $before = $server->sql('SELECT max(id) FROM gone');
my $id = $server->start_migration('DELETE FROM gone WHERE v = 0', options => '{"batch_size": 400, "delay_ms": 20}');
kill_and_wait($id);
$load->stop;
is($load->errors, '', 'delete: the application saw no error but the crashes (T16)');
is($server->sql("SELECT count(*) FROM gone WHERE id <= $before AND v = 0"), 0, 'delete: rows of the beginning are gone');
is($server->sql("SELECT count(*) FROM gone WHERE id <= $before AND v = 1"), $rows / 2, 'delete: and no others');
cmp_ok($server->sql('SELECT count(*) FROM gone WHERE v = 0'), '>', 0, 'delete: new rows stay');

note '---- the last look';
$server->sql(<<'SQL');
CREATE TABLE late (id serial PRIMARY KEY, done integer NOT NULL DEFAULT 0, v integer NOT NULL DEFAULT 0, pad text DEFAULT repeat('x', 200));
INSERT INTO late (v) SELECT 0 FROM generate_series(1, 10000);
VACUUM ANALYZE late;
SQL
$server->stop_at('rows_after_commit');
$id = $server->start_migration('UPDATE late SET done = 1 WHERE done = 0', options => '{"parallel": 1, "batch_size": 100000}');
ok($server->wait_for_stop('rows_after_commit'), 'last look: every block had its turn');
# What wandered past the pass: a row that is there, and that somebody is just changing.
$server->sql('INSERT INTO late (v) VALUES (7)');
my $session = $server->node->background_psql('postgres');
$session->query_safe('BEGIN');
$session->query_safe('UPDATE late SET v = 8 WHERE v = 7');
$server->stop_at('');
ok($server->until_true(sub { ($server->reason_of($id) // '') =~ /rows locked by pid/ }, 20), 'last look: it says whom it waits for') or diag($server->reason_of($id));
$session->query_safe('COMMIT');
$session->quit;
ok($server->wait_state($id, 'completed'), 'last look: completed');
is($server->sql('SELECT count(*) FILTER (WHERE done = 0), max(v) FROM late'), '0|8', 'last look: the row that wandered is changed, and nothing of it lost');

note '---- no end';
$server->sql(<<'SQL');
CREATE FUNCTION late_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keeps BEFORE UPDATE ON late FOR EACH ROW WHEN (OLD.id > 8000) EXECUTE FUNCTION late_keeps();
SQL
$id = $server->start_migration('UPDATE late SET done = 2 WHERE done = 1');
ok($server->wait_state($id, 'paused'), 'no end: a trigger keeps rows as they are');
like($server->reason_of($id), qr/2001 rows of "public"."late" still lack the change after \d+ pass.*a trigger of the table/, 'no end: it says how many, and why');
$server->sql("SELECT hotswap.cancel('$id')");
ok($server->wait_state($id, 'cancelled'), 'no end: cancelled');
is($server->sql('SELECT count(*) FROM late WHERE done = 2'), 8000, 'no end: what is changed stays changed');

note '---- unseen';
# A trigger keeps the first rows as they are, so the last look finds its own; what others wrote behind the last pass is beyond them.
$server->sql(<<'SQL');
CREATE TABLE kept (id serial PRIMARY KEY, done integer NOT NULL DEFAULT 0, v integer NOT NULL DEFAULT 0, pad text DEFAULT repeat('x', 200));
INSERT INTO kept (v) SELECT 0 FROM generate_series(1, 10000);
VACUUM ANALYZE kept;
CREATE FUNCTION kept_resets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.done := 0; RETURN NEW; END $$;
CREATE TRIGGER resets BEFORE UPDATE ON kept FOR EACH ROW WHEN (OLD.id <= 10000) EXECUTE FUNCTION kept_resets();
SQL
$server->stop_at('rows_last_look');
$id = $server->start_migration('UPDATE kept SET done = v + 1', options => '{"parallel": 1, "batch_size": 100000}');
ok($server->wait_for_stop('rows_last_look'), 'unseen: the first pass is over');
$server->stop_at('rows_before_commit');
ok($server->wait_for_stop('rows_before_commit'), 'unseen: there is a second one');
$server->stop_at('rows_last_look');
ok($server->wait_for_stop('rows_last_look'), 'unseen: it is over, too');
$server->sql('INSERT INTO kept (v) SELECT 7 FROM generate_series(1, 5)');
$server->stop_at('');
ok($server->wait_state($id, 'paused'), 'unseen: that is no end');
like($server->reason_of($id), qr/: 5 rows of "public"."kept" still lack the change after 2 passes: others wrote them/, 'unseen: it says how many');
$server->sql("SELECT hotswap.resume('$id')");
ok($server->wait_state($id, 'completed'), 'unseen: completed');
is($server->sql('SELECT count(*) FROM kept WHERE v = 7 AND done = 8'), 5, 'unseen: they are changed');

note '---- a volatile condition';
$server->sql('DROP TRIGGER keeps ON late');
$id = $server->start_migration('UPDATE late SET done = 3 WHERE done <> 3 AND random() < 0.5');
ok($server->wait_state($id, 'completed'), 'volatile: completed');
cmp_ok(abs($server->sql('SELECT count(*) FROM late WHERE done = 3') - 5000), '<', 500, 'volatile: each row is asked once');
ok($server->wait_idle, 'no process of ours stays');

$server->stop;
done_testing();
