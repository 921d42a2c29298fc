# The dice of the random tests: everything that is drawn is drawn here, from Perl's own generator, so that the seed given to
# begin() tells the whole case. Never ask for the keys of a hash unsorted between begin() and the last throw.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Dice;

use strict;
use warnings;

use Digest::MD5 qw(md5);
use Exporter qw(import);
our @EXPORT = qw(begin between chance pick shuffled some weighted);

# From here on all throws follow from the seed. Neighbouring seeds would give similar first throws, so it is mixed.
sub begin
{
    my ($seed) = @_;
    srand(unpack 'N', md5($seed));
    return;
}

# True in so many of a hundred throws.
sub chance { return rand(100) < $_[0] }

sub between
{
    my ($from, $to) = @_;
    return $from + int(rand($to - $from + 1));
}

sub pick { return $_[ int(rand(@_)) ] }

sub shuffled
{
    my @list = @_;
    for (my $i = @list; --$i > 0;)
    {
        my $j = int(rand($i + 1));
        @list[ $i, $j ] = @list[ $j, $i ];
    }
    return @list;
}

# At most that many of the list, in random order.
sub some
{
    my ($n, @list) = @_;
    @list = shuffled(@list);
    return @list > $n ? @list[ 0 .. $n - 1 ] : @list;
}

# One of [weight, result] pairs.
sub weighted
{
    my $sum = 0;
    $sum += $_->[0] for @_;
    my $at = rand($sum);
    for my $pair (@_)
    {
        return $pair->[1] if ($at -= $pair->[0]) < 0;
    }
    return $_[-1][1];
}

1;
