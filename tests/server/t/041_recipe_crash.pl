# Story: a worker is killed in the middle of a recipe: while rows of a new serial column are being filled, and around a REINDEX. Each
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
    my ($point, $ddl, $what) = @_;
    $server->stop_at($point);
    my $id = $server->start_migration($ddl);
    my $pid = $server->wait_for_stop($point);
    ok($pid && $server->kill9($pid, ''), "$what: killed at $point");
    $server->stop_at('');
    ok($server->wait_state($id, 'completed'), "$what: completed");
    is($server->leftovers, '', "$what: nothing is left behind");
    return $id;
}

$server->make_pair('filled', 20_000);
crash_at('chunk_before_commit:2', 'ALTER TABLE filled ADD COLUMN s bigserial', 'fill');
is($server->sql('SELECT count(*) = count(DISTINCT s) AND count(s) = count(*) FROM filled'), 't', 'fill: every row has a value of its own');
is($server->sql("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'filled'::regclass AND attname = 's'"), 't', 'fill: NOT NULL');

$server->make_pair('built', 1000);
for my $point ('index_before_build', 'index_before_record')
{
    crash_at($point, 'REINDEX TABLE built', 'reindex');
}
is($server->sql("SELECT count(*) FROM pg_index WHERE indrelid = 'built'::regclass"), 2, 'reindex: the indexes are those of before');

$server->stop;
done_testing();
