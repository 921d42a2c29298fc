# The questions that can be put to the extension about a text, as SQL with %s for the quoted text. None of them changes anything.
# SPDX-License-Identifier: PostgreSQL
package Ask;

use strict;
use warnings;

my %calls = (
    analyze => 'SELECT count(*) FROM hotswap.analyze(%s);',
    validate => q{SELECT hotswap.validate(%s, '{"data": true, "budget": "1 s"}') IS NULL;},
    plan => 'SELECT count(*) FROM hotswap.plan(%s);',
    recommend => 'SELECT count(*) FROM hotswap.recommend(%s);');

sub call { return $calls{ $_[0] } // die "do not know how to ask for $_[0]: " . join(', ', sort keys %calls) . "\n" }

# Dollar quotes that the text does not end itself.
sub quoted
{
    my ($text) = @_;
    my $tag = 'fuzz';
    $tag .= 'z' while index($text, "\$$tag\$") >= 0;
    return "\$$tag\$$text\$$tag\$";
}

# Errors of the server's insides, of resources, of locks and time are none that a text may cause.
sub forbidden { return $_[0] =~ /^(?:XX|58|57|55|40|53|25|P0|HV|F0)/ }

1;
