# Story: the application does not notice. The primary key of 200,000 rows becomes a bigint while eight clients write as fast as they
# can, some with prepared statements; then it is taken back, and done again to its end. No client sees an error, no row differs.
# Traps: T16 (the application is never the victim), T20 (a pending lock blocks readers), T29 (the way back is open until the contract).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Rewrite;
use Test::More;

my $server = HotswapTest->new('load', conf => "hotswap.busy_share = 100\nhotswap.max_lock_time = 2s\nshared_buffers = 128MB\n");
my $name = $server->make_rewrite('orders', 200_000);
$server->sql("ALTER TABLE ${name}_plain ALTER COLUMN id TYPE bigint");
my $before = $server->schema_of([$name]);
my $prepared = "\\set a random(1, 200000)\nBEGIN;\nSELECT pg_advisory_xact_lock(1, :a::integer);\n"
  . join('', map { "SELECT v FROM $_ WHERE id = :a FOR UPDATE;\nUPDATE $_ SET n = n + 1 WHERE id = :a;\n" } $name, "${name}_mirror") . "END;\n";
my @loads = ($server->start_rewrite_load($name, clients => 6, rate => 0), $server->start_load($name, clients => 2, rate => 0, script => $prepared, arguments => [ '-M', 'prepared' ]));
$server->until_sql("SELECT count(*) > 100 FROM ${name}_mirror WHERE n > 0");

sub lock_of
{
    my ($id, $what) = @_;
    my $ms = $server->sql("SELECT round(lock_held_ms::numeric, 1) FROM hotswap._migration_steps WHERE migration_id = '$id' AND kind = 'switch_storage'");
    diag("$what: locks were held for $ms ms");
    cmp_ok($ms, '<', 2000, "$what: and not for longer than hotswap.max_lock_time");
    return;
}

sub to_the_contract
{
    my ($what) = @_;
    my $id = $server->start_bigint($name, '{"auto_switch": true}');
    ok($server->wait_phase($id, 'contract', 60), "$what: switched under load");
    lock_of($id, $what);
    is($server->type_of($name, 'id'), 'bigint', "$what: id is a bigint");
    is($server->differences($name), 0, "$what: mirror equal under load");
    return $id;
}

my $id = to_the_contract('forth');
$server->sql("SELECT hotswap.rollback('$id')");
ok($server->wait_state($id, 'rolled_back', 60), 'back: taken back under load (T29)');
lock_of($id, 'back');
$server->same_text($server->schema_of([$name]), $before, 'back: the schema is what it was');
is($server->differences($name), 0, 'back: mirror equal under load');
is($server->remains, '', 'back: nothing is left behind');

$id = to_the_contract('again');
$server->sql("SELECT hotswap.complete('$id')");
ok($server->wait_state($id, 'completed', 60), 'again: and to the end');
$_->stop for @loads;
is($_->errors, '', 'not one error of a client (T16)') for @loads;
$server->judge_rewrite('again', $name, type => 'bigint');
ok($server->wait_idle, 'no process of ours stays');

$server->stop;
done_testing();
