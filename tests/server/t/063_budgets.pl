# Story: while an application writes, a backfill meets every budget and gauge of the throttle, one after the other: each stops it or lets
# it rest, is named with what was observed and the limit, and is let go live. Then a rewrite whose copy does not fit. The application
# notices nothing.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('budgets', streaming => 1, conf => <<'CONF');
archive_mode = on
archive_command = '/bin/true'
max_slot_wal_keep_size = 64MB
autovacuum_naptime = 1s
hotswap.busy_share = 100
hotswap.vacuum_stretch = 0
CONF
my $name = $server->make_pair('orders', 60_000);
my $node = $server->node;

# The table on another file system than the database, where there is one that anybody may write to.
my $memory = -d '/dev/shm' && -w '/dev/shm' ? tempdir(DIR => '/dev/shm', CLEANUP => 1) : undef;
my ($shm_free, $disk_free) = map { free_mb($_) } $memory // $node->data_dir, $node->data_dir;
my $apart = defined $memory && $shm_free > 32 && $shm_free + 64 < $disk_free;
$server->sql("CREATE TABLESPACE apart LOCATION '$memory'") if $apart;
$server->sql("ALTER TABLE $name SET TABLESPACE apart") if $apart;

# Nobody knows since when its standby is away.
$server->sql("SELECT pg_create_physical_replication_slot('away', true)");
$server->sql("CREATE TABLE b$_ (); SELECT pg_switch_wal()") for 1 .. 2;
$node->append_conf('postgresql.conf', "hotswap.max_replication_lag = '1h'");
$node->reload;

my $load = $server->start_load($name, clients => 4, rate => 200);
my $id = $server->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
    strategy => 'dual_write', options => '{"batch_size": 50, "delay_ms": 100, "parallel": 1, "auto_switch": false}');

sub free_mb
{
    my ($directory) = @_;
    my @line = split ' ', (split /\n/, `df -Pm '$directory'`)[1];
    return $line[3];
}

sub set_conf
{
    my (%values) = @_;
    $node->append_conf('postgresql.conf', "$_ = '$values{$_}'") for sort keys %values;
    $node->reload;
    return;
}

sub chunks { return $server->sql("SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'"); }

# By the status, as people read it.
sub says
{
    my ($pattern, $what) = @_;
    my $came = $server->until_sql("SELECT waiting_for ~ \$p\$$pattern\$p\$ FROM hotswap.v_zero_downtime_status WHERE migration_id = '$id'");
    ok($came, "$what: named, with what was observed and the limit") or diag($server->reason_of($id));
    return;
}

sub goes_on
{
    my ($what) = @_;
    my $done = chunks();
    ok($server->until_sql("SELECT count(*) > $done + 1 FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done'"), "$what: it goes on")
      or diag($server->reason_of($id));
    return;
}

# ---- budgets: they stop it -----------------------------------------------------------------------------------------------
says('^throttled: replication lag of slot "away", whose standby is not connected, cannot be read, the limit is 1 h 0 m$', 'a standby that was away before');
$server->sql("SELECT pg_drop_replication_slot('away')");
goes_on('the backfill is under way');
set_conf('hotswap.max_replication_lag' => 0);

set_conf('hotswap.min_free_disk' => '1000TB');
says('^throttled: free disk of .* is [0-9]+ MB, the limit is 1048576000 MB$', 'a full disk');
my $done = chunks();
$server->sql("SELECT hotswap.exempt('$id', '1 minute')");
goes_on('exempt');
$server->sql("SELECT hotswap.unthrottle('$id')");
says('^throttled: free disk of', 'no longer exempt');
cmp_ok(chunks(), '>', $done, 'chunks were done only meanwhile');
if ($apart)
{
    my $limit = int(($shm_free + $disk_free) / 2);
    set_conf('hotswap.min_free_disk' => "${limit}MB");
    says("^throttled: free disk of .*/pg_tblspc/.* is [0-9]+ MB, the limit is $limit MB\$", 'the disk of the table alone');
}
set_conf('hotswap.min_free_disk' => '1MB');
goes_on('room again');

set_conf('hotswap.max_slot_wal' => 1);
$server->sql("SELECT pg_create_physical_replication_slot('forgotten', true)");
$server->sql('SELECT pg_switch_wal()');
says('^throttled: WAL kept by replication slot "forgotten" is [0-9]+ MB, the limit is 0 MB$', 'a slot');
$server->sql("SELECT pg_drop_replication_slot('forgotten')");
goes_on('without the slot');

set_conf('archive_command' => 'false', 'hotswap.max_archive_queue' => 1);
$server->sql("SELECT pg_switch_wal(); CREATE TABLE a$_ (); SELECT pg_switch_wal()") for 1 .. 3;
says('^throttled: number of WAL files waiting for archive_command is [0-9]+, the limit is 1$', 'the archive');
set_conf('archive_command' => '/bin/true');
$server->sql('CREATE TABLE a4 (); SELECT pg_switch_wal()');
goes_on('archived');

my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $pid = $reader->query_safe('SELECT pg_backend_pid()');
set_conf('hotswap.max_snapshot_age' => '300ms');
says("^throttled: age of the oldest snapshot, of pid $pid \\(user [^)]+\\) is [0-9.]+ s, the limit is 0.3 s\$", 'an old snapshot');
$reader->query_safe('COMMIT');
goes_on('without it');
set_conf('hotswap.max_snapshot_age' => 0);

# In a mode that the application does not notice.
$reader->query_safe("BEGIN; LOCK TABLE $name IN SHARE UPDATE EXCLUSIVE MODE");
my $waiter = $node->background_psql('postgres');
$waiter->query_until(qr/waits/, "\\echo waits\nBEGIN; LOCK TABLE $name IN SHARE UPDATE EXCLUSIVE MODE;\n");
says('^throttled: number of sessions waiting for a lock on the table is 1, the limit is 0$', 'a lock waiter');
$reader->query_safe('COMMIT');
goes_on('nobody waits');
$_->quit for $reader, $waiter;

# So slow that it stays for as long as it takes.
$server->sql("SELECT hotswap.throttle('$id')");
says('^throttled: hotswap.throttle\(' . $id . '\) by ', 'by hand');
set_conf('hotswap.yield_to_autovacuum' => 'on', autovacuum_vacuum_cost_delay => '100ms', autovacuum_vacuum_cost_limit => 1);
$server->sql("UPDATE $name SET n = n WHERE id % 3 = 0");
ok($server->until_sql("SELECT count(*) > 0 FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)"
          . " WHERE a.backend_type = 'autovacuum worker' AND v.relid = '$name'::regclass"), 'an autovacuum is on the table');
$server->sql("SELECT hotswap.unthrottle('$id')");
says('^throttled: number of autovacuum workers on the table is 1, the limit is 0$', 'autovacuum');
set_conf('hotswap.yield_to_autovacuum' => 'off', autovacuum_vacuum_cost_delay => '0');
goes_on('beside autovacuum');

# ---- fails closed ----------------------------------------------------------------------------------------------------------
set_conf('hotswap.throttle_query' => 'SELECT 1 FROM not_there');
says('^throttled: throttle_query failed: relation "not_there" does not exist$', 'a query that fails');

# ---- gauges: they let it rest ---------------------------------------------------------------------------------------------
set_conf('hotswap.throttle_query' => 'SELECT 0.6');
says('^resting [0-9]+ % of the time: throttle_query returned 0.6, 1 stops$', 'a query');
goes_on('at its pace');
set_conf('hotswap.throttle_query' => '');

$server->sql("SELECT hotswap.throttle('backfill', 0.7)");
says('^resting [0-9]+ % of the time: hotswap.throttle\(backfill\) by [^:]+: ratio 0.7 until ', 'a kind of step, by hand');
$server->sql("SELECT hotswap.unthrottle('backfill')");

set_conf('hotswap.min_checkpoint_interval' => '1d');
says('^resting [0-9]+ % of the time: checkpoint pressure: WAL forces a checkpoint every [0-9 dhms.]+, the limit is 1 d 0 h$', 'checkpoints');
goes_on('at its pace');
set_conf('hotswap.min_checkpoint_interval' => 0);

set_conf(fsync => 'on', commit_delay => 20000, commit_siblings => 0, 'hotswap.max_commit_latency' => '5ms');
says('^resting [0-9]+ % of the time: commit latency is [0-9.]+ ms, the limit is 5 ms$', 'slow commits');
goes_on('at its pace');
set_conf(fsync => 'off', commit_delay => 0, 'hotswap.max_commit_latency' => '100ms');
ok($server->until_sql("SELECT waiting_for IS NULL FROM hotswap.v_zero_downtime_status WHERE migration_id = '$id'"), 'then it rests no more, and says so');

is($server->sql("SELECT count(*) FILTER (WHERE event = 'held back') BETWEEN 0 AND count(*) FILTER (WHERE event = 'goes on') + 1"
          . " FROM hotswap._migration_events WHERE migration_id = '$id'"), 't', 'the audit has each stop once, and its end');
$server->sql("SELECT hotswap.cancel('$id')");
ok($server->wait_state($id, 'cancelled'), 'the way back asks nobody');

# ---- a copy that does not fit ---------------------------------------------------------------------------------------------
# A table that is larger than what is free, made of holes.
SKIP: {
    my $segments = int(free_mb($node->data_dir) / 1024) + 2;
    skip 'too large a disk', 5 if $segments > 4000;
    $server->sql('CREATE TABLE large (id integer PRIMARY KEY, v integer) WITH (autovacuum_enabled = off)');
    $server->sql('INSERT INTO large SELECT i, i FROM generate_series(1, 1000) AS i; CHECKPOINT');
    my $file = $node->data_dir . '/' . $server->sql("SELECT pg_relation_filepath('large')");
    my $size = -s $file;
    my @holes = map { "$file.$_" } 1 .. $segments;
    make_hole($_, 1 << 30) for $file, @holes;
    $id = $server->start_migration('ALTER TABLE large ALTER COLUMN v TYPE bigint', strategy => 'online_rewrite', options => '{"keep_previous": "0"}');
    ok($server->wait_state($id, 'paused'), 'a rewrite without room for its copy pauses');
    like($server->reason_of($id), qr/not enough room on the disk of \S+: the copy still needs about [0-9]+ MB and 256 MB are always left, [0-9]+ MB are free/,
        'with what it needs and what is there');
    ok($server->wait_idle, 'nobody holds the table');
    unlink @holes;
    make_hole($file, $size);
    $server->sql("SELECT hotswap.resume('$id')");
    ok($server->wait_state($id, 'completed'), 'with room it ends');
    is($server->sql("SELECT count(*), sum(v), pg_typeof(min(v)) FROM large"), '1000|500500|bigint', 'with every row');
}

sub make_hole
{
    my ($file, $size) = @_;
    open my $out, '>>', $file or die "$file: $!";
    truncate $out, $size or die "$file: $!";
    close $out;
    return;
}

$load->stop;
is($load->errors, '', 'four clients: not one error');
is($server->mirror_diff($name), 0, 'not one write is lost');
$server->stop;
done_testing();
