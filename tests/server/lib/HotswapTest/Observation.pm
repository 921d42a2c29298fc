# What a statement really does to the relations that were there before: which locks it takes, which heaps it writes anew, which
# it reads in full; and what hotswap.analyze said before. All in one psql session: a transaction each, rolled back.
# HotswapTest::Alone does the same for statements that refuse a transaction block.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Observation;

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(asking observing observing_alone prelude relations_of sections_of observation_of);

my $path = 'app, public';
my $said = 'statement_no, operation, relation, object, lock_mode, rewrites, scans, blocks, risk, migration_type';
my $relations = q{SELECT oid, relkind, relfilenode, relkind IN ('r', 'm') AND reltuples >= 0, greatest(reltuples, 0), oid::regclass FROM pg_class WHERE oid >= 16384}
  . q{ AND relkind <> 't' AND relnamespace <> 'hotswap'::regnamespace ORDER BY 1};
# Only heaps that were read at all, and files that are not those of the beginning: most are not of interest.
my $scanned = q{SELECT oid, %1$s_numscans(oid), %1$s_tuples_returned(oid), sum(%1$s_numscans(indexrelid)), sum(%1$s_tuples_returned(indexrelid))}
  . q{ FROM pg_temp.were LEFT JOIN pg_index ON indrelid = oid GROUP BY oid HAVING %1$s_numscans(oid) > 0 OR sum(%1$s_numscans(indexrelid)) > 0};
my $replaced = q{SELECT oid, c.relfilenode, pg_relation_size(oid) FROM pg_class c JOIN pg_temp.were w USING (oid) WHERE c.relfilenode <> w.relfilenode};
my $failed = "\\echo ==failed\n\\if :ERROR\n\\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n\\endif\n";
my $locks = q{SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384};
# A sequence is locked until the end of the transaction, even the clone of one that is gone again: nobody can wait for that.
my $locks_by_name = $locks =~ s/relation, mode FROM pg_locks/relation::regclass, mode FROM pg_locks JOIN pg_class c ON c.oid = relation/r;

# psql text that comes first.
sub prelude
{
    return "\\set VERBOSITY terse\nSET search_path = $path;\nSET client_min_messages = error;\nSELECT pg_stat_force_next_flush() \\g /dev/null\n";
}

# psql text that prints a list of relations and remembers their files; also after statements of a script, which may rename some.
sub relations_of
{
    my ($section) = @_;
    return "\\echo ==$section\n$relations;\nUPDATE were SET relfilenode = c.relfilenode FROM pg_class c WHERE c.oid = were.oid;\n" if $section ne 'relations';
    return "\\echo ==$section\n$relations;\nCREATE TEMP TABLE were AS SELECT oid, relfilenode FROM pg_class"
      . " WHERE oid >= 16384 AND relkind IN ('r', 'm') AND relnamespace <> 'hotswap'::regnamespace;\n"
      . join '', map { "PREPARE $_->[0] AS $_->[1];\n" } [ counted => sprintf $scanned, 'pg_stat_get_xact' ], [ reported => sprintf $scanned, 'pg_stat_get' ],
      [ files => $replaced ], [ locks => $locks ];
}

# psql text that asks the analyzer, and which locks that took.
sub asking
{
    my ($text, @settings) = @_;
    return "BEGIN;\n" . join('', map { "SET LOCAL $_;\n" } @settings) . "\\echo ==said\n\\timing on\nSELECT $said FROM hotswap.analyze(\$corpus\$$text\$corpus\$);\n\\timing off\n"
      . $failed =~ s/failed/refused/r
      . "\\echo ==analyze_locks\n$locks_by_name AND mode <> 'AccessShareLock';\nROLLBACK;\n";
}

# psql text that runs the statement in a transaction and looks what it did. Counters are those of the session as long as it has
# not reported them, hence the difference; the locks are read first, because looking takes some.
sub observing
{
    my ($statement, @settings) = @_;
    return "BEGIN;\n" . join('', map { "SET LOCAL $_;\n" } @settings) . "\\echo ==before\nEXECUTE counted;\n\\o /dev/null\n$statement\n\\o\n$failed"
      . "\\echo ==locks\nEXECUTE locks;\n\\echo ==after\nEXECUTE counted;\n\\echo ==files\nEXECUTE files;\nROLLBACK;\n";
}

# The same without a transaction: the caller gives what comes right before and after, and sees the locks himself.
sub observing_alone
{
    my ($statement, $start, $end) = @_;
    return "\\echo ==before\nEXECUTE reported;\n$start\\o /dev/null\n$statement\n\\o\n$failed"
      . "SELECT pg_stat_force_next_flush() \\g /dev/null\n$end\\echo ==after\nEXECUTE reported;\n\\echo ==files\nEXECUTE files;\n";
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
# A file that was replaced by an empty one is emptied, not written anew. A scan counts when it read all rows, also
# through an index.
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
        my $oid = $_->[0];
        my $existing = $existed->{$oid} or next;
        my ($after, $was) = ($_, $before{$oid} // []);
        my ($scans, $returned, $index_scans, $index_returned) = map { ($after->[$_] || 0) - ($was->[$_] || 0) } 1 .. 4;
        $scans{$oid} = 1 if $scans > 0 && $returned >= $existing->{rows};
        # A few probes by the planner are among them; a look-up for each row is no scan.
        $scans{$oid} = 1 if $index_returned > 0 && $index_returned >= $existing->{rows} && $index_scans <= 10;
    }
    return { locks => \%locks, rewrites => \%rewrites, scans => \%scans };
}

1;
