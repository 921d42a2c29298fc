# Story: the primary is lost in the middle of a backfill and its standby is promoted. All state is in tables, so the new primary
# has it: it takes the migration over and finishes it. Before that, as a standby, it can be looked at and says clearly that
# nothing can be started on it.
# Traps: T13 (ends), T31 (no left-overs on the new primary), T37 (standby promotion), T38 (a standby cannot be migrated by itself).
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HotswapTest;
use PostgreSQL::Test::Cluster;
use Test::More;

# Flags: a session that stays on the standby, in one transaction, follows the commits of the primary.
sub flags_on_standby
{
    my ($primary, $standby_node) = @_;
    my ($in, $out) = ("BEGIN;\n", '');
    my @command = ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $standby_node->connstr('postgres'));
    my $session = IPC::Run::start(\@command, '<', \$in, '>', \$out, IPC::Run::timeout(60));
    my $answer = sub {
        $out = '';
        $in .= "SELECT hotswap.check_feature_flag('f', 1);\n";
        $session->pump until $out =~ /\n/;
        return $out =~ s/\n//r;
    };
    is($answer->(), 'f', 'flags: there is none yet on the standby');
    for my $share (100, 0, 100)
    {
        $primary->sql("INSERT INTO hotswap._migration_feature_flags (flag_name, enabled, rollout_percentage) VALUES ('f', true, $share)"
              . " ON CONFLICT (flag_name) DO UPDATE SET rollout_percentage = $share");
        $primary->node->wait_for_catchup($standby_node);
        is($answer->(), $share ? 't' : 'f', "flags: $share % is the answer on the standby, too");
    }
    $in .= "\\q\n";
    $session->finish;
    return;
}

for my $preload (1, 0)
{
    my $title = $preload ? 'preloaded' : 'not preloaded';
    note "---- $title";
    my $primary = HotswapTest->new("primary_$preload", preload => $preload, streaming => 1);
    my $name = $primary->make_pair('orders');
    $primary->sql("ALTER TABLE ${name}_plain ALTER COLUMN v TYPE bigint");
    $primary->node->backup('base');
    my $standby_node = PostgreSQL::Test::Cluster->new("standby_$preload");
    $standby_node->init_from_backup($primary->node, 'base', has_streaming => 1);
    $standby_node->start;
    my $standby = $primary->on_node($standby_node);

    my $load = $primary->start_load($name);
    $primary->stop_at('chunk_after_commit:3');
    my $id = $primary->start_migration("ALTER TABLE $name ALTER COLUMN v TYPE bigint",
        strategy => 'dual_write', options => '{"batch_size": 2000, "auto_contract": true}');
    ok($primary->wait_for_stop('chunk_after_commit'), "$title: the backfill is half way on the primary");
    $load->stop;
    is($load->errors, '', "$title: the application saw no error");
    $primary->node->wait_for_catchup($standby_node);

    is($standby->sql("SELECT state FROM hotswap.status('$id')"), 'running', "$title: the standby shows the migration");
    like($standby->sql("SELECT phase FROM hotswap.progress('$id')"), qr/migrate/, "$title: and its phase");
    is($standby->sql("SELECT count(*) FROM hotswap.v_zero_downtime_status"), 1, "$title: the view works there, too");
    my @plan = split /\n/, $standby->ask("SELECT kind FROM hotswap.plan('ALTER TABLE ${name}_mirror ALTER COLUMN v TYPE bigint', 'dual_write')") // '';
    cmp_ok(scalar @plan, '>', 3, "$title: a plan is read-only, so it can be made on a standby");
    like($standby->error_of("SELECT hotswap.start('ALTER TABLE ${name}_mirror ALTER COLUMN v TYPE bigint')"),
        qr/ERROR:  25006: .*standby/, "$title: hotswap.start on a standby is refused (T38)");
    like($standby->error_of("SELECT hotswap.$_('$id')"), qr/ERROR:  25006: /, "$title: hotswap.$_ on a standby is refused (T38)")
      for qw(pause cancel rollback);
    is($standby->sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'hotswap (conductor|executor)'"), 0,
        "$title: nobody is at work on the standby");

    flags_on_standby($primary, $standby_node) if $preload;

    my @finished = $standby->finished_chunks($id);
    cmp_ok(scalar @finished, '>=', 2, "$title: finished chunks have arrived");
    $primary->write_stop_point('');
    $primary->kill_server;
    my $file = $standby_node->data_dir . '/stop_point.conf';
    unlink $file;
    $standby_node->promote;
    $standby->until_sql('SELECT NOT pg_is_in_recovery()');
    my $new_load = $standby->start_load($name);
    $standby->sql('SELECT * FROM hotswap.status()') unless $preload;
    ok($standby->wait_state($id, 'completed'), $preload ? "$title: the new primary finishes it by itself (T37)" : "$title: the new primary finishes it after one look (T37)");
    my %chunks = map { $_ => 1 } $standby->finished_chunks($id);
    is(join("\n", grep { !$chunks{$_} } @finished), '', "$title: no finished chunk is done again");
    $new_load->stop;
    is($new_load->errors, '', "$title: the application saw no error on the new primary");
    is($standby->mirror_diff($name), 0, "$title: mirror equal on the new primary");
    is($standby->shape($name), $standby->shape("${name}_plain"), "$title: the shape is that of the plain ALTER");
    is($standby->leftovers, '', "$title: nothing is left behind (T31)");
    ok($standby->wait_idle, "$title: no process of ours stays");
    $standby->stop;
}

done_testing();
