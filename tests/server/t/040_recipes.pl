# Story: every recipe of tests/server/recipes is carried out by the workers while the application writes. The schema at the end
# is that of the plain statement; taken back at the end, before anything is dropped for good, it is the schema of before.
# HOTSWAP_RECIPES=regular expression runs some of them.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use HotswapTest::Recipe;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = HotswapTest->new('recipes', conf => <<'CONF');
max_worker_processes = 40
max_connections = 100
allow_in_place_tablespaces = on
# Whoever waits for a lock longer than deadlock_timeout is written into the log. The lock policy queues for 500 ms at most.
log_lock_waits = on
deadlock_timeout = 2s
log_line_prefix = '%m [%p] %a: '
CONF
my @cases = HotswapTest::Recipe::read_cases("$FindBin::RealBin/../recipes", $ENV{HOTSWAP_RECIPES});
my $directory = PostgreSQL::Test::Utils::tempdir();
my @refused = grep { $_->{refused} } @cases;
@cases = grep { !$_->{refused} } @cases;

$server->sql("CREATE TABLESPACE side LOCATION ''");
# there: forward to the end. back: as far as possible, then rolled back. plain: PostgreSQL alone.
$server->sql("CREATE DATABASE $_") for qw(there back plain);
HotswapTest::Recipe::query($server, $_, 'CREATE EXTENSION hotswap') for qw(there back);

# ---- refused ---------------------------------------------------------------------------------------------------------
for my $case (HotswapTest::Recipe::set_up($server, 'there', @refused))
{
    my ($code, $words) = split /\s+/, $case->{refused}, 2;
    my $id = HotswapTest::Recipe::start($server, 'there', $case);
    is($id, '', "$case->{name}: refused");
    like($case->{error}, qr/\b$code: /, "$case->{name}: with $code");
    like($case->{error}, qr/\Q$words\E/, "$case->{name}: and the reason") if defined $words;
}

# ---- there and back --------------------------------------------------------------------------------------------------
@cases = HotswapTest::Recipe::set_up($server, 'plain', @cases);
HotswapTest::Recipe::set_up($server, $_, @cases) for qw(there back);
my $before = HotswapTest::Recipe::dump_all($server, 'back');
HotswapTest::Recipe::run_all($server, 'plain', 'the plain statement', sub { HotswapTest::Recipe::path_of($_[0]) . ($_[0]{plain} // $_[0]{ddl}) },
    grep { $_->{end} !~ /^failed/ } @cases);
my $plain = HotswapTest::Recipe::dump_all($server, 'plain');

my %load = map { $_ => HotswapTest::Recipe::start_load($server, $_, $directory, @cases) } qw(there back);
HotswapTest::Recipe::start_all($server, 'there', 'there', '{}', @cases);
HotswapTest::Recipe::start_all($server, 'back', 'back', '{"bake": "1 hour"}', @cases);
@cases = grep { $_->{there} ne '' && $_->{back} ne '' } @cases;
my $moving = "'planned', 'running'";
my $there = HotswapTest::Recipe::settle($server, 'there', $moving, map { $_->{there} } @cases);
my $back = HotswapTest::Recipe::settle($server, 'back', $moving, map { $_->{back} } @cases);

for my $case (@cases)
{
    my ($wanted, $words) = split /\s+/, $case->{end}, 2;
    is($there->{ $case->{there} }, $wanted, "$case->{name}: $wanted") or HotswapTest::Recipe::explain($server, 'there', $case->{there});
    like(HotswapTest::Recipe::query($server, 'there', "SELECT reason FROM hotswap._migrations WHERE migration_id = '$case->{there}'"),
        qr/\Q$words\E/, "$case->{name}: the reason") if defined $words;
}

# What waits for a person goes on; what failed is taken back.
my @awaiting = grep { $there->{ $_->{there} } =~ /^(?:awaiting|baking)$/ } @cases;
my @failed = grep { $there->{ $_->{there} } eq 'failed' } @cases;
HotswapTest::Recipe::call($server, 'there', 'complete', map { $_->{there} } @awaiting);
HotswapTest::Recipe::call($server, 'there', 'rollback', map { $_->{there} } @failed);
my @returning = grep { $back->{ $_->{back} } !~ /^(?:completed|rolled_back)$/ } @cases;
HotswapTest::Recipe::call($server, 'back', 'rollback', map { $_->{back} } @returning);
my $end = HotswapTest::Recipe::settle($server, 'there', "$moving, 'rolling_back'", map { $_->{there} } @awaiting, @failed);
is($end->{ $_->{there} }, 'completed', "$_->{name}: completed") or HotswapTest::Recipe::explain($server, 'there', $_->{there}) for @awaiting;
is($end->{ $_->{there} }, 'rolled_back', "$_->{name}: taken back after it failed") or HotswapTest::Recipe::explain($server, 'there', $_->{there}) for @failed;
$end = HotswapTest::Recipe::settle($server, 'back', "$moving, 'rolling_back'", map { $_->{back} } @returning);
my %returned = map { $_->{name} => 1 } @returning;
for my $case (@cases)
{
    if (($case->{rollback} // '') eq 'no')
    {
        ok(!$returned{ $case->{name} } || $end->{ $case->{back} } ne 'failed', "$case->{name}: has no way back");
        next;
    }
    is($end->{ $case->{back} } // $back->{ $case->{back} }, 'rolled_back', "$case->{name}: rolled back")
      or HotswapTest::Recipe::explain($server, 'back', $case->{back});
}
is(HotswapTest::Recipe::stop_load($load{$_}) // '', '', "no client of the load saw an error ($_)") for qw(there back);
my @waited = grep { /\] pgbench: LOG:.* (?:still waiting for|acquired) .* after/ } split /\n/, slurp_file($server->node->logfile);
is(join("\n", @waited), '', 'no statement of the load waited longer than the lock policy allows');

my $after = HotswapTest::Recipe::dump_all($server, 'there');
my $restored = HotswapTest::Recipe::dump_all($server, 'back');
for my $case (@cases)
{
    my $schema = $case->{schema};
    my $goal = $case->{end} =~ /^failed/ ? $before : $plain;
    is($after->{$schema} // '', $goal->{$schema} // '', "$case->{name}: the schema is that of the plain statement");
    is(HotswapTest::Recipe::leftovers($server, 'there', $case), '', "$case->{name}: no leftovers");
    if ($case->{check} && $case->{end} !~ /^failed/)
    {
        is(HotswapTest::Recipe::query($server, 'there', HotswapTest::Recipe::path_of($case) . $case->{check}), 't', "$case->{name}: its own check");
    }
    next if ($case->{rollback} // '') eq 'no';
    is($restored->{$schema} // '', $before->{$schema} // '', "$case->{name}: taken back, the schema is that of before");
    is(HotswapTest::Recipe::leftovers($server, 'back', $case), '', "$case->{name}: taken back, no leftovers");
}

$server->stop;
done_testing();
