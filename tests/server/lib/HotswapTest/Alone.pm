# Observes a statement that refuses a transaction block (CONCURRENTLY, VACUUM), on a copy of the fixture's database.
#
# It takes and gives back locks while it runs, so it is stopped at each: every table is held twice by prepared transactions, in
# SHARE UPDATE EXCLUSIVE and in ACCESS SHARE mode. When the statement waits, its locks are read, granted or not, and the holder
# it waits for is let go, until the statement has ended, which it tells by waiting for an advisory lock.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Alone;

use strict;
use warnings;

use IPC::Run;
use HotswapTest::Observation;
use PostgreSQL::Test::Utils qw(append_to_file slurp_file);

my $ready = 6;    # advisory locks: the statement may begin
my $ended = 7;    # and has ended

# test: a HotswapTest whose database "fixture" has the fixture
sub new
{
    my ($class, $test) = @_;
    my $self = bless { test => $test, copies => 0, runs => 0 }, $class;
    # It would tell each of our many small queries.
    { no warnings qw(redefine once); *PostgreSQL::Test::BackgroundPsql::note = sub { } }
    $self->{control} = $test->node->background_psql('postgres', on_error_stop => 1);
    $self->{watch} = $test->node->background_psql('postgres', on_error_stop => 1);
    return $self;
}

sub finish
{
    my ($self) = @_;
    $self->drop_copy;
    $self->{$_}->quit for qw(control watch);
    return;
}

# The psql text run in the copy, which stays for the next one. With hold, it is stopped at each lock after it has called
# start_text and until end_text. Returns the sections of what it printed.
sub run
{
    my ($self, $text, $hold) = @_;
    my $control = $self->{control};
    my $copy = $self->copy;
    # Files, because nobody feeds a pipe while we watch.
    my ($in, $out, $seen) = ((map { $self->{test}->node->basedir . "/run_" . ++$self->{runs} . ".$_" } qw(sql out)), []);
    my @psql = ([ 'psql', '-XAtq', '-F', '|', '-d', $self->{test}->node->connstr($copy), '-f', $in ], '>', $out, '2>', "$out.err");
    append_to_file($in, prelude() . $text);
    if ($hold)
    {
        $control->query_safe("SELECT pg_advisory_lock($ready), pg_advisory_lock($ended)");
        my $psql = IPC::Run::start(@psql);
        $seen = $self->watch_over($copy);
        $psql->finish;
    }
    else { IPC::Run::run(@psql) }
    my $sections = sections_of(slurp_file($out));
    push @{ $sections->{locks} }, @$seen;
    return $sections;
}

# The control session is in the copy and holds the advisory locks.
sub copy
{
    my ($self) = @_;
    return $self->{copy} if $self->{copy};
    $self->{copy} = 'copy_' . ++$self->{copies};
    $self->{control}->query_safe("CREATE DATABASE $self->{copy} TEMPLATE fixture;\n\\c $self->{copy}");
    return $self->{copy};
}

sub drop_copy
{
    my ($self) = @_;
    my $copy = delete $self->{copy} or return;
    $self->{control}->query_safe("\\c postgres\nDROP DATABASE $copy WITH (FORCE)");
    return;
}

sub start_text { return "SELECT pg_advisory_lock($ready) \\g /dev/null\n" }
sub end_text { return "SELECT pg_advisory_lock($ended) \\g /dev/null\n" }

# Until the statement has ended. Returns the locks that were seen.
sub watch_over
{
    my ($self, $copy) = @_;
    my $control = $self->{control};
    my $database = $control->query_safe("SELECT oid FROM pg_database WHERE datname = '$copy'");
    my $first = $self->stop_of("database = $database");
    my $pid = $first->[0][0];
    my %holds = $self->hold_all;
    $control->query_safe("SELECT pg_advisory_unlock($ready)");
    my @seen;
    for (;;)
    {
        my $stop = $self->stop_of("pid = $pid", $ready);
        my ($waits) = grep { $_->[4] eq 'f' } @$stop;
        last if $waits->[1] eq 'advisory';
        push @seen, map { [ $_->[2], $_->[3] ] } grep { $_->[1] eq 'relation' && $_->[2] >= 16384 } @$stop;
        # For a relation, or at the end of a phase for whoever holds one.
        my $name = $waits->[1] eq 'relation' ? $holds{ $waits->[2] }[-1] : $self->holder_of($waits->[5]);
        die "waits for a $waits->[1] that nobody of us holds: @$waits" unless $name;
        $control->query_safe("ROLLBACK PREPARED '$name'");
        $_ = [ grep { $_ ne $name } @$_ ] for values %holds;
    }
    my @left = map { @$_ } values %holds;
    $control->query_safe("ROLLBACK PREPARED '$_'") for @left;
    $control->query_safe("SELECT pg_advisory_unlock($ended)");
    return \@seen;
}

# Every table held twice: oid => [names of the prepared transactions, the one to let go first last].
sub hold_all
{
    my ($self) = @_;
    my $control = $self->{control};
    my %holds;
    my $list = $control->query_safe(q{SELECT oid, relkind, relispopulated, oid::regclass FROM pg_class}
          . q{ WHERE relkind IN ('r', 'p', 'm') AND oid >= 16384 AND relpersistence <> 't' AND relnamespace <> 'hotswap'::regnamespace});
    my $script = '';
    for my $line (split /\n/, $list)
    {
        my ($oid, $kind, $populated, $name) = split /\|/, $line, 4;
        # LOCK TABLE does not know materialized views, but these statements take the same modes.
        my @how = $kind eq 'm' ? ("SELECT FROM $name LIMIT 0", "COMMENT ON MATERIALIZED VIEW $name IS NULL")
          : map { "LOCK TABLE ONLY $name IN $_ MODE" } 'ACCESS SHARE', 'SHARE UPDATE EXCLUSIVE';
        # What has no data cannot be selected from, not even no rows of it.
        shift @how if $populated eq 'f';
        for my $i (0 .. $#how)
        {
            push @{ $holds{$oid} }, "${oid}_$i";
            $script .= "BEGIN; $how[$i]; PREPARE TRANSACTION '${oid}_$i';\n";
        }
    }
    $control->query_safe($script);
    return %holds;
}

# The name of the prepared transaction with such a number.
sub holder_of
{
    my ($self, $transaction) = @_;
    return $self->{control}->query_safe("SELECT gid FROM pg_prepared_xacts WHERE transaction::text = '$transaction'");
}

# All locks of the process that waits for one: [pid, locktype, relation, mode, granted, transaction].
sub stop_of
{
    my ($self, $which, $but) = @_;
    my $not_this = defined $but ? "AND NOT (locktype = 'advisory' AND objid = $but)" : '';
    my $found = $self->{watch}->query_safe("DO \$\$BEGIN FOR i IN 1 .. 5000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE $which AND NOT granted $not_this);"
          . " PERFORM pg_sleep(0.002); END LOOP; END\$\$;\nSELECT pid, locktype, relation, mode, granted, transactionid FROM pg_locks"
          . " WHERE pid = (SELECT pid FROM pg_locks WHERE $which AND NOT granted $not_this LIMIT 1);");
    my @rows = map { [ split /\|/, $_, -1 ] } split /\n/, $found;
    die "nobody waits ($which)" unless grep { $_->[4] eq 'f' } @rows;
    return \@rows;
}

1;
