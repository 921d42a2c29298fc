# Names that need care: most are plain, some need quotes, fill all 63 bytes, or hold what a careless formatter would expand.
# One object gives the names of one case, and no name twice. Everything else takes names quoted, through quoted().
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomName;

use strict;
use warnings;

use HotswapTest::Dice;
use Exporter qw(import);
our @EXPORT_OK = qw(literal quoted);

my @keywords = qw(select user table order group column limit end primary new old);

sub new
{
    my ($class) = @_;
    return bless { number => 0 }, $class;
}

# A new name that contains the word, unquoted.
sub name
{
    my ($self, $word) = @_;
    my $n = ++$self->{number};
    my $style = weighted([ 70, 'plain' ], [ 5, 'space' ], [ 5, 'upper' ], [ 4, 'quote' ], [ 5, 'long' ], [ 5, 'unicode' ], [ 3, 'format' ], [ 3, 'keyword' ]);
    return "$word$n" if $style eq 'plain';
    return ucfirst($word) . " no $n" if $style eq 'space';
    return uc "$word$n" if $style eq 'upper';
    return pick("$word\"$n\"", "$word'$n", "$word\\$n", "$word.$n", "$word,($n)") if $style eq 'quote';
    return substr("${word}_${n}_" . 'abcdefghij' x 7, 0, between(58, 63)) if $style eq 'long';
    return pick("größe_${word}_$n", "列$n", "naïve $word $n") if $style eq 'unicode';
    return pick("{}$word$n", "%s $n", "\$1 $n", "$word:$n", "$word \$\$ $n") if $style eq 'format';
    my $keyword = shift @{ $self->{keywords} ||= [ shuffled(@keywords) ] };
    return $keyword // "$word$n";
}

# As an identifier in SQL.
sub quoted
{
    my ($name) = @_;
    return $name if $name =~ /^[a-z]+[0-9]+$/;
    (my $text = $name) =~ s/"/""/g;
    return "\"$text\"";
}

# As a string constant in SQL.
sub literal
{
    my ($text) = @_;
    $text =~ s/'/''/g;
    return $text =~ s/\\/\\\\/g ? " E'$text'" : "'$text'";
}

1;
