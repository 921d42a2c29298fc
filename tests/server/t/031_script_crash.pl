# Story: a script of several statements is under way while the application writes, and processes die by SIGKILL: the executor that
# plans a part, the executor of a part, the conductor, and the server. The script goes on where it was, each part is planned once,
# and taken back as a whole it leaves the tables as they were.
# Traps: T13 (ends neither early nor never), T31 (no left-overs), T36 (the statements that refuse a transaction block are workers').
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use Test::More;

my $server = HotswapTest->new('script');

sub script_for
{
    my ($name) = @_;
    return <<"SQL";
BEGIN;
CREATE TABLE ${name}_extra (id bigserial PRIMARY KEY, item integer NOT NULL);
CREATE INDEX ON ${name}_extra (item);
ALTER TABLE $name ADD COLUMN extra integer;
CREATE INDEX ${name}_by_extra ON $name (extra);
ALTER TABLE $name ALTER COLUMN note SET DEFAULT 'none';
COMMIT;
SQL
}

# What of the catalog the script may change.
sub shape_around
{
    my ($name) = @_;
    return $server->shape($name) . $server->sql("SELECT to_regclass('${name}_extra') IS NOT NULL");
}

my %killed = (planning => 'part_begun', planned => 'part_before_commit', ddl => 'ddl_after_commit', index => 'index_built', end => 'conductor_before_finish:3');
for my $what (sort keys %killed)
{
    my $name = "s_$what";
    my $point = $killed{$what};
    $server->make_pair($name);
    my $before = shape_around($name);
    my $load = $server->start_load($name);
    $server->stop_at($point);
    my $id = $server->sql('SELECT hotswap.start($ddl$' . script_for($name) . "\$ddl\$, name => '$name')");
    my $pid = $server->wait_for_stop($point);
    ok($pid, "$what: somebody comes to $point") or last;
    ok($server->kill9($pid, ''), "$what: killed there, the server is back");
    ok($server->wait_state($id, 'completed'), "$what: goes on by itself to the end (T13)");
    is($server->sql("SELECT count(*) || ' ' || count(DISTINCT part_no) FROM hotswap._migrations WHERE script_id = '$id'"), '4 4', "$what: each part is planned once");
    is($server->sql("SELECT count(*) FROM pg_index WHERE indexrelid = '${name}_by_extra'::regclass AND indisvalid"), 1, "$what: the index is there and valid");

    # The way back, and a death there.
    $server->stop_at('ddl_before_commit');
    $server->sql("SELECT hotswap.rollback('$id')");
    $pid = $server->wait_for_stop('ddl_before_commit');
    ok($pid, "$what: somebody takes a part back");
    ok($server->kill9($pid, ''), "$what: killed there, the server is back");
    ok($server->wait_state($id, 'rolled_back'), "$what: is taken back to the end");
    $load->stop;
    is($load->errors, '', "$what: the application saw no error but the crash");
    is($server->mirror_diff($name), 0, "$what: mirror equal");
    is(shape_around($name), $before, "$what: the tables are as they were");
    is($server->leftovers, '', "$what: nothing is left behind (T31)");
    ok($server->wait_idle, "$what: no process of ours stays");
    $server->drop_pair($name);
}

$server->stop;
done_testing();
