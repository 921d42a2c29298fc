# The self-check of the analyzer: every statement of the corpus is first analyzed, then run for real and watched; the two are
# compared relation by relation.
#
# Compared are tables, views and what else holds rows or stands for them. Indexes, sequences and composite types are compared
# where the analyzer speaks of them, or the statement does (ALTER INDEX). A relation that the analyzer does not name, or with a
# weaker lock, is under-predicted, the other way round over-predicted. A heap that is written anew is read in full, too, so a scan
# of it is no question of its own.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::SelfCheck;

use strict;
use warnings;

use IPC::Run;
use HotswapTest::Alone;
use HotswapTest::Corpus;
use HotswapTest::Observation;

# test: a HotswapTest with room for prepared transactions; folder: tests/corpus
sub new
{
    my ($class, $test, $folder) = @_;
    my $self = bless { test => $test, entries => [ corpus_of($folder) ] }, $class;
    my $only = $ENV{CORPUS};
    $self->{entries} = [ grep { "$_->{file}:$_->{statement}" =~ /$only/ } @{ $self->{entries} } ] if $only;
    $test->sql('CREATE DATABASE fixture');
    $test->node->safe_psql('fixture', 'CREATE EXTENSION hotswap');
    my ($fixture, $errors) = ("$folder/fixture.sql", '');
    IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $test->node->connstr('fixture'), '-f', $fixture ], '>', '/dev/null', '2>', \$errors)
      or die "$fixture: $errors";
    return $self;
}

sub entries { return @{ $_[0]{entries} } }

# Runs everything. Each entry then has: sections (what psql printed), observed, deviations.
sub run
{
    my ($self) = @_;
    my $alone = HotswapTest::Alone->new($self->{test});
    my @together = grep { !needs_copy($_) } $self->entries;
    my $text = prelude() . relations_of('relations') . "\\echo ==end\n";
    $text .= asking($_->{text}, settings($_)) . observing($_->{statement}, settings($_)) . "\\echo ==end\n" for @together;
    # Rolled back is not without a trace: pages at the end of a table stay empty. So the fixture itself is only copied.
    my $psql = [ 'psql', '-XAtq', '-F', '|', '-d', $self->{test}->node->connstr($alone->copy), '-f', '-' ];
    my ($output, $errors) = ('', '');
    IPC::Run::run($psql, '<', \$text, '>', \$output, '2>', \$errors);
    $alone->drop_copy;
    my ($first, @rest) = split /^==end\n/m, $output;
    my $relations = sections_of($first)->{relations};
    die "psql stopped early: $errors" if @rest != @together;
    judge($_, { relations => $relations, %{ sections_of(shift @rest) } }) for @together;
    for my $entry (grep { needs_copy($_) } $self->entries)
    {
        $alone->drop_copy if $entry->{fresh};
        judge($entry, $alone->run(copy_text($entry), $entry->{alone}));
    }
    $alone->finish;
    return;
}

sub settings { return @{ $_[0]{settings} || [] } }
sub needs_copy { return $_[0]{alone} || $_[0]{setup} || @{ $_[0]{earlier} } }

# On a copy: what must be there first, the question, what the script does first, then the statement.
sub copy_text
{
    my ($entry) = @_;
    my $text = join('', map { "$_\n" } @{ $entry->{setup} || [] }) . relations_of('relations') . asking($entry->{text}, settings($entry))
      . join('', map { "SET $_;\n" } settings($entry)) . join('', map { "$_\n" } @{ $entry->{earlier} }) . relations_of('renamed');
    return $text . observing($entry->{statement}, settings($entry)) unless $entry->{alone};
    return $text . observing_alone($entry->{statement}, HotswapTest::Alone::start_text(), HotswapTest::Alone::end_text());
}

# Fills the entry with what was seen and in what it deviates from what was said.
sub judge
{
    my ($entry, $sections) = @_;
    my $existed = existed($sections->{relations});
    my $renamed = existed($sections->{renamed} || []);
    # What the earlier statements of the script did is not what the last one does.
    $existed->{$_}{file} = $renamed->{$_}{file} for grep { $renamed->{$_} } keys %$existed;
    my $seen = observation_of($sections, $existed);
    my $said = said($entry, $sections, { (map { $existed->{$_}{name} => $_ } keys %$existed), (map { $renamed->{$_}{name} => $_ } keys %$renamed) });
    my @deviations;
    my $deviate = sub { my ($kind, $oid, $was, $claim) = @_; push @deviations, [ $kind, $existed->{$oid}{name}, $was, $claim ] };
    my %both = map { $_ => 1 } keys %{ $seen->{locks} }, keys %{ $said->{locks} };
    for my $oid (sort { $a <=> $b } grep { $existed->{$_} } keys %both)
    {
        my ($is, $claim) = ($seen->{locks}{$oid} // 0, $said->{locks}{$oid} // 0);
        next if $is == $claim || !$claim && secondary($existed->{$oid}{kind}, $entry->{statement});
        # A statement that runs alone is stopped at tables only, so the locks on indexes that it took in between were not seen.
        next if !$is && $entry->{alone} && $existed->{$oid}{kind} !~ /[rpm]/;
        $deviate->($is > $claim ? 'under' : 'over', $oid, mode($is) || 'no lock', mode($claim) || 'no lock');
    }
    for my $oid (sort { $a <=> $b } grep { $existed->{$_}{kind} =~ /[rm]/ } keys %$existed)
    {
        my ($rewrites, $rewrite_said) = map { $_->{rewrites}{$oid} ? 1 : 0 } $seen, $said;
        $deviate->($rewrites ? 'missed rewrite' : 'no rewrite', $oid, $rewrites ? 'rewrite' : 'no rewrite', $rewrite_said ? 'rewrite' : 'no rewrite') if $rewrites != $rewrite_said;
        next if $rewrites && $rewrite_said || unobservable($entry->{statement});
        my ($scans, $scan_said) = map { $_->{scans}{$oid} ? 1 : 0 } $seen, $said;
        next if $rewrites && !$scans || $rewrite_said && !$scan_said && !$scans;
        $deviate->($scans ? 'missed scan' : 'no scan', $oid, $scans ? 'scan' : 'no scan', $scan_said ? 'scan' : 'no scan') if $scans != $scan_said;
    }
    my %known = map { $_->{name} => 1 } values %$existed;
    my @odd = map { odd($known{ $_->[2] // '' }, @$_) } @{ $sections->{said} || [] };
    my $problem = join '; ', map { join '|', @$_ } @{ $sections->{failed} || [ ['not run'] ] };
    my $refused = join '; ', map { join '|', @$_ } @{ $sections->{refused} || [] };
    my $held = join '; ', map { join ' ', @$_ } @{ $sections->{analyze_locks} || [] };
    %$entry = (%$entry, observed => $seen, existed => $existed, deviations => \@deviations, problem => $problem, refused => $refused, held => $held, took => took($sections->{said}), odd => join('; ', @odd));
    return;
}

# What is wrong with a row by itself.
sub odd
{
    my ($exists, $number, $operation, $relation, $object, $mode, $rewrites, $scans, $blocks, $risk, $type) = @_;
    return if $number =~ /^Time:/;
    my $strength = HotswapTest::Observation::strength($mode);
    return "lock_mode $mode" unless defined $strength;
    my $blocked = $mode eq 'ACCESS EXCLUSIVE' ? 'reads and writes' : $strength >= HotswapTest::Observation::strength('SHARE') ? 'writes' : 'nothing';
    # Nobody waits for what is only being made.
    return "$mode blocks $blocks" if $exists && $blocks ne $blocked;
    return "risk $risk" unless $risk =~ /^(?:LOW|MEDIUM|HIGH)$/;
    return "type $type" unless $type =~ /^(?:safe|risky|maintenance)$/;
    return "risk $risk, but $type" if $risk eq 'HIGH' && $type eq 'safe';
    return 'rewrites, risk LOW' if $exists && $rewrites eq 't' && $risk eq 'LOW' && $relation ne 'void';
    return 'no operation' unless $operation;
    return;
}

# Milliseconds that the analyzer took; psql says it right after the rows.
sub took { return ( map { $_->[0] =~ /^Time: ([\d.]+) ms/ ? $1 : () } @{ $_[0] || [] })[0] // 0 }

# oid => what the relation was: name, kind, file, rows.
sub existed
{
    my ($rows) = @_;
    return { map { $_->[0] => { kind => $_->[1], file => $_->[2], rows => $_->[4], name => join('|', @$_[ 5 .. $#$_ ]) } } @$rows };
}

# The strongest claim for each relation in the rows of the last statement.
sub said
{
    my ($entry, $sections, $oid_of) = @_;
    my $number = 1 + @{ $entry->{earlier} };
    my %said = (locks => {}, rewrites => {}, scans => {});
    for (@{ $sections->{said} || [] })
    {
        my ($statement_no, $operation, $relation, $object, $mode, $rewrites, $scans) = @$_;
        my $oid = $oid_of->{ $relation // '' } or next;
        next if $statement_no ne $number;
        my $strength = HotswapTest::Observation::strength($mode) // 0;
        $said{locks}{$oid} = $strength if $strength > ($said{locks}{$oid} // 0);
        $said{rewrites}{$oid} = 1 if $rewrites eq 't';
        $said{scans}{$oid} = 1 if $scans eq 't';
    }
    return \%said;
}

# Relations of such a kind are no question here, unless the statement is about that kind.
sub secondary
{
    my ($kind, $statement) = @_;
    return 0 if $kind =~ /[rpvmf]/;
    return 0 if $kind =~ /[iI]/ && $statement =~ /^(?:ALTER|DROP|REINDEX)(?: \(.*?\))? INDEX\b/i;
    return 0 if $kind eq 'S' && $statement =~ /^(?:ALTER|DROP) SEQUENCE\b/i;
    return 1;
}

# VACUUM reads what the visibility map lets it read, and ANALYZE a sample; neither is counted.
sub unobservable { return $_[0] =~ /^(?:VACUUM|ANALYZE)\b/i && $_[0] !~ /\bFULL\b/i }

# ---- the report -------------------------------------------------------------------------------------------------------------

# statements, exact, over, under, rewrites, scans: how many statements have such a deviation; opaque: left out of all others
sub figures
{
    my ($self) = @_;
    my %count = map { $_ => 0 } qw(statements exact over under rewrites scans opaque);
    for my $entry ($self->entries)
    {
        if ($entry->{opaque}) { $count{opaque}++; next }
        $count{statements}++;
        my %kinds = map { $_->[0] => 1 } @{ $entry->{deviations} };
        $count{exact}++ if !%kinds;
        $count{over}++ if grep { $kinds{$_} } 'over', 'no rewrite', 'no scan';
        $count{under}++ if $kinds{under};
        $count{rewrites}++ if $kinds{'missed rewrite'};
        $count{scans}++ if $kinds{'missed scan'};
    }
    return %count;
}

sub summary
{
    my ($self) = @_;
    my %n = $self->figures;
    return sprintf 'self-check: %d statements, %d exact (%.1f %%), %d over-predicted, %d under-predicted, missed rewrites %d, missed scans %d',
      $n{statements}, $n{exact}, $n{statements} ? 100 * $n{exact} / $n{statements} : 0, @n{qw(over under rewrites scans)};
}

# How long the analyzer took for a text.
sub speed
{
    my ($self) = @_;
    my @sorted = sort { $a->{took} <=> $b->{took} } $self->entries or return '';
    return sprintf 'analyzed in %.1f ms at the median, 95 %% in %.1f ms, longest %.1f ms (%s)', $sorted[ @sorted / 2 ]{took}, $sorted[ @sorted * 0.95 ]{took},
      $sorted[-1]{took}, where($sorted[-1]);
}

# statement | relation | observed | said, a line each
sub deviations
{
    my ($self) = @_;
    my @lines;
    for my $entry ($self->entries)
    {
        next if $entry->{opaque};
        push @lines, map { join ' | ', where($entry), @$_[ 1 .. 3 ] } @{ $entry->{deviations} };
    }
    return @lines;
}

sub where
{
    my ($entry) = @_;
    my @before = ((map { "SET $_;" } settings($entry)), @{ $entry->{setup} || [] }, @{ $entry->{earlier} });
    return "$entry->{file}: " . join ' ', (@before ? "[@before]" : ()), $entry->{statement} =~ s/\n/ /gr;
}

# What was observed, for a person to judge: one line a statement.
sub observations
{
    my ($self) = @_;
    my @lines;
    for my $entry ($self->entries)
    {
        my ($seen, $existed) = @$entry{qw(observed existed)};
        my %of = map { $_ => 1 } map { keys %{ $seen->{$_} } } qw(locks rewrites scans);
        my @what = map {
            my $oid = $_;
            "$existed->{$oid}{name}: " . join ' ', mode($seen->{locks}{$oid} // 0), map { $seen->{$_}{$oid} ? uc $_ : () } qw(rewrites scans);
        } grep { !secondary($existed->{$_}{kind}, $entry->{statement}) } sort { $a <=> $b } keys %of;
        push @lines, where($entry) . "\n    " . join(', ', @what) . ($entry->{problem} ? "\n    FAILED $entry->{problem}" : '');
    }
    return @lines;
}

sub mode { return HotswapTest::Observation::mode($_[0]) }

1;
