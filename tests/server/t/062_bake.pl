# Story: after the switch somebody watches. Every statement on the table gets slow because of the change (here: a trigger that came
# with it), and the migration is taken back by itself, with the figures, and with it the flag that it had raised to 10 percent; the
# same change without the fault passes, and 10, 50 and 100 percent of the users see the flag, each of them for good, until a person
# takes it back. Where there is no traffic nobody guesses: the bake says how many samples are missing and waits for them, or for a person.
# It is the same where nobody asked for a bake. What hotswap does itself meanwhile is not the application's: its workers' transactions are in no figure.
# Traps: nobody finds a false verdict where there is no data.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;
use Time::HiRes qw(usleep);

# A database each, so that nobody's traffic is in the figures of another, and all wait at the same time. Samples are wanted sooner
# than sessions report, which is once a second: with several clients that are alike each sample has a report of one.
my $conf = "hotswap.baseline_time = 8s\nhotswap.bake_warm_up = 1s\nhotswap.sample_interval = 360ms\nhotswap.busy_share = 100\nautovacuum = off\nshared_preload_libraries = 'pg_stat_statements'\n";
# A machine that has other work to do makes everything slower, too: what counts here is the fault.
my $least = 50;
my %server = (quiet => HotswapTest->new('bake', conf => $conf));
$server{$_} = $server{quiet}->with_database($_) for qw(sick well unasked);
my %id;

sub ask_for
{
    my ($name, $sql) = @_;
    $sql =~ s/\bID\b/'$id{$name}'/g if $id{$name};
    return $server{$name}->sql($sql);
}

sub seen
{
    my ($name, $condition) = @_;
    return ask_for($name, "SELECT count(*) FROM hotswap._migration_verdicts WHERE migration_id = ID AND $condition");
}

# Looking is traffic, too, and short transactions among slow ones: so it is done seldom.
sub seldom
{
    my ($name, $condition) = @_;
    for (1 .. 40)
    {
        sleep 3;
        return 1 if ask_for($name, "SELECT count(*) FROM hotswap._migrations WHERE migration_id = ID AND ($condition)");
    }
    diag("$name: " . $server{$name}->reason_of($id{$name}));
    diag(ask_for($name, 'SELECT at::time(1), event, detail FROM hotswap._migration_events WHERE migration_id = ID ORDER BY event_id'));
    diag(ask_for($name, 'SELECT * FROM hotswap._migration_metrics ORDER BY sampled_at DESC LIMIT 50'));
    return 0;
}

# Clients that ask for the flag, and what they were told: of 5000 users, many at a time.
sub ask_flag
{
    my ($name, $rate) = @_;
    $server{$name}->sql('CREATE TABLE seen (u integer, answer boolean, began timestamptz, told timestamptz)');
    return $server{$name}->start_load(
        "flag_$name",
        clients => 1,
        rate => $rate,
        script => "INSERT INTO seen SELECT u, hotswap.check_feature_flag('use_$name', u), statement_timestamp(), clock_timestamp()"
          . " FROM (SELECT (random() * 4999)::integer AS u FROM generate_series(1, 100)) AS users;\n");
}

# Until so many have been told something at the level that is in force now.
sub told_enough
{
    my ($name, $percent) = @_;
    ok($server{$name}->until_true(sub { my @shares = shares($name); @shares && $shares[-1][0] == $percent && $shares[-1][2] >= 100 }), "$name: asked at $percent %");
    return;
}

# Level by level, from a moment after its change to the next one: the percentage that was set and the one that was told.
sub shares
{
    my ($name) = @_;
    return map { [ split /\|/ ] } split /\n/, $server{$name}->sql(<<"SQL");
WITH level AS (SELECT change_id, at, coalesce(lead(at) OVER (ORDER BY change_id), 'infinity') AS until,
                      CASE WHEN (new_flag ->> 'enabled')::boolean THEN (new_flag ->> 'rollout_percentage')::numeric ELSE 0 END AS percent
                 FROM hotswap._migration_flag_changes WHERE flag_name = 'use_$name')
SELECT trim_scale(percent), round(100.0 * count(*) FILTER (WHERE answer) / count(*), 1), count(*)
  FROM level JOIN seen ON began > at + interval '0.5 s' AND told < until GROUP BY change_id, percent ORDER BY change_id
SQL
}

my $ddl = 'ALTER TABLE %s ALTER COLUMN v TYPE bigint';
for my $name (qw(quiet sick well unasked))
{
    $server{$name}->make_pair($name, 30_000);
    $server{$name}->sql("SELECT hotswap.set_threshold('$_', least_shift => $least)") for qw(transaction_latency probe_latency);
}
# One of them has the latency of statements, too.
$server{sick}->sql('CREATE EXTENSION pg_stat_statements');
# The fault stands for whatever a change brings along: it is there when the column has its new type.
$server{$_}->sql(<<"SQL") for qw(sick unasked);
CREATE FUNCTION slow_when_changed() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    IF (SELECT atttypid = 'bigint'::regtype FROM pg_attribute WHERE attrelid = '$_'::regclass AND attname = 'v') THEN
        PERFORM pg_sleep(0.2);
    END IF;
    RETURN NULL;
END \$\$;
CREATE TRIGGER slow AFTER UPDATE ON $_ FOR EACH STATEMENT EXECUTE FUNCTION slow_when_changed();
SQL
# Here nobody asks for anything: the settings are those of a server that nobody has configured.
$server{unasked}->sql("ALTER DATABASE unasked SET hotswap.bake = 'switch'");
# Sessions that begin together report together: half of them begin half a second later.
my %load = map { $_ => [ $server{$_}->start_load($_, clients => 3, rate => 25, seconds => 300) ] } qw(sick well unasked);
usleep(500_000);
push @{ $load{$_} }, $server{$_}->start_load($_, clients => 3, rate => 25, seconds => 300) for qw(sick well unasked);
my %flag_load = (sick => ask_flag('sick', 2), well => ask_flag('well', 10));
my %options = (
    quiet => '{"bake": "1 s", "auto_contract": true}',
    sick => '{"bake": "10 min", "flag": "use_sick"}',
    well => '{"bake": "6 s", "flag": "use_well"}',
    unasked => '{}');
$id{$_} = $server{$_}->start_migration(sprintf($ddl, $_), options => $options{$_}) for qw(sick well quiet unasked);

ok($server{sick}->until_sql("SELECT reason LIKE 'watching the server for 9.0 s%' FROM hotswap._migrations WHERE migration_id = '$id{sick}'"),
    'the baseline is taken before the first step');
is(ask_for('sick', "SELECT count(*) FROM hotswap._migration_steps WHERE migration_id = ID AND state <> 'pending'"), 0, 'and nothing is done before');

# ---- nobody is there --------------------------------------------------------------------------------------------------
ok(seldom('quiet', "reason LIKE '%too little traffic%'"), 'no traffic: no verdict');
like($server{quiet}->reason_of($id{quiet}), qr/^baking: .*too little traffic to judge by: transaction_latency has \d+ of 20 samples/, 'no traffic: the reason says what is missing');
cmp_ok(seen('quiet', "verdict = 'inconclusive' AND metric = 'transaction_latency' AND missing > 0"), '>', 0, 'no traffic: the verdict is kept');
like($server{quiet}->error_of("SELECT hotswap.set_baseline('$id{quiet}', '0 s')"), qr/22023/, 'a baseline of no time is refused');
cmp_ok(ask_for('quiet', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY tps) FROM hotswap._migration_metrics'), '<', 2, 'no traffic: what the workers do is not taken for some');
ask_for('quiet', 'SELECT hotswap.advance(ID)');
ok($server{quiet}->wait_state($id{quiet}, 'completed'), 'no traffic: a person may go on');

# ---- the application gets slow ----------------------------------------------------------------------------------------
ok(seldom('sick', "state = 'rolled_back'"), 'fault: taken back by itself');
like($server{sick}->reason_of($id{sick}), qr/^rolled_back: rolled back by itself: .*transaction_latency was [\d.]+ ms before and is \d+(?:\.\d+)? ms now/, 'fault: the reason has the figures');
is($server{sick}->type_of('sick', 'v'), 'integer', 'fault: the column is as it was');
cmp_ok(seen('sick', "metric = 'transaction_latency' AND verdict = 'fail' AND shift_low > tolerated AND p_value < 0.01 AND effect > 0.474 AND least(samples, baseline_samples) >= 20"),
    '>', 0, 'fault: the verdict is kept with its numbers');
cmp_ok(seen('sick', "metric = 'statement_latency' AND verdict = 'fail'"), '>', 0, 'fault: the latency of statements says the same');
is(ask_for('sick', "SELECT count(*) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'sick') AND query LIKE 'INSERT INTO hotswap.%'"), 0,
    'fault: and what the workers do is not in it');
is(ask_for('sick', "SELECT count(*) FROM hotswap._migration_events WHERE migration_id = ID AND event = 'rollback' AND detail LIKE '%transaction_latency%'"), 1, 'fault: and so is the event');
told_enough('sick', 0);
$_->stop for @{ $load{sick} }, $flag_load{sick};
my @shares = shares('sick');
is(join(', ', map { $_->[0] } @shares), '10, 0', 'fault: the flag had gone to 10 percent, and is down again') or diag(explain(\@shares));
is($shares[-1][1], '0.0', 'fault: nobody sees it any more');
is(join('', map { $_->errors } @{ $load{sick} }, $flag_load{sick}), '', 'fault: no client saw an error');
is($server{sick}->mirror_diff('sick'), 0, 'fault: no write is lost');
is($server{sick}->leftovers, '', 'fault: nothing is left behind');

# ---- the same where nobody has asked for a bake ------------------------------------------------------------------------
ok(seldom('unasked', "state = 'rolled_back'"), 'unasked: taken back by itself');
like($server{unasked}->reason_of($id{unasked}), qr/^rolled_back: rolled back by itself: .*transaction_latency was/, 'unasked: for the same reason');
is(ask_for('unasked', "SELECT count(*) FROM hotswap._migration_steps WHERE migration_id = ID AND unasked AND wait_for = '10 minutes'"), 1, 'unasked: nobody had asked');
$_->stop for @{ $load{unasked} };
is(join('', map { $_->errors } @{ $load{unasked} }), '', 'unasked: no client saw an error');
is($server{unasked}->mirror_diff('unasked'), 0, 'unasked: no write is lost');

# ---- and it does not ---------------------------------------------------------------------------------------------------
ok(seldom('well', "state = 'awaiting' AND phase = 'contract'"), 'no fault: it goes on when the bake is over');
is($server{well}->type_of('well', 'v'), 'bigint', 'no fault: the column has its new type');
cmp_ok(seen('well', "metric = 'transaction_latency' AND verdict = 'pass'"), '>=', 3, 'no fault: with a verdict for each level');
is(seen('well', "verdict = 'fail'"), 0, 'no fault: nothing failed');
told_enough('well', 100);
ask_for('well', 'SELECT hotswap.rollback(ID)');
ok($server{well}->wait_state($id{well}, 'rolled_back'), 'a person takes it back');
told_enough('well', 0);
$_->stop for @{ $load{well} }, $flag_load{well};
@shares = shares('well');
is(join(', ', map { $_->[0] } @shares), '10, 50, 100, 0', 'the flag goes up step by step, and down at once') or diag(explain(\@shares));
cmp_ok(abs($_->[1] - $_->[0]), '<=', $_->[0] % 100 ? 5 : 0, "at $_->[0] % about as many users see it: $_->[1] % of $_->[2]") for @shares;
is($server{well}->sql(<<'SQL'), 0, 'whoever has seen it goes on seeing it while it rises');
SELECT count(*) FROM (SELECT min(told) FILTER (WHERE answer) AS first_yes, max(began) FILTER (WHERE NOT answer AND began < down) AS last_no
  FROM seen, (SELECT max(at) AS down FROM hotswap._migration_flag_changes) AS d GROUP BY u) AS user_ WHERE last_no > first_yes
SQL
is(join('', map { $_->errors } @{ $load{well} }, $flag_load{well}), '', 'no fault: no client saw an error');
is($server{well}->mirror_diff('well'), 0, 'no fault: no write is lost');
is($server{well}->leftovers, '', 'no fault: nothing is left behind');

$server{quiet}->stop;
done_testing();
