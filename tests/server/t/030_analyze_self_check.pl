# Story: hotswap.analyze says what a statement would do, and it is what the statement does. Every statement of tests/corpus is run
# for real on scratch tables; the locks, rewrites and scans it caused are those that were announced.
#   CORPUS=regex   only entries whose "file:statement" matches      VERBOSE=1   each deviation, with what was observed
#   OBSERVE=1      all that was observed, without comparing
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::SelfCheck;
use Test::More;

my $test = HotswapTest->new('self_check', conf => "max_prepared_transactions = 200\nautovacuum = off\nwal_level = logical\nshared_preload_libraries = 'pg_stat_statements'");
my $check = HotswapTest::SelfCheck->new($test, "$FindBin::RealBin/../../corpus");
$check->run;

if ($ENV{OBSERVE}) { diag($_) for $check->observations }
if ($ENV{VERBOSE}) { diag($_) for $check->deviations }
note($check->summary);
note($check->speed);
my %figures = $check->figures;
cmp_ok($figures{statements}, '>=', 400, 'enough statements') unless $ENV{CORPUS};
is(join("\n", map { HotswapTest::SelfCheck::where($_) . ": $_->{problem}" } grep { $_->{problem} } $check->entries), '', 'every statement runs');
is(join("\n", map { HotswapTest::SelfCheck::where($_) . ": $_->{refused}" } grep { $_->{refused} } $check->entries), '', 'every statement can be analyzed');
is(join("\n", map { HotswapTest::SelfCheck::where($_) . ": $_->{held}" } grep { $_->{held} } $check->entries), '', 'the analyzer itself locks nothing');
is(join("\n", map { HotswapTest::SelfCheck::where($_) . ": $_->{odd}" } grep { $_->{odd} } $check->entries), '', 'every row is sound');
is($figures{under}, 0, 'no lock is under-predicted');
is($figures{rewrites}, 0, 'no rewrite is missed');
is($figures{scans}, 0, 'no scan is missed');
cmp_ok($figures{exact}, '>=', 0.99 * $figures{statements}, 'exact in at least 99 %');

# The strategy that analyze names, by rules, is the one that a plan takes. What becomes a script has one for each part; where no plan can be made, there is none to compare.
my @alike = grep { !$_->{setup} && !$_->{settings} && !@{ $_->{earlier} } } $check->entries;
my $other_strategies = $test->node->safe_psql('fixture', <<'SQL' . join(', ', map { "(\$st\$$_->{statement}\$st\$)" } @alike) . q{) s (statement)) t WHERE planned <> ALL (said || ARRAY['script'])});
CREATE FUNCTION planned_strategy(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT min(plan_strategy) FROM hotswap.plan(statement));
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;
SELECT statement, planned, said FROM (SELECT statement, planned_strategy(statement) AS planned, ARRAY(SELECT strategy FROM hotswap.analyze(statement)) AS said FROM (VALUES
SQL
cmp_ok(scalar(@alike), '>=', 400, 'enough to compare with plans') unless $ENV{CORPUS};
is($other_strategies, '', 'the strategy is the one that the plan takes');

# What pg_stat_statements knows of the traffic of a table is told, where it is installed.
my $counted = 'counted';
$test->sql("CREATE DATABASE $counted");
my $ask = sub { $test->node->safe_psql($counted, $_[0]) };
$ask->('CREATE EXTENSION hotswap; CREATE EXTENSION pg_stat_statements; CREATE TABLE bills (id int, sum int); CREATE TABLE other (id int);');
my $warnings = q{SELECT unnest(warnings) FROM hotswap.analyze('ALTER TABLE bills ADD COLUMN note text')};
unlike($ask->($warnings), qr/pg_stat_statements/, 'nothing reads all columns of the table');
$ask->('SELECT * FROM other; SELECT * FROM "bills" WHERE id = 5; SELECT id FROM bills;');
like($ask->($warnings), qr/pg_stat_statements knows one that reads all columns of bills: select \* from "bills" where id = \$1$/m, 'a statement that reads all columns is named');
$test->stop;
done_testing();
