# Carries random cases out on one server and compares. Each case is made by the same SQL in three databases: `plain` gets the
# ALTER TABLE itself, `swapped` the same by hotswap to its end, `back` by hotswap until it waits before its contract, and then
# hotswap.rollback. Afterwards swapped must be equal to plain, and back to what it was before.
#
# Some cases are run at a time, as most of a migration is waiting. One object a test.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Equality;

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

use HotswapTest;
use HotswapTest::Census;
use HotswapTest::RandomCase;

our @lanes = qw(plain swapped back);

# A whole test: the server, so many cases from that seed, and the verdict. The environment may change how; see tests/long/README.md.
sub test
{
    my ($name, $seed, $cases) = @_;
    # Nobody else is at work, so nobody has to be spared.
    my @conf = ('max_worker_processes = 64', 'max_connections = 100', 'wal_level = logical', 'max_locks_per_transaction = 256', 'hotswap.busy_share = 100');
    my $server = HotswapTest->new($name, conf => join "\n", @conf, '');
    diag("cases $seed to " . ($seed + $cases - 1));
    my %how = (jobs => $ENV{JOBS} || 8, strategy => $ENV{STRATEGY} || 'online_rewrite', keep => $ENV{KEEP}, only_plain => $ENV{ONLY_PLAIN});
    my $self = HotswapTest::Equality->new($server, %how);
    $self->run($seed, $cases);
    $self->verdict($cases);
    $server->stop;
    done_testing();
    return;
}

# server: a HotswapTest. how: jobs (cases at a time), seconds (patience with one migration), strategy, keep (directory that is
# not deleted), only_plain (the way of `swapped` is the plain one, too: a test of the generator, not of hotswap)
sub new
{
    my ($class, $server, %how) = @_;
    my $self = bless { server => $server, jobs => 8, seconds => 2 * $HotswapTest::patience, strategy => 'online_rewrite', %how, count => {}, reasons => {}, failures => 0 }, $class;
    $self->{directory} = $how{keep} || $server->node->basedir . '/equality';
    make_path($self->{directory});
    my $version = $server->sql('SHOW server_version_num');
    $server->sql($HotswapTest::RandomSchema::prelude);
    $server->sql($HotswapTest::RandomSchema::tablespace) if $version >= 150000;
    $server->sql('CREATE DATABASE eq_template');
    my $has = sub { $server->sql("SELECT count(*) FROM pg_available_extensions WHERE name = '$_[0]'") };
    $self->{amcheck} = $has->('amcheck') && !$ENV{NO_AMCHECK};
    my $node = $server->node;
    $node->safe_psql('eq_template', "CREATE EXTENSION hotswap; SELECT hotswap.allow('eq_owner');" . ($self->{amcheck} ? 'CREATE EXTENSION amcheck' : ''));
    $self->{can} = {
        version => $version, tablespace => $version >= 150000, strategy => $self->{strategy}, seconds => $self->{seconds},
        icu => $server->sql("SELECT count(*) FROM pg_collation WHERE collname = 'en-x-icu'"),
        lz4 => $server->sql("SELECT count(*) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"),
        bloat => $server->sql("SELECT count(*) FROM pg_proc WHERE pronamespace = 'hotswap'::regnamespace AND proname = 'start_rewrite'") ? 1 : 0,
    };
    open my $out, '>', "$self->{directory}/census.sql" or die "census.sql: $!";
    print $out HotswapTest::Census::sql($self->{amcheck});
    close $out;
    return $self;
}

# ---- running --------------------------------------------------------------------------------------------------------

# So many cases, the n-th from seed + n.
sub run
{
    my ($self, $seed, $cases) = @_;
    for (my $done = 0; $done < $cases; $done += $self->{jobs})
    {
        my $last = $done + $self->{jobs} - 1;
        $last = $cases - 1 if $last >= $cases;
        my @batch = map { $self->prepare($_) } $seed + $done .. $seed + $last;
        $self->carry_out(@batch);
        for my $run (@batch)
        {
            $self->judge($run);
            ++$self->{count}{ $run->{outcome} };
            $self->report($run) if $run->{outcome} =~ /^failed/;
            remove_tree($run->{directory}) unless $self->{keep} || $run->{outcome} =~ /^failed/;
        }
    }
    return;
}

sub prepare
{
    my ($self, $seed) = @_;
    my $case = HotswapTest::RandomCase->new($seed, %{ $self->{can} });
    my $run = { seed => $seed, case => $case, directory => "$self->{directory}/$seed", failed => [], lane => { map { ($_ => "eq_${seed}_$_") } @lanes } };
    make_path($run->{directory});
    my %scripts = (setup => $case->setup, plain => $case->plain, without_views => $case->plain(1), swapped => $case->hotswap(0), back => $case->hotswap(1));
    $scripts{swapped} = $scripts{plain} if $self->{only_plain};
    for my $name (sort keys %scripts)
    {
        open my $out, '>', "$run->{directory}/$name.sql" or die "$name.sql: $!";
        print $out $scripts{$name};
        close $out;
    }
    return $run;
}

# Programs at the same time: [ run, key of the result, command, file of the output ]. Each result: { ok, error, file }.
sub together
{
    my ($self, @tasks) = @_;
    my $node = $self->{server}->node;
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    local $ENV{PGOPTIONS} = '-c statement_timeout=' . ($self->{seconds} + 30) . 's';
    my @started;
    for my $task (@tasks)
    {
        my ($run, $key, $command, $file) = @$task;
        my $result = $run->{$key} = { file => $file };
        my $handle = IPC::Run::start($command, '<', \undef, '>', $file, '2>', "$file.err");
        push @started, [ $handle, $result ];
    }
    for (@started)
    {
        my ($handle, $result) = @$_;
        $handle->finish;
        $result->{ok} = ($handle->full_results)[0] == 0;
        $result->{error} = slurp_file("$result->{file}.err");
    }
    return;
}

sub psql
{
    my ($self, $run, $lane, $key, $script) = @_;
    return [ $run, $key, [ 'psql', '-XAtq', '-d', $run->{lane}{$lane}, '-f', $script ], "$run->{directory}/$key.out" ];
}

# Dump and census of a lane; the names of the results begin with the word.
sub look
{
    my ($self, $run, $lane, $word) = @_;
    return (
        [ $run, "$word dump", [ @HotswapTest::Census::dump, $run->{lane}{$lane} ], "$run->{directory}/$word.dump" ],
        $self->psql($run, $lane, "$word census", "$self->{directory}/census.sql"));
}

sub carry_out
{
    my ($self, @batch) = @_;
    my $node = $self->{server}->node;
    my @back = $self->{only_plain} ? () : 'back';
    my @used = ('plain', 'swapped', @back);
    my $databases = sub { my ($text) = @_; $node->safe_psql('postgres', join ";\n", map { my $run = $_; map { sprintf $text, $run->{lane}{$_} } @used } @batch) };
    $databases->('CREATE DATABASE %s TEMPLATE eq_template');

    $self->together(map { my $run = $_; map { $self->psql($run, $_, "setup $_", "$run->{directory}/setup.sql") } @used } @batch);
    my @made = grep { my $run = $_; !grep { !$run->{"setup $_"}{ok} } @used } @batch;
    $self->together(map { my $run = $_; map { $self->look($run, $_, 'before') } @back ? 'back' : 'plain' } @made);
    $self->together(map { my $run = $_; map { $self->psql($run, $_, $_, "$run->{directory}/$_.sql") } @used } @made);
    # Views on columns that change are hotswap's own business; PostgreSQL has to be helped.
    my @helped = grep { !$_->{plain}{ok} && $_->{plain}{error} =~ /used by a view or rule/ && $_->{case}{alter}{views} } @made;
    $_->{helped} = 1 for @helped;
    $self->together(map { $self->psql($_, 'plain', 'plain', "$_->{directory}/without_views.sql") } @helped);
    if ($self->{only_plain})
    {
        $self->together(map { $self->psql($_, 'swapped', 'swapped', "$_->{directory}/without_views.sql") } @helped);
        $_->{swapped}{state} = [ [ $_->{swapped}{ok} ? 'completed' : 'failed', '', '' ] ] for @made;
    }
    $self->together(map { my $run = $_; map { $self->look($run, $_, $_) } @used } @made);
    $databases->('DROP DATABASE %s WITH (FORCE)');
    return;
}

# ---- judging --------------------------------------------------------------------------------------------------------

# The error of a script as "SQLSTATE: message"; empty when there was none.
sub error_of
{
    my ($result) = @_;
    return '' if $result->{ok};
    return $result->{error} =~ /(?:ERROR|FATAL|PANIC):\s+(\w{5}: .*)/ ? $1 : "no error: $result->{error}";
}

# What to count a refusal under: the message without its names.
sub reason
{
    my ($error, $messages) = @_;
    # Names may hold quotes of their own, doubled or not.
    $error =~ s/ ".*"/ "..."/;
    my ($detail) = ($messages // '') =~ /^(?:.*\n)*?.*(?:ERROR).*\nDETAIL:  (.*)/;
    $detail //= '';
    $detail =~ s/".*"/"..."/;
    return $detail eq '' ? $error : "$error: $detail";
}

# The states a script of hotswap told of.
sub states
{
    my ($run, $lane) = @_;
    my $result = $run->{$lane};
    return @{ $result->{state} } if $result->{state};
    return map { /^state (\S+) (\S+) (.*)/ ? [ $1, $2, $3 ] : () } split /\n/, slurp_file($result->{file});
}

sub judge
{
    my ($self, $run) = @_;
    $run->{outcome} = $self->outcome($run);
    return;
}

sub outcome
{
    my ($self, $run) = @_;
    for my $lane (@lanes)
    {
        my $setup = $run->{"setup $lane"} or next;
        return "failed: setup: " . error_of($setup) unless $setup->{ok};
    }
    my ($plain, $swapped) = map { error_of($run->{$_}) } qw(plain swapped);
    my @swapped = states($run, 'swapped');
    my $state = @swapped ? $swapped[-1][0] : '';
    $run->{strategy} = @swapped ? $swapped[-1][1] : '';
    $self->{plain_errors}{ reason($plain) }++ if $plain;
    $self->{refused_plainly}++ if $plain;
    return $self->only_refused($run, $plain, $swapped, @swapped) if $plain;

    if ($swapped =~ /^(?:0A000|42501)/)
    {
        my $back = $self->{only_plain} ? $swapped : error_of($run->{back});
        return "failed: refused in one of two databases" if $back ne $swapped;
        ++$self->{reasons}{ reason($swapped, $run->{swapped}{error}) };
        return $self->unchanged($run, 'refused');
    }
    return "failed: swapped: $swapped" if $swapped;
    return "failed: swapped: $state: $swapped[-1][2]" if $state ne 'completed';
    ++$self->{strategies}{ $run->{strategy} };
    return 'failed: swapped is not equal' if $self->differs($run, 'plain', 'swapped', @{ $run->{case}{alter}{masked} });
    return $run->{helped} ? 'equal, views made again' : 'equal' if $self->{only_plain};

    my $back = error_of($run->{back});
    return "failed: back: $back" if $back;
    my @back = states($run, 'back');
    return "failed: back: $back[0][0] instead of awaiting: $back[0][2]" if $back[0][0] ne 'awaiting';
    return "failed: back: $back[-1][0] instead of rolled_back: $back[-1][2]" if $back[-1][0] ne 'rolled_back';
    return 'failed: back is not equal' if $self->differs($run, 'before', 'back');
    return $run->{helped} ? 'equal, views made again' : 'equal';
}

# PostgreSQL does not do it at all, so hotswap must not either, and leave everything as it was.
sub only_refused
{
    my ($self, $run, $plain, $swapped, @swapped) = @_;
    return "failed: only hotswap does it, PostgreSQL says $plain" if !$swapped && $swapped[-1][0] eq 'completed';
    # A conversion that fails for a value pauses the migration with the value named: that is a refusal, too.
    return $swapped || $self->{only_plain} ? $self->unchanged($run, 'refused by both') : 'refused by both, stopped';
}

# A refusal changes nothing.
sub unchanged
{
    my ($self, $run, $outcome) = @_;
    return $outcome if $self->{only_plain};
    return $self->differs($run, 'before', 'swapped') ? 'failed: refused, but changed' : $outcome;
}

# True when two looks are not equal; then the difference is kept for the report.
sub differs
{
    my ($self, $run, $one, $two, @masked) = @_;
    for my $word ($one, $two)
    {
        for my $what ('dump', 'census')
        {
            my $result = $run->{"$word $what"};
            $result->{text} = [ $what eq 'dump' && $result->{ok} ? HotswapTest::Census::of_dump($result->{file}, @masked) : split /\n/, slurp_file($result->{file}) ];
            push @{ $result->{text} }, "$what failed: $result->{error}" if !$result->{ok} || $what eq 'census' && $result->{error};
        }
        open my $out, '>', "$run->{directory}/$word.text" or die "$word.text: $!";
        print $out map { "$_\n" } @{ $run->{"$word dump"}{text} }, @{ $run->{"$word census"}{text} };
        close $out;
    }
    my $diff = '';
    IPC::Run::run([ 'diff', '-U', '2', "$run->{directory}/$one.text", "$run->{directory}/$two.text" ], '>', \$diff);
    return 0 if $diff eq '' && !grep { !$run->{"$_ census"}{ok} || !$run->{"$_ dump"}{ok} } $one, $two;
    $run->{diff} = $diff || 'a look failed: ' . join '', map { ($run->{"$one $_"}{error}, $run->{"$two $_"}{error}) } qw(dump census);
    return 1;
}

# ---- telling --------------------------------------------------------------------------------------------------------

# All that is needed to see it again.
sub report
{
    my ($self, $run) = @_;
    ++$self->{failures};
    diag("case $run->{seed}: $run->{outcome}\nrepeat it with SEED=$run->{seed} CASES=1; its files are in $run->{directory}");
    return if $self->{failures} > 5;
    my @lines = split /\n/, $run->{diff} // '';
    my $more = @lines > 80 ? '... ' . (@lines - 80) . " more lines\n" : '';
    @lines = @lines[ 0 .. 79 ] if $more;
    diag(join('', map { substr($_, 0, 400) . "\n" } @lines) . $more) if @lines;
    for my $lane (grep { $run->{$_} && !$run->{$_}{ok} } @lanes)
    {
        # Without the notices of its way.
        diag("error of $lane:\n" . join "\n", grep { !/NOTICE:|^LOCATION:/ } split /\n/, $run->{$lane}{error});
    }
    diag($run->{case}->story($run->{helped}));
    return;
}

sub sum
{
    my ($self, $pattern) = @_;
    my $sum = 0;
    $sum += $self->{count}{$_} for grep { /$pattern/ } keys %{ $self->{count} };
    return $sum;
}

# The tests that are the verdict, and a line that says what was done.
sub verdict
{
    my ($self, $cases) = @_;
    my $list = sub { my ($of) = @_; join('', map { "\n    $of->{$_}  $_" } sort { $of->{$b} <=> $of->{$a} || $a cmp $b } keys %{ $of || {} }) };
    diag('equal ' . $self->sum('^equal') . ', refused ' . $self->sum('^refused$') . ', refused by both ' . $self->sum('^refused by both') . ', failed ' . $self->sum('^failed'));
    diag('outcomes:' . $list->($self->{count}));
    diag('strategies:' . $list->($self->{strategies})) if $self->{strategies};
    diag('refused by hotswap:' . $list->($self->{reasons})) if $self->sum('^refused$');
    diag('refused by PostgreSQL:' . $list->($self->{plain_errors})) if $self->{plain_errors};
    is($self->sum('^failed'), 0, "$cases cases: no difference and no unexpected error");
    cmp_ok($self->{refused_plainly} || 0, '<=', $cases > 10 ? $cases * 0.15 : $cases, 'the generator makes statements that PostgreSQL accepts');
    cmp_ok($self->sum('^refused$'), '<=', $cases > 10 ? $cases * 0.15 : $cases, 'hotswap refuses few of them');
    return;
}

1;
