# Story: a stop point that nobody knows of is a place where nobody ever killed a process. So the list is the list: every name
# in the sources stands in stop_points.txt, every name of the list in the sources, and every one of them is used by a crash test.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use File::Find;
use FindBin;
use Test::More;

my $top = $ENV{TOP} || "$FindBin::RealBin/../../..";

sub text_of
{
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/ = undef;
    return <$in>;
}

my %in_sources;
find(
    {
        no_chdir => 1,
        wanted => sub {
            return unless /\.[ch]pp$/;
            my $text = text_of($_);
            push @{ $in_sources{$1} }, $File::Find::name while $text =~ /HOTSWAP_STOP\("(\w+)"\)/g;
        }
    },
    "$top/src", "$top/worker");

my (%in_list, @malformed);
for my $line (split /\n/, text_of("$FindBin::RealBin/../stop_points.txt"))
{
    if ($line =~ /^(\w+) +\S.*$/) { $in_list{$1} = 1; }
    else { push @malformed, $line; }
}

is("@malformed", '', 'every line is a name and what it marks');
is(join("\n", sort keys %in_list), join("\n", sort keys %in_sources), 'the list equals the stop points of the sources');
is(join("\n", grep { @{ $in_sources{$_} } > 1 } sort keys %in_sources), '', 'every name marks one place');

my $tests = join "\n", map { text_of($_) } grep { !/007/ } glob "$FindBin::RealBin/*.pl";
is(join("\n", grep { $tests !~ /\b$_\b/ } sort keys %in_list), '', 'every stop point is used by a test');

done_testing();
