#!/usr/bin/env perl
# Throws broken, odd and huge SQL at hotswap.analyze and looks that it never crashes, leaves no lock and changes nothing. Not part
# of scripts/check, because it has no end. See README.md beside it.
#
#   tests/fuzz/analyze.pl [--seconds N] [--seed N] [--smith N] [--files GLOB [--only-files]] [--ask analyze|validate|plan|recommend] [--findings FILE]
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use Getopt::Long;
use List::Util qw(sum);
use Time::HiRes qw(time);
use lib "$FindBin::RealBin/../server/lib", "$FindBin::RealBin/lib";
use HotswapTest::Corpus;
use Mutation;
use Victim;

my %how = (seconds => 120, seed => time() % 1000000, smith => 300, ask => 'analyze', batch => 50, slow => 1000);
GetOptions(\%how, 'seconds=i', 'seed=i', 'smith=i', 'files=s', 'findings=s', 'batch=i', 'slow=i', 'ask=s', 'validate', 'only-files') or die "see the head of $0\n";
$how{ask} = 'validate' if $how{validate};
my $folder = "$FindBin::RealBin/../corpus";
my $victim = Victim->new("$folder/fixture.sql", $how{ask});
my @entries = corpus_of($folder);
my $mutation = Mutation->new($how{seed}, map { $_->{text} } @entries);
print "seed $how{seed}\n";

my (%states, @findings, $count, @slowest);
my $end = time() + $how{seconds};
my @given = (given_files($how{files}), smith($how{smith}));
while (time() < $end)
{
    last if $how{'only-files'} && !@given;
    my @texts = @given ? splice(@given, 0, $how{batch}) : map { $mutation->next } 1 .. $how{batch};
    for my $result ($victim->try(@texts))
    {
        $count++;
        $states{ $result->{state} }++;
        push @findings, "$result->{problem}: $result->{text}" if $result->{problem};
        push @findings, sprintf '%.0f ms: %s', $result->{ms}, shortened($result->{text}) if $result->{ms} > $how{slow};
        @slowest = (sort { $b->{ms} <=> $a->{ms} } @slowest, $result)[ 0 .. (@slowest < 5 ? @slowest : 4) ];
    }
}
$victim->finish;

printf "%d texts, %d findings\n", $count, scalar @findings;
print join(', ', map { "$_: $states{$_}" } sort { $states{$b} <=> $states{$a} } keys %states), "\n";
printf "slowest: %.1f ms %s\n", $_->{ms}, shortened($_->{text}) for @slowest;
if ($how{findings})
{
    open my $out, '>', $how{findings} or die "$how{findings}: $!";
    print $out "$_\n\n" for @findings;
}
else { print "$_\n" for map { shortened($_) } @findings }
exit(@findings ? 1 : 0);

sub shortened
{
    my ($text) = @_;
    $text =~ s/\s+/ /g;
    return length $text > 200 ? substr($text, 0, 200) . '...' : $text;
}

# Statements of other people's files, one by one and each file as a script.
sub given_files
{
    my ($glob) = @_;
    my @texts;
    for my $path ($glob ? glob $glob : ())
    {
        open my $in, '<', $path or die "$path: $!";
        local $/;
        my $text = <$in>;
        # Rows of COPY, and commands of psql.
        $text =~ s/^(copy\b[^;]*?\bfrom\s+stdin\b[^;]*;\s*\n).*?^\\\.$/$1/gmsi;
        $text =~ s/^\\.*$//mg;
        $text =~ tr/\0//d;
        push @texts, $text if length $text < 200_000;
        push @texts, map { "$_;" } grep { /\S/ } split /;\s*\n/, $text;
    }
    return @texts;
}

# What sqlsmith makes of the fixture.
sub smith
{
    my ($many) = @_;
    return if !$many || system('command -v sqlsmith >/dev/null') != 0;
    my $target = $victim->smith_connection;
    my $out = `sqlsmith --target='$target' --dry-run --exclude-catalog --max-queries=$many --seed=$how{seed} 2>/dev/null`;
    my @queries = grep { /\S/ } split /;\s*\n/, $out;
    printf "%d queries of sqlsmith\n", scalar @queries;
    return @queries;
}
