#!/usr/bin/env perl
# Goes along files of SQL: asks hotswap about each statement in the very session and state that it is meant for, looks that the answer
# changed nothing, then runs the statement. For PostgreSQL's own regression suite. See README.md beside it.
#
#   tests/fuzz/along.pl [--ask analyze|validate|plan|recommend] [--slow MS] [--seconds N] [--findings FILE] FILE...
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use File::Basename qw(basename);
use FindBin;
use Getopt::Long;
use IO::Handle;
use Time::HiRes qw(time usleep);
use lib "$FindBin::RealBin/lib";
use Ask;
use Statements;

my %how = (ask => 'analyze', slow => 5000, seconds => 3600);
GetOptions(\%how, 'ask=s', 'slow=i', 'seconds=i', 'findings=s') or die "see the head of $0\n";
my $call = Ask::call($how{ask});
my $database = 'hotswap_along';
# psql's variables hold what was there before; single lines, so that the output can be read by them.
my $counts = join ' || ', map { "'$_ ' || (SELECT count(*) FROM pg_catalog.$_) || ' '" }
  qw(pg_class pg_attribute pg_constraint pg_type pg_proc pg_namespace pg_index pg_trigger pg_depend pg_policy pg_rewrite pg_statistic_ext pg_authid pg_prepared_statements pg_cursors);
my $filenodes = q{(SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', oid, relname, relnamespace, relfilenode, relkind, relnatts, relchecks), ';' ORDER BY oid)) FROM pg_catalog.pg_class WHERE oid >= 16384)};
my $settings = q{(SELECT pg_catalog.md5(pg_catalog.string_agg(name || '=' || setting, ';' ORDER BY name)) FROM pg_catalog.pg_settings)};
my $locks = q{(SELECT pg_catalog.string_agg(relation || ' ' || mode, ',' ORDER BY relation, mode) FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND relation >= 16384 AND mode <> 'AccessShareLock')};
my $look = "SELECT $counts || 'files ' || coalesce($filenodes, '-') || ' settings ' || coalesce($settings, '-') || ' user ' || current_user || ' locks ' || coalesce($locks, '-')";

run('postgres', "DROP DATABASE IF EXISTS $database WITH (FORCE);\nCREATE DATABASE $database;\n");
run($database, "CREATE EXTENSION hotswap;\nGRANT ALL ON SCHEMA public TO public;\n");
my (%states, @slowest, $count, $unwatched);
my $findings = 0;
# Written as they are found: one may want to look before the end.
my $out = \*STDOUT;
if ($how{findings}) { open $out, '>', $how{findings} or die "$how{findings}: $!" }
$out->autoflush(1);
my $end = time() + $how{seconds};
for my $path (@ARGV)
{
    last if time() > $end;
    go_along($path);
}
run('postgres', "DROP DATABASE IF EXISTS $database WITH (FORCE);\n");
printf "%s: %d files, %d statements, %d not watched, %d findings\n", $how{ask}, scalar @ARGV, $count, $unwatched // 0, $findings;
print join(', ', map { "$_: $states{$_}" } sort { $states{$b} <=> $states{$a} } keys %states), "\n";
print "slowest: $_->[0] ms $_->[1]\n" for @slowest;
exit($findings ? 1 : 0);

sub go_along
{
    my ($path) = @_;
    my @texts = Statements::of_file($path);
    # Loading a library defines settings.
    my $script = "LOAD 'hotswap';\nLOAD 'plpgsql';\n\\set ON_ERROR_ROLLBACK on\n";
    for my $i (0 .. $#texts)
    {
        $script .= "\n\\echo ==$i\n\\unset before\n$look AS before, pg_catalog.clock_timestamp() AS began \\gset\n" . sprintf($call, Ask::quoted($texts[$i]))
          . "\n\\echo state :SQLSTATE :LAST_ERROR_MESSAGE\n\\echo before :before\n$look AS after, (extract(epoch FROM pg_catalog.clock_timestamp() - :'began') * 1000)::integer AS ms \\gset\n\\echo after :after\n\\echo ms :ms\n"
          . ($texts[$i] =~ /\bfrom\s+stdin\b/i ? '' : "\\o /dev/null\n$texts[$i]\n\\o\n");
    }
    my $output = run($database, "$script\n\\echo ==end\n");
    my ($head, %part) = split /^==(\w+)\n/m, $output, -1;
    for my $i (0 .. $#texts)
    {
        my $part = $part{$i} // next;
        my $where = basename($path) . " statement $i";
        my ($state, $message) = $part =~ /^state (\w{5}) (.*)$/m ? ($1, $2) : ('lost', '');
        $count++;
        $states{ $state eq '00000' ? 'rows' : $state }++;
        finding("$where: error $state $message: $texts[$i]") if Ask::forbidden($state);
        my ($before, $after) = map { $part =~ /^$_ (pg_class .*)$/m ? $1 : undef } qw(before after);
        if (!defined $before || !defined $after) { $unwatched++ }
        elsif ($before ne $after) { finding("$where: changed\n  $before\n  $after\n$texts[$i]") }
        my $ms = $part =~ /^ms (\d+)$/m ? $1 : 0;
        finding("$where: $ms ms: $texts[$i]") if $ms > $how{slow};
        @slowest = (sort { $b->[0] <=> $a->[0] } @slowest, [ $ms, $where ])[ 0 .. (@slowest < 5 ? @slowest : 4) ];
    }
    return if exists $part{end};
    my ($last) = sort { $b <=> $a } grep { /^\d+$/ } keys %part;
    finding(basename($path) . ": the session was lost at or after: " . (defined $last ? $texts[$last] : 'its start') . "\n" . substr($output, -600));
    for (1 .. 100) { last if run('postgres', 'SELECT 1;') =~ /^1$/m; usleep(100_000) }
    return;
}

sub finding
{
    my ($text) = @_;
    $findings++;
    print $out "$text\n\n";
    return;
}

sub run
{
    my ($where, $script) = @_;
    my $name = "/tmp/hotswap_along.$$.sql";
    open my $file, '>', $name or die "$name: $!";
    print $file $script;
    close $file;
    local $ENV{PGOPTIONS} = '-c statement_timeout=60s -c lock_timeout=5s -c client_min_messages=error';
    my $output = `psql -XAtq -d $where -f $name 2>&1`;
    unlink $name;
    return $output;
}
