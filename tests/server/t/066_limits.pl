# Story: what the workers of a migration may use is measured against the clock, from outside: CPU time by the operating system's account
# of the processes, reading and writing by the blocks that were done and the WAL of the server. Limits are set, changed and lifted while
# it works. Sorts and index builds keep to the memory they may have.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

plan skip_all => 'needs /proc' unless -r "/proc/$$/stat";

my $server = HotswapTest->new('limits', conf => <<'CONF');
hotswap.busy_share = 100
hotswap.chunk_time = 50ms
hotswap.cpu_limit = 20
checkpoint_timeout = 1h
CONF
my $node = $server->node;
my $name = $server->make_pair('orders');
$server->sql(<<'SQL');
CREATE FUNCTION slow(integer) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE n bigint := $1;
BEGIN
    FOR i IN 1 .. 60 LOOP n := n + i % 3; END LOOP;
    RETURN n - 60;
END $$;
CREATE TABLE big (id integer PRIMARY KEY, v integer NOT NULL, filler text);
INSERT INTO big SELECT i, i, repeat('x', 100) FROM generate_series(1, 150000) AS i;
VACUUM ANALYZE big;
SQL
my $load = $server->start_load($name, clients => 4, rate => 200);
my $id = $server->start_migration('ALTER TABLE big ALTER COLUMN v TYPE bigint USING slow(v)',
    strategy => 'dual_write', options => '{"auto_switch": false, "down": "v::integer", "one_way": false}');

sub set_conf
{
    my (%values) = @_;
    $node->append_conf('postgresql.conf', "$_ = '$values{$_}'") for sort keys %values;
    $node->reload;
    return;
}

sub says
{
    my ($pattern, $what) = @_;
    my $came = $server->until_sql("SELECT waiting_for ~ \$p\$$pattern\$p\$ FROM hotswap.v_zero_downtime_status WHERE migration_id = '$id'");
    ok($came, "$what: shown") or diag($server->reason_of($id));
    return;
}

# Seconds of CPU time of all executors so far.
sub cpu_time
{
    my $sum = 0;
    for my $pid (split /\n/, $server->sql("SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'hotswap executor%'"))
    {
        my @field = split ' ', (split /\) /, slurp_file("/proc/$pid/stat"))[-1];
        $sum += ($field[11] + $field[12]) / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
    }
    return $sum;
}

sub work
{
    return split /\|/, $server->sql("SELECT coalesce(sum(block_to - block_from), 0) * 8192, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
          . " FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'");
}

# ---- CPU -------------------------------------------------------------------------------------------------------------
says('^resting [0-9]+ % of the time: CPU time of its workers is [0-9]+ %, the limit is 20 %$', 'CPU');
my ($begin, $used) = (time(), cpu_time());
usleep(3_000_000);
my $share = (cpu_time() - $used) / (time() - $begin) * 100;
cmp_ok($share, '<=', 25, "two workers together kept to 20 % of a processor: $share");
cmp_ok($share, '>=', 5, 'and made use of it');

# ---- IO --------------------------------------------------------------------------------------------------------------
$load->stop;
is($load->errors, '', 'four clients: not one error');
set_conf('hotswap.cpu_limit' => 0, 'hotswap.io_limit' => 2000);
says('^resting [0-9]+ % of the time: IO of its workers is [0-9]+ kB/s, the limit is 2000 kB/s$', 'IO');
my ($blocks, $wal) = work();
$begin = time();
usleep(3_000_000);
my ($blocks_after, $wal_after) = work();
my $rate = ($blocks_after - $blocks + $wal_after - $wal) / 1024 / (time() - $begin);
cmp_ok($rate, '<=', 2300, "what they read and logged kept to 2000 kB/s: $rate");
cmp_ok($rate, '>=', 200, 'and they made use of it');

# ---- lifted ----------------------------------------------------------------------------------------------------------
set_conf('hotswap.io_limit' => 0, 'hotswap.chunk_time' => '500ms');
ok($server->wait_state($id, 'awaiting', 60), 'without limits it is soon done');

# ---- memory ----------------------------------------------------------------------------------------------------------
$server->sql("SELECT hotswap.cancel('$id')");
ok($server->wait_state($id, 'cancelled'), 'taken back');
$server->sql(<<'SQL');
CREATE FUNCTION told(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF $1 = 1 THEN RAISE LOG 'a build has % and % parallel workers', current_setting('maintenance_work_mem'), current_setting('max_parallel_maintenance_workers'); END IF;
    RETURN -$1;
END $$;
SQL
set_conf('hotswap.memory_limit' => '2MB', 'hotswap.cpu_limit' => 100, log_temp_files => 0);
my $offset = -s $node->logfile;
$id = $server->start_migration('CREATE INDEX big_told ON big (told(id))');
ok($server->wait_state($id, 'completed', 60), 'an index was built');
my $log = slurp_file($node->logfile, $offset);
like($log, qr/a build has 2MB and 0 parallel workers/, 'with the memory it may have, and by itself alone');
like($log, qr/hotswap executor.*temporary file: .*, size [0-9]{7,}/, 'so that it sorted on disk');
$server->stop;
done_testing();
