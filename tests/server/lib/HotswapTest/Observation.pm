# What a statement really does to the relations that were there before: which locks it takes, which heaps it writes anew, which
# it reads in full; and what hotswap.analyze said before. All in one psql session: a transaction each, rolled back.
# HotswapTest::Alone does the same for statements that refuse a transaction block.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Observation;

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(asking observing relations_of sections_of observation_of);

our $path = 'app, public';
my $said = 'statement_no, operation, relation, object, lock_mode, rewrites, scans, risk';
my $relations = q{SELECT oid, relkind, relfilenode, relkind IN ('r', 'm') AND reltuples >= 0, greatest(reltuples, 0), oid::regclass FROM pg_class WHERE oid >= 16384}
  . q{ AND relkind <> 't' AND relnamespace <> 'hotswap'::regnamespace ORDER BY 1};
my $heaps = q{FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'm') AND relnamespace <> 'hotswap'::regnamespace};
my $locks = q{SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384};

# psql text that prints a list of relations; also after statements of a script, which may rename some.
sub relations_of
{
    my ($section) = @_;
    return "\\echo ==$section\n$relations;\n";
}

# psql text that asks the analyzer, and which locks that took.
sub asking
{
    my ($text, @settings) = @_;
    return "BEGIN;\n" . join('', map { "SET LOCAL $_;\n" } @settings) . "\\echo ==said\nSELECT $said FROM hotswap.analyze(\$corpus\$$text\$corpus\$);\n"
      . "\\echo ==refused\n\\if :ERROR\n\\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n\\endif\n"
      . "\\echo ==analyze_locks\n$locks AND mode <> 'AccessShareLock';\nROLLBACK;\n";
}

# psql text that runs the statement in a transaction and looks what it did. Counters are those of the session as long as it has
# not reported them, hence the difference; the locks are read first, because looking takes some.
sub observing
{
    my ($statement, @settings) = @_;
    my $counters = "SELECT oid, pg_stat_get_xact_numscans(oid), pg_stat_get_xact_tuples_returned(oid) $heaps";
    return "BEGIN;\n" . join('', map { "SET LOCAL $_;\n" } @settings) . "\\echo ==before\n$counters;\n\\o /dev/null\n$statement\n\\o\n"
      . "\\echo ==failed\n\\if :ERROR\n\\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n\\endif\n"
      . "\\echo ==locks\n$locks;\n\\echo ==after\n$counters;\n\\echo ==files\nSELECT oid, relfilenode, pg_relation_size(oid) $heaps;\nROLLBACK;\n";
}

# The output of such texts: a hash of lists of fields, by section.
sub sections_of
{
    my ($output) = @_;
    my (%sections, $name);
    for my $line (split /\n/, $output)
    {
        if ($line =~ /^==(\w+)$/) { $name = $1; $sections{$name} ||= [] }
        elsif (defined $name) { push @{ $sections{$name} }, [ split /\|/, $line, -1 ] }
    }
    return \%sections;
}

my %mode_of = (
    AccessShareLock => 'ACCESS SHARE', RowShareLock => 'ROW SHARE', RowExclusiveLock => 'ROW EXCLUSIVE', ShareUpdateExclusiveLock => 'SHARE UPDATE EXCLUSIVE',
    ShareLock => 'SHARE', ShareRowExclusiveLock => 'SHARE ROW EXCLUSIVE', ExclusiveLock => 'EXCLUSIVE', AccessExclusiveLock => 'ACCESS EXCLUSIVE');
my @order = ('', 'ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE');
my %strength = map { $order[$_] => $_ } 0 .. $#order;

# The strength of a mode as the server or as the analyzer writes it; undef for what is no mode.
sub strength
{
    my ($mode) = @_;
    return $strength{ $mode_of{$mode} // $mode };
}
sub mode { return $order[ $_[0] ] }

# What was seen, of the relations that existed (oid => its line): { locks => {oid => strength}, rewrites => {oid => 1}, scans => {oid => 1} }.
# A file that was replaced by an empty one is emptied, not written anew. A scan counts when it read all rows.
sub observation_of
{
    my ($sections, $existed) = @_;
    my (%locks, %rewrites, %scans);
    for (@{ $sections->{locks} })
    {
        my ($oid, $mode) = @$_;
        my $strength = strength($mode);
        $locks{$oid} = $strength if $existed->{$oid} && $strength > ($locks{$oid} // 0);
    }
    for (@{ $sections->{files} })
    {
        my ($oid, $file, $size) = @$_;
        my $before = $existed->{$oid} or next;
        $rewrites{$oid} = 1 if $file != $before->{file} && ($size > 0 || $before->{rows} == 0);
    }
    my %before = map { $_->[0] => $_ } @{ $sections->{before} };
    for (@{ $sections->{after} })
    {
        my ($oid, $count, $rows) = @$_;
        my $existing = $existed->{$oid} or next;
        my $was = $before{$oid} // [ 0, 0, 0 ];
        $scans{$oid} = 1 if ($count || 0) > ($was->[1] || 0) && ($rows || 0) - ($was->[2] || 0) >= $existing->{rows};
    }
    return { locks => \%locks, rewrites => \%rewrites, scans => \%scans };
}

1;
