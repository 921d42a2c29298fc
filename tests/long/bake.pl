# Story: after the switch somebody watches. Every statement on the table gets slow because of the change (here: a trigger that came
# with it), and the migration is taken back by itself, with the figures, and with it the flag that it had raised to 10 percent; the
# same change without the fault passes, and its flag goes to 10, 50 and 100. Where there is no
# traffic nobody guesses: the bake says how many samples are missing and waits for them, or for a person.
# Not part of scripts/check: it compares times, so it needs a machine that does nothing else. How to run one: README.md beside it.
# Traps: nobody finds a false verdict where there is no data.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../server/lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('bake', conf => "hotswap.baseline_time = 7s\nhotswap.sample_interval = 250ms\nhotswap.busy_share = 100\n");
# A machine that has other work to do makes everything slower, too: what counts here is the fault.
my $least = 15;
my $ddl = 'ALTER TABLE %s ALTER COLUMN v TYPE bigint';
my $options = '{"bake": "%s", "auto_contract": true}';
my $percentages = "SELECT string_agg(split_part(detail, ': ', 2), '; ' ORDER BY event_id) FROM hotswap._migration_events WHERE event LIKE 'flag %' AND detail LIKE 'FLAG:%'";
my $seen = sub { return $server->sql("SELECT count(*) FROM hotswap._migration_verdicts WHERE migration_id = '$_[0]' AND $_[1]") };

$server->sql("SELECT hotswap.set_threshold('transaction_latency', least_shift => $least)");

# ---- nobody is there --------------------------------------------------------------------------------------------------
$server->make_pair('quiet');
my $quiet = $server->start_migration(sprintf($ddl, 'quiet'), options => sprintf($options, '1 s'));
seldom("SELECT 1 FROM hotswap._migrations WHERE migration_id = '$quiet' AND reason LIKE '%too little traffic%'");
my $reason = $server->reason_of($quiet);
like($reason, qr/too little traffic to judge by: transaction_latency has \d+ of 20 samples/, 'no traffic: no verdict, and the reason says what is missing');
is($server->state_of($quiet), 'baking', 'no traffic: it goes on baking');
cmp_ok($seen->($quiet, "verdict = 'inconclusive' AND metric = 'transaction_latency' AND missing > 0"), '>', 0, 'no traffic: the verdict is kept');
like($server->error_of("SELECT hotswap.set_baseline('$quiet', '0 s')"), qr/22023/, 'a baseline of no time is refused');
$server->sql("SELECT hotswap.advance('$quiet')");
ok($server->wait_state($quiet, 'completed'), 'no traffic: a person may go on');

# ---- the application gets slow ----------------------------------------------------------------------------------------
# The fault stands for whatever a change brings along: it is there when the column has its new type.
$server->sql(<<'SQL');
CREATE FUNCTION slow_when_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT atttypid = 'bigint'::regtype FROM pg_attribute WHERE attrelid = 'sick'::regclass AND attname = 'v') THEN
        PERFORM pg_sleep(0.1);
    END IF;
    RETURN NULL;
END $$;
SQL
$server->make_pair($_) for qw(sick well);
$server->sql('CREATE TRIGGER slow AFTER UPDATE ON sick FOR EACH STATEMENT EXECUTE FUNCTION slow_when_changed()');
my $load = $server->start_load('sick', clients => 4, rate => 100);
my $sick = $server->start_migration(sprintf($ddl, 'sick'), options => '{"bake": "10 min", "auto_contract": true, "flag": "use_sick"}');
ok($server->until_sql("SELECT reason LIKE 'watching the server for 7.0 s%' FROM hotswap._migrations WHERE migration_id = '$sick'"), 'the baseline is taken before the first step');
is($server->sql("SELECT count(*) FROM hotswap._migration_steps WHERE migration_id = '$sick' AND state <> 'pending'"), 0, 'and nothing is done before');
ok(seldom("SELECT 1 FROM hotswap._migrations WHERE migration_id = '$sick' AND state = 'rolled_back'"), 'fault: taken back by itself');
like($server->reason_of($sick), qr/^rolled_back: rolled back by itself: .*transaction_latency was [\d.]+ ms before and is \d+(?:\.\d+)? ms now/, 'fault: the reason has the figures');
is($server->type_of('sick', 'v'), 'integer', 'fault: the column is as it was');
is($seen->($sick, "metric = 'transaction_latency' AND verdict = 'fail' AND shift_low > tolerated AND p_value < 0.01 AND effect > 0.474 AND least(samples, baseline_samples) >= 20") > 0, 1,
    'fault: the verdict is kept with its numbers');
is($server->sql("SELECT count(*) FROM hotswap._migration_events WHERE migration_id = '$sick' AND event = 'rollback' AND detail LIKE '%transaction_latency%'"), 1, 'fault: and so is the event');
is($server->sql($percentages =~ s/FLAG/use_sick/r), 'new, now at 10 %; at 10 %, now switched off', 'fault: the flag had gone to 10 percent, and is down again');
$load->stop;
is($load->errors, '', 'fault: no client saw an error');
is($server->mirror_diff('sick'), 0, 'fault: no write is lost');

# ---- and it does not ---------------------------------------------------------------------------------------------------
$load = $server->start_load('well', clients => 4, rate => 100);
my $well = $server->start_migration(sprintf($ddl, 'well'), options => '{"bake": "6 s", "auto_contract": true, "flag": "use_well"}');
ok($server->wait_state($well, 'completed', 90), 'no fault: completed when the bake is over');
is($seen->($well, "metric = 'transaction_latency' AND verdict = 'pass'") > 0, 1, 'no fault: with a verdict');
is($server->sql($percentages =~ s/FLAG/use_well/r), 'new, now at 10 %; at 10 %, now at 50 %; at 50 %, now at 100 %', 'no fault: the flag goes up step by step');
is($seen->($well, "verdict = 'fail'"), 0, 'no fault: nothing failed');
$load->stop;
is($server->mirror_diff('well'), 0, 'no fault: no write is lost');
is($server->leftovers, '', 'nothing is left behind');

$server->stop;
done_testing();

# Looking is traffic, too, and short transactions among slow ones: so it is done seldom.
sub seldom
{
    my ($sql) = @_;
    for (1 .. 45)
    {
        sleep 2;
        my $out = $server->ask($sql);
        return $out if $out;
    }
    return;
}
