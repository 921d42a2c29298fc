# Story: nobody can tell a migration from the statement. Random tables, with all that a table can have, and random rewriting ALTERs:
# what hotswap makes of them is, in a dump and in the catalog, what PostgreSQL makes of them; and what hotswap takes back is what
# was there before. tests/long does the same with more tables. SEED=n CASES=1 repeats one case.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Equality;

HotswapTest::Equality::test('equality', $ENV{SEED} || 1000, $ENV{CASES} || 25);
