# Reads the corpus of the analyzer, tests/corpus/*.sql: statements, each with what it needs around it.
#
# A statement ends with a line that ends with ";". What stands in comments right before it:
#   -- set NAME = VALUE      for this statement only, both when it is analyzed and when it runs
#   -- setup: SQL;           run and committed before, on a copy; the analyzer sees only the result
#   -- script                all statements up to the next empty line are one text; the last one is judged
#   -- alone                 cannot run in a transaction block (most are known by their words)
#   -- fresh                 on a copy of its own; else those that do not run in one transaction share one, in order
#   -- opaque                cannot be known beforehand: counted apart
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Corpus;

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(corpus_of is_alone);

# All entries of a folder, fixture.sql apart, in order.
sub corpus_of
{
    my ($folder) = @_;
    my @entries;
    for my $path (sort glob "$folder/*.sql")
    {
        (my $name = $path) =~ s{.*/|\.sql$}{}g;
        push @entries, entries_of($path, $name) unless $name eq 'fixture';
    }
    return @entries;
}

sub entries_of
{
    my ($path, $name) = @_;
    open my $in, '<', $path or die "$path: $!";
    my (@entries, %next, @script, $text);
    my $finish = sub {
        my @statements = @_;
        my $last = pop @statements;
        push @entries,
          { file => $name, line => $., %next, earlier => [@statements], statement => $last, text => join("\n", @statements, $last), alone => $next{alone} || is_alone($last) };
        %next = ();
    };
    while (my $line = <$in>)
    {
        $line =~ s/\s+$//;
        if (defined $text) { $text .= "\n$line" }
        elsif ($line =~ /^-- set (.+)$/) { push @{ $next{settings} }, $1; next }
        elsif ($line =~ /^-- setup: (.+)$/) { push @{ $next{setup} }, $1; next }
        elsif ($line =~ /^-- (script|alone|fresh|opaque)$/) { $next{$1} = 1; next }
        elsif ($line eq '') { $finish->(splice @script) if @script; next }
        elsif ($line =~ /^--/) { next }
        else { $text = $line }
        next unless $text =~ /;$/;
        if ($next{script}) { push @script, $text }
        else { $finish->($text) }
        undef $text;
    }
    $finish->(@script) if @script;
    die "$path: ends within a statement" if defined $text;
    return @entries;
}

sub is_alone
{
    my ($statement) = @_;
    return 1 if $statement =~ /\bCONCURRENTLY\b/i && $statement !~ /^REFRESH/i;
    return $statement =~ /^(?:VACUUM\b|CLUSTER(?: VERBOSE)?;|CLUSTER \(VERBOSE\);|REINDEX(?: \(.*\))? (?:DATABASE|SCHEMA|SYSTEM)\b)/i ? 1 : 0;
}

1;
