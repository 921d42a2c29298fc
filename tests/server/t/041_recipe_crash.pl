# Story: a worker is killed in the middle of a recipe: while rows of a new serial column are being filled, around a REINDEX and a DETACH,
# and in a chunk of an UPDATE. Each
# time the migration ends as if nothing had happened, every row has one value of its own, and no invalid index is left.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('recipe_crash', preload => 1);

sub crash_at
{
    my ($point, $ddl, $what, $options) = @_;
    $server->stop_at($point);
    my $id = $server->start_migration($ddl, options => $options || '{}');
    my $pid = $server->wait_for_stop($point);
    ok($pid && $server->kill9($pid, ''), "$what: killed at $point");
    $server->stop_at('');
    ok($server->wait_state($id, 'completed'), "$what: completed");
    is($server->leftovers, '', "$what: nothing is left behind");
    return $id;
}

$server->make_pair('filled', 20_000);
crash_at('rows_before_commit:2', 'ALTER TABLE filled ADD COLUMN s bigserial', 'fill');
is($server->sql('SELECT count(*) = count(DISTINCT s) AND count(s) = count(*) FROM filled'), 't', 'fill: every row has a value of its own');
is($server->sql("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'filled'::regclass AND attname = 's'"), 't', 'fill: NOT NULL');

$server->make_pair('built', 1000);
for my $point ('reindex_before_build', 'reindex_before_record')
{
    crash_at($point, 'REINDEX TABLE built', 'reindex');
}
is($server->sql("SELECT count(*) FROM pg_index WHERE indrelid = 'built'::regclass"), 2, 'reindex: the indexes are those of before');

$server->make_pair('counted', 20_000);
my $sum = $server->sql('SELECT sum(n) FROM counted');
for my $point ('rows_selected:2', 'rows_before_commit:2', 'rows_after_commit:2', 'rows_last_look')
{
    crash_at($point, 'UPDATE counted SET n = n + 1', "rows, $point", '{"batch_size": 1000}');
}
is($server->sql('SELECT sum(n) FROM counted') - $sum, 4 * 20_000, 'rows: each row is changed once by each statement');

$server->sql('CREATE TABLE years (id integer, year integer) PARTITION BY LIST (year); CREATE TABLE years_1 PARTITION OF years FOR VALUES IN (1); CREATE TABLE years_2 PARTITION OF years FOR VALUES IN (2)');
for my $pair ([ 'detach_before', 'years_1' ], [ 'detach_before_record', 'years_2' ])
{
    crash_at($pair->[0], "ALTER TABLE years DETACH PARTITION $pair->[1]", 'detach');
    is($server->sql("SELECT count(*) FROM pg_inherits WHERE inhrelid = '$pair->[1]'::regclass"), 0, "detach: $pair->[1] is by itself");
}

$server->stop;
done_testing();
