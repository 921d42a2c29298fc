# A server with hotswap in it, an application that never stops writing, and the means to kill either.
#
# The proof is the mirror: every transaction of the load applies the same change to the table under migration and to a
# plain table that nobody migrates. One commit covers both, so at any moment, and after any crash, both hold the same rows.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest;

use strict;
use warnings;

use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use HotswapTest::Load;
use HotswapTest::Tables;

our $patience = $ENV{HOTSWAP_TEST_PATIENCE} || 30;   # seconds; only a failing test waits that long

# No statement of a test waits for ever either.
$ENV{PGOPTIONS} = '-c statement_timeout=60s';

# The original shape. The expressions of mirror_diff name every column, so their order may change.
our @columns = qw(id v note n);

# options: preload => 1, conf => text, streaming => 1 (can have a standby)
sub new
{
    my ($class, $name, %options) = @_;
    my $self = bless { node => PostgreSQL::Test::Cluster->new($name), loads => [], label => 0, database => 'postgres' }, $class;
    my $node = $self->{node};
    $node->init(allows_streaming => $options{streaming} ? 1 : 0, extra => [ '--no-sync', '--no-locale', '-E', 'UTF8' ]);
    # The test module's own settings log every statement and do not restart after a crash: that is not this story.
    $node->append_conf('postgresql.conf', <<'CONF');
shared_buffers = 16MB
max_worker_processes = 16
fsync = off
restart_after_crash = on
log_statement = none
log_min_messages = info
log_line_prefix = '%m [%p] %b %q%a '
hotswap.launcher_interval = 200ms
hotswap.bake = off
hotswap.baseline_time = 0
hotswap.min_checkpoint_interval = 0
hotswap.rollback_points = off
include_if_exists = 'stop_point.conf'
CONF
    $node->append_conf('postgresql.conf', "shared_preload_libraries = 'hotswap'") if $options{preload};
    $node->append_conf('postgresql.conf', $options{conf}) if $options{conf};
    $node->start;
    $self->sql('CREATE EXTENSION hotswap');
    # Without them a test would wait for somebody who never stops.
    $self->sql("LOAD 'hotswap'; SELECT count(*) FROM pg_settings WHERE name = 'hotswap.stop_point'")
      or BAIL_OUT('the installed hotswap has no stop points: make STOP_POINTS=1 install');
    return $self;
}

sub node { return $_[0]{node} }

# The same helpers for another server: a standby, a subscriber.
sub on_node
{
    my ($self, $node) = @_;
    return bless { %$self, node => $node, loads => [], rows => { %{ $self->{rows} || {} } } }, ref $self;
}

# The same server with another database, a new one: what is counted a database is then of one story only.
sub with_database
{
    my ($self, $name) = @_;
    $self->sql("CREATE DATABASE $name");
    my $other = bless { %$self, database => $name, loads => [], rows => {} }, ref $self;
    $other->sql('CREATE EXTENSION hotswap');
    return $other;
}

# ---- talking to it ------------------------------------------------------------------------------------------------------

sub sql
{
    my ($self, $sql) = @_;
    return $self->{node}->safe_psql($self->{database}, $sql);
}

# As sql, but undef where the server cannot answer (it is just being restarted).
sub ask
{
    my ($self, $sql) = @_;
    my ($rc, $out, $err) = $self->{node}->psql($self->{database}, $sql, on_error_die => 0);
    return $rc == 0 ? $out : undef;
}

# The error of a statement that must fail: "SQLSTATE: message ...".
sub error_of
{
    my ($self, $sql) = @_;
    my ($rc, $out, $err) = $self->{node}->psql($self->{database}, "\\set VERBOSITY verbose\n$sql", on_error_die => 0);
    return $rc == 0 ? '' : $err;
}

# Until the code returns something true, which is then the result; undef when patience is over.
sub until_true
{
    my ($self, $code, $seconds) = @_;
    my $end = time() + ($seconds || $patience);
    for (;;)
    {
        my $result = $code->();
        return $result if $result;
        return undef if time() > $end;
        usleep(20_000);
    }
}

sub until_sql
{
    my ($self, $sql, $seconds) = @_;
    return $self->until_true(sub { my $out = $self->ask($sql); defined $out && $out ne '' && $out ne 'f' ? $out : undef }, $seconds);
}

# ---- migrations ---------------------------------------------------------------------------------------------------------

sub start_migration
{
    my ($self, $ddl, %how) = @_;
    my $strategy = $how{strategy} || 'auto';
    my $options = $how{options} || '{}';
    return $self->sql("SELECT hotswap.start(\$ddl\$$ddl\$ddl\$, strategy => '$strategy', options => '$options')");
}

# Deliberately not hotswap.status(): that would wake a conductor, and some tests prove that nobody has to.
sub state_of
{
    my ($self, $id) = @_;
    return $self->ask("SELECT state FROM hotswap._migrations WHERE migration_id = '$id'");
}

sub reason_of
{
    my ($self, $id) = @_;
    my $reason = $self->ask("SELECT state || ': ' || coalesce(reason, '') FROM hotswap._migrations WHERE migration_id = '$id'");
    return defined $reason ? $reason : 'no answer';
}

# Waits for one of several states (a|b); true when it came. A state that cannot lead there ends the wait at once.
sub wait_state
{
    my ($self, $id, $wanted, $seconds) = @_;
    my $state = '';
    my $came = $self->until_true(
        sub {
            $state = $self->state_of($id);
            return undef unless defined $state;
            return 'yes' if $state =~ /^(?:$wanted)$/;
            return $state =~ /^(?:failed|completed|cancelled|rolled_back)$/ ? 'no' : undef;
        },
        $seconds);
    return 1 if defined $came && $came eq 'yes';
    diag("$id: waited for $wanted, is " . $self->reason_of($id));
    diag($self->ask("SELECT step_no, kind, state, attempts, title, error FROM hotswap._migration_steps WHERE migration_id = '$id' ORDER BY 1") // '');
    diag($self->ask("SELECT pid, backend_type, wait_event, query FROM pg_stat_activity WHERE backend_type LIKE 'hotswap%'") // '');
    return 0;
}

# Rows of the backfill so far.
sub rows_done
{
    my ($self, $id) = @_;
    return $self->sql("SELECT rows_affected FROM hotswap._migration_progress WHERE migration_id = '$id'");
}

# The finished chunks as text: what must be there unchanged after a crash.
sub finished_chunks
{
    my ($self, $id) = @_;
    return split /\n/, $self->sql("SELECT step_no, chunk_no, block_from, block_to, attempts, rows_changed, finished_at"
          . " FROM hotswap._migration_chunks WHERE migration_id = '$id' AND state = 'done' ORDER BY 1, 2");
}

# ---- the load -----------------------------------------------------------------------------------------------------------

# One key a transaction is held by an advisory lock, or two in order, so that what a statement finds in the table it finds in
# the mirror, too. The rows of a pair are then changed in no order at all: deadlocks with the backfill are possible (T16).
sub load_script
{
    my ($name, $rows, $column) = @_;
    my $most = int($rows * 1.2);
    my @twice = ([ $name, $column ], [ "${name}_mirror", 'v' ]);
    my $both = sub {
        my ($text) = @_;
        return join '', map { my ($t, $v) = @$_; (my $s = $text) =~ s/\bT\b/$t/g; $s =~ s/\bV\b/$v/g; "$s\n" } @twice;
    };
    my $script = <<"SCRIPT";
\\set op random(1, 100)
\\set a random(1, $most)
\\set b random(1, $most)
\\set x random(-2000000000, 2000000000)
BEGIN;
SELECT pg_advisory_xact_lock(1, least(:a, :b)), pg_advisory_xact_lock(1, greatest(:a, :b));
SCRIPT
    my @ops = (
        [ 25, $both->('UPDATE T SET V = :x, n = n + 1 WHERE id = :a;') ],
        [ 40, $both->('UPDATE T SET note = \'note \' || :x, n = n + 1 WHERE id = :a;') ],
        [ 50, $both->('DELETE FROM T WHERE id = :a;') ],
        [ 60, $both->('INSERT INTO T (id, V, note) VALUES (:a, :x, \'new\') ON CONFLICT (id) DO NOTHING;') ],
        [ 75, $both->('INSERT INTO T (id, V, note) VALUES (:a, :x, \'both\') ON CONFLICT (id) DO UPDATE SET V = T.V / 2 + excluded.V / 2, n = T.n + 1;') ],
        [ 80, $both->('INSERT INTO T (id, note) VALUES (:a, \'default\') ON CONFLICT (id) DO UPDATE SET note = excluded.note;') ],
        [ 85, "SAVEPOINT s;\n" . $both->('UPDATE T SET V = 1, n = -1 WHERE id IN (:a, :b);') . "ROLLBACK TO s;\n" . $both->('UPDATE T SET V = :x WHERE id = :a;') ],
        [ 100, $both->('UPDATE T SET V = :x, n = n + 1 WHERE id = :b;') . $both->('UPDATE T SET V = V / 2, note = NULL WHERE id = :a;') ],
    );
    my $word = 'if';
    for my $op (@ops)
    {
        $script .= "\\$word :op <= $op->[0]\n$op->[1]";
        $word = 'elif';
    }
    return $script . "\\endif\nEND;\n";
}

# Starts pgbench in the background. options: clients, rate (transactions a second; 0 unlimited), column, script (a file's text),
# seconds, arguments (more of pgbench's)
sub start_load
{
    my ($self, $name, %options) = @_;
    my $script = $options{script} || load_script($name, $self->{rows}{$name}, $options{column} || 'v');
    my $file = $self->{node}->basedir . "/load_${name}_" . ++$self->{label} . '.sql';
    open my $out, '>', $file or die "$file: $!";
    print $out $script;
    close $out;
    my $load = HotswapTest::Load->new($self, $file, %options);
    push @{ $self->{loads} }, $load;
    return $load;
}

# ---- stopping and killing -----------------------------------------------------------------------------------------------

sub write_stop_point
{
    my ($self, $point) = @_;
    my $file = $self->{node}->data_dir . '/stop_point.conf';
    open my $out, '>', "$file.new" or die "$file: $!";
    print $out "hotswap.stop_point = '$point'\n";
    close $out;
    rename "$file.new", $file or die "$file: $!";
    return;
}

# From now on: workers stop at this point ('' at none, and stopped ones go on).
sub stop_at
{
    my ($self, $point) = @_;
    $self->write_stop_point($point);
    $self->{node}->reload;
    return;
}

# The pid of a process that stands at the point; undef when none came.
sub wait_for_stop
{
    my ($self, $point, $seconds) = @_;
    (my $name = $point) =~ s/:.*//;
    my $pid = $self->until_sql("SELECT pid FROM pg_stat_activity WHERE query = 'stopped at $name' AND backend_type LIKE 'hotswap%' LIMIT 1", $seconds);
    return $pid if $pid;
    diag("nobody came to $point");
    diag($self->ask("SELECT migration_id, state, reason FROM hotswap._migrations WHERE state NOT IN ('completed', 'rolled_back')") // 'no answer');
    diag($self->ask("SELECT pid, backend_type, wait_event, query FROM pg_stat_activity WHERE backend_type LIKE 'hotswap%'") // '');
    return undef;
}

# SIGKILL of one process, which makes the postmaster restart all of them; waits until the server is there again. False when
# there was no such process any more.
# next: the stop point that holds afterwards. The process is frozen meanwhile, so that it does not go on when that changes.
sub kill9
{
    my ($self, $pid, $next) = @_;
    my $node = $self->{node};
    my $offset = -s $node->logfile;
    if (defined $next)
    {
        kill 'STOP', $pid;
        $self->stop_at($next);
    }
    return 0 unless kill('KILL', $pid) == 1;
    my $back = $self->until_true(
        sub {
            my $log = slurp_file($node->logfile, $offset);
            return $log =~ /all server processes terminated; reinitializing.*database system is ready to accept connections/s;
        });
    $back &&= $self->until_sql('SELECT 1');
    $_->again for grep { !$_->{stopped} } @{ $self->{loads} };
    return $back;
}

# SIGKILL of the postmaster; waits until its children have noticed and are gone. The caller starts the server again.
sub kill_server
{
    my ($self) = @_;
    my $node = $self->{node};
    my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
    my @children = split /\s+/, `ps -o pid= --ppid $postmaster`;
    $node->kill9;
    my $gone = $self->until_true(sub { !grep { alive($_) } $postmaster, grep { $_ } @children });
    # Where nobody reaps orphans, the dead postmaster still has a pid, and the next one would take it for a living one.
    $self->until_true(sub { !-e "/proc/$postmaster" }, 3) or unlink $node->data_dir . '/postmaster.pid';
    return $gone;
}

sub start_server
{
    my ($self) = @_;
    $self->{node}->start;
    $_->again for grep { !$_->{stopped} } @{ $self->{loads} };
    return;
}

# A zombie that nobody has reaped yet is not alive.
sub alive
{
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/stat" or return 0;
    my $line = <$in> // '';
    return $line =~ /\) [ZX] / || $line eq '' ? 0 : 1;
}

# No process of ours is left (the launcher is connected to no database and may stay).
sub wait_idle
{
    my ($self, $seconds) = @_;
    my $idle = $self->until_sql("SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type ~ '^hotswap (conductor|executor)'", $seconds);
    diag($self->ask("SELECT pid, backend_type, state, wait_event, query FROM pg_stat_activity WHERE backend_type LIKE 'hotswap%'") // '') unless $idle;
    return $idle ? 1 : 0;
}

sub stop
{
    my ($self) = @_;
    $_->stop for @{ $self->{loads} };
    $self->{node}->stop('immediate');
    return;
}

1;
