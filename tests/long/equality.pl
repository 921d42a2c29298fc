# The story of tests/server/t/020_equality.pl with as many tables as asked for: equality.pl [CASES [SEED]], or CASES and SEED in the
# environment. Without a seed each run takes new ones. Not part of scripts/check.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../server/lib";
use HotswapTest;
use HotswapTest::Equality;
use Test::More;

my $cases = $ARGV[0] || $ENV{CASES} || 200;
my $seed = $ARGV[1] || $ENV{SEED} || time() % 1_000_000 * 1000;
HotswapTest::Equality::test('equality_long', $seed, $cases);
