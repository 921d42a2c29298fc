# Story: deaths do not wait for named places. Hard-working clients without any limit, two streams of backfill, and a SIGKILL for a
# process of ours at a moment that nobody chose, again and again, forth and back; at the end the mirror is equal. The table also has
# a unique index, a check and a user's trigger.
# Traps: T10 (user triggers do not fire for the backfill), T13 (ends), T16 (the application is never the victim), T31 (no left-overs).
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
my $server = HotswapTest->new('random');

# A random process of ours, at once when there is one.
sub somebody
{
    my @pids = split /\n/, $server->sql("SELECT pid FROM pg_stat_activity WHERE backend_type ~ '^hotswap (conductor|executor)'");
    return @pids ? $pids[ rand @pids ] : undef;
}

for my $name ('forth', 'back')
{
    note "---- $name";
    my $final = $name eq 'forth' ? 'completed' : 'rolled_back';
    $server->make_pair($name, 30_000);
    for my $table ($name, "${name}_mirror", "${name}_plain")
    {
        $server->sql(<<"SQL");
ALTER TABLE $table ADD CONSTRAINT ${table}_v_small CHECK (v < 2147483647);
CREATE UNIQUE INDEX ${table}_by_v_and_id ON $table (v, id);
CREATE TABLE ${table}_seen (id integer);
CREATE FUNCTION ${table}_see() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO ${table}_seen VALUES (NEW.id); RETURN NEW; END \$\$;
CREATE TRIGGER a_user AFTER UPDATE ON $table FOR EACH ROW EXECUTE FUNCTION ${table}_see();
SQL
    }
    $server->sql("VACUUM ANALYZE $name");
    $server->sql("ALTER TABLE ${name}_plain ALTER COLUMN v TYPE bigint") if $final eq 'completed';
    my $load = $server->start_load($name, clients => 6, rate => 0);
    my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
        strategy => 'dual_write', options => '{"batch_size": 500, "delay_ms": 20, "auto_switch": false}');
    my ($kills, $asked) = (0, 0);
    my $reached = $server->until_true(
        sub {
            my $state = $server->state_of($id) // '';
            return 1 if $state eq $final || $state =~ /failed|paused/;
            if ($state eq 'awaiting')
            {
                # The way back begins after the switch.
                my $phase = $server->sql("SELECT phase FROM hotswap._migrations WHERE migration_id = '$id'");
                my $call = $phase ne 'contract' ? 'advance' : $final eq 'completed' ? 'complete' : 'rollback';
                $server->sql("SELECT hotswap.$call('$id')");
            }
            elsif ($kills < 8 && rand() < 0.3 && defined(my $pid = somebody()))
            {
                ++$kills if $server->kill9($pid);
            }
            return 0;
        },
        60);
    is($server->state_of($id), $final, "$name: is reached after $kills kills (T13)") or diag($server->reason_of($id));
    cmp_ok($kills, '>', 0, "$name: somebody was killed");
    $load->stop;
    is($load->errors, '', "$name: the application saw no error but the crashes (T16)");
    is($server->mirror_diff($name), 0, "$name: mirror equal");
    is($server->sql("SELECT (SELECT count(*) FROM ${name}_seen) - (SELECT count(*) FROM ${name}_mirror_seen)"), 0,
        "$name: the user's trigger fired for the application's updates only (T10)");
    is($server->shape($name), $server->shape("${name}_plain"), "$name: the shape is right");
    is($server->leftovers, '', "$name: nothing is left behind (T31)");
    ok($server->wait_idle, "$name: no process of ours stays");
}

$server->stop;
done_testing();
