# A chain of migration scripts, as tools write them (tests/orm), in two databases of one server: `plain` gets every script by
# psql, `swapped` by hotswap.run, each driven to its end. Both get the same rows between the scripts. One object a tool.
#
# Files: migrations are TOOL/NAME.sql, TOOL/NAME.up.sql or TOOL/NAME/migration.sql; rows for after a migration of the same
# number are called *rows.after.sql; *.down.sql is the way back. Numbers count as numbers, and a name without one comes last.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Chain;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time);

use HotswapTest;
use HotswapTest::Rewrite;

our $root = abs_path(dirname(__FILE__) . '/../../../orm');

# server: a HotswapTest; tool: a folder of tests/orm
sub new
{
    my ($class, $server, $tool) = @_;
    (my $suffix = $tool) =~ s/\W/_/g;
    my $self = bless { server => $server, tool => $tool, plain => "plain_$suffix", swapped => "swapped_$suffix", ids => {}, waits => {} }, $class;
    $self->{files} = [ files($tool) ];
    $server->sql("CREATE DATABASE $_") for @$self{qw(plain swapped)};
    $self->ask($_, 'CREATE EXTENSION hotswap') for qw(plain swapped);
    return $self;
}

# Both databases are alike again: swapped is thrown away and begins as a copy of plain.
sub branch
{
    my ($self) = @_;
    $self->{server}->sql("DROP DATABASE $self->{swapped} WITH (FORCE)");
    $self->{server}->sql("CREATE DATABASE $self->{swapped} TEMPLATE $self->{plain}");
    return;
}

sub tools
{
    opendir my $in, $root or die "$root: $!";
    return sort grep { !/^\./ && -d "$root/$_" } readdir $in;
}

# ---- files ----------------------------------------------------------------------------------------------------------

# In order, each: name (as hotswap gets it), path, rows (true when it is no migration).
sub files
{
    my ($tool) = @_;
    my @found;
    for my $path (glob("$root/$tool/*.sql"), glob("$root/$tool/*/*.sql"))
    {
        next if $path =~ /\.down\.sql$/;
        my $short = substr $path, length("$root/$tool/");
        my @number = $short =~ /^V?(\d+)(?:[._](\d+)(?=__))?/ ? ($1, $2 || 0) : (1e15, 0);
        my $rows = $short =~ /rows\.after\.sql$/ ? 1 : 0;
        (my $name = $short) =~ s{(?:/migration|\.up)?\.sql$}{};
        push @found, { name => $name, path => $path, rows => $rows, order => [ @number, $rows ] };
    }
    my $compare = sub { my ($x, $y) = map { $_->{order} } @_; return $x->[0] <=> $y->[0] || $x->[1] <=> $y->[1] || $x->[2] <=> $y->[2] };
    return sort { $compare->($a, $b) || $a->{name} cmp $b->{name} } @found;
}

sub migrations { return grep { !$_->{rows} } @{ $_[0]{files} } }

sub slurp
{
    my ($path) = @_;
    local $/;
    open my $in, '<', $path or die "$path: $!";
    return scalar <$in>;
}

# What dbmate would run: the text between both headers.
sub section
{
    my ($text, $way) = @_;
    return $text unless $text =~ /^-- migrate:up/m;
    my ($up, $down) = $text =~ /^(-- migrate:up.*?)^(-- migrate:down.*)/ms;
    return $way eq 'up' ? $up : $down;
}

# ---- talking to a database ----------------------------------------------------------------------------------------------

# (exit code, output, messages). where: plain or swapped
sub psql
{
    my ($self, $where, $text, @arguments) = @_;
    my $node = $self->{server}->node;
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $self->{$where}, @arguments, '-f', '-' ], '<', \$text, '>', \$out, '2>', \$err);
    my $code = $? >> 8;
    chomp $out;
    return ($code, $out, $err);
}

sub ask
{
    my ($self, $where, $text, @arguments) = @_;
    my ($code, $out, $err) = $self->psql($where, $text, @arguments);
    die "$self->{$where}: $err" if $code;
    return $out;
}

# ---- the plain way ------------------------------------------------------------------------------------------------------

# One script as its tool would run it; its errors, '' when all went well.
sub run_plainly
{
    my ($self, $file, $way) = @_;
    my $text = section(slurp($file->{path}), $way || 'up');
    my $together = $self->{tool} =~ /^(?:typeorm|flyway|dbmate)$/ && $text !~ /transaction:false/;
    my ($code, $out, $err) = $self->psql('plain', $text, $together ? '-1' : ());
    return $code ? $err || "exit $code" : '';
}

# What the dry run of a script cannot show before its turn, or takes for an error, where psql has come to: a line for each such part,
# '' when it shows all. What hotswap refuses altogether is another matter.
sub not_foreseen
{
    my ($self, $file) = @_;
    my $query = "SET client_min_messages = warning; SELECT title FROM hotswap.plan(:'script') WHERE kind = 'part'";
    my ($code, $out, $err) = $self->psql('plain', $query, '-v', 'script=' . slurp($file->{path}));
    return $code ? '' : join("\n", grep { $_ ne '' } $out, $err =~ /WARNING: .*/g);
}

# ---- by hotswap -----------------------------------------------------------------------------------------------------------

# One script, to its end; '' when all went well. Where it waits for a person, the person says yes.
sub run_swapped
{
    my ($self, $file) = @_;
    return join("\n", grep { /ERROR:|^DETAIL:|^HINT:/ } split /\n/, $self->{said}) || 'no answer' if !defined $self->call($file);
    my $id = $self->ask('swapped', "SELECT migration_id FROM hotswap._migrations WHERE name = :'name' AND part_no IS NULL ORDER BY number DESC LIMIT 1", '-v', "name=$file->{name}");
    return "no migration of that name: $self->{said}" if $id eq '';
    $self->{ids}{ $file->{name} } = $id;
    return $self->drive($id);
}

# CALL hotswap.run with a script; undef when it raised. What it said is in said.
sub call
{
    my ($self, $file) = @_;
    my $wait = 2 * $HotswapTest::patience;
    my $text = "SET statement_timeout = 0;\nCALL hotswap.run(:'script', name => :'name', timeout => '$wait s');\n";
    my ($code, $out, $err) = $self->psql('swapped', $text, '-v', 'script=' . slurp($file->{path}), '-v', "name=$file->{name}");
    $self->{said} = $err;
    return $code ? undef : $out;
}

# Goes on with a migration until it is over. Completing confirms all that is left of what waits; counts how often that was needed.
sub drive
{
    my ($self, $id, $goal) = @_;
    my $end = time() + 4 * $HotswapTest::patience;
    $goal ||= 'completed';
    for (;;)
    {
        my $state = $self->ask('swapped', "SELECT state FROM hotswap._migrations WHERE migration_id = '$id'");
        return '' if $state eq $goal;
        return "$id is $state\n" . $self->told($id) if $state =~ /^(?:failed|paused|cancelled|rolled_back|completed)$/ || time() > $end;
        if ($state eq 'awaiting')
        {
            $self->{waits}{$id}++;
            my ($code, $out, $err) = $self->psql('swapped', "SELECT hotswap.complete('$id')");
            ($code, $out, $err) = $self->psql('swapped', "SELECT hotswap.advance('$id')") if $code;
            # It may have gone on by itself between both looks.
            return $err if $code && $self->ask('swapped', "SELECT state FROM hotswap._migrations WHERE migration_id = '$id'") eq 'awaiting';
        }
        my ($code, $out, $err) = $self->psql('swapped', "SET statement_timeout = 0; CALL hotswap.wait('$id', '5 s');");
        return $err . $self->told($id) if $code;
    }
}

# Takes a script back. What is completed is taken back by a new migration, its way down.
sub take_back
{
    my ($self, $file) = @_;
    my $id = $self->{ids}{ $file->{name} };
    my ($code, $out, $err) = $self->psql('swapped', "SELECT hotswap.rollback('$id')");
    return $err if $code;
    my $down = $self->ask('swapped', 'SELECT migration_id FROM hotswap._migrations WHERE part_no IS NULL ORDER BY number DESC LIMIT 1');
    return $self->drive($down, $down eq $id ? 'rolled_back' : 'completed');
}

# What is known about a migration that did not end well.
sub told
{
    my ($self, $id) = @_;
    my $these = "SELECT migration_id FROM hotswap._migrations WHERE '$id' IN (migration_id, script_id)";
    return $self->ask('swapped', <<"SQL");
SELECT concat_ws(' | ', migration_id, strategy, state, relation, left(ddl, 200), reason) FROM hotswap._migrations WHERE migration_id IN ($these) AND state <> 'completed' ORDER BY number;
SELECT concat_ws(' | ', migration_id, step_no, kind, state, attempts, title, error) FROM hotswap._migration_steps WHERE migration_id IN ($these) AND state <> 'done' ORDER BY 1;
SQL
}

# ---- looks ------------------------------------------------------------------------------------------------------------------

# pg_dump --schema-only. unordered: the columns of a table in the order of their names, for a dual write puts new ones last.
sub schema
{
    my ($self, $where, $unordered) = @_;
    my $node = $self->{server}->node;
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pg_dump', '--schema-only', '--extension=plpgsql', '--exclude-schema=hotswap', $self->{$where} ], '>', \$out, '2>', \$err) or die "pg_dump: $err";
    my $text = join "\n", grep { !/^\\(?:un)?restrict / && !/^--/ && $_ ne '' } split /\n/, $out;
    return $unordered ? unordered($text) : $text;
}

# Such a text with the columns of each table sorted.
sub unordered
{
    my ($text) = @_;
    my $sorted = sub { return join '', map { "$_\n" } sort map { s/,$//r } split /\n/, $_[0] };
    return $text =~ s{^(CREATE TABLE [^\n]*\(\n)(.*?)(?=^\))}{ my ($head, $columns) = ($1, $2); $head . $sorted->($columns) }gmser;
}

sub has_dual_writes
{
    my ($self) = @_;
    return $self->ask('swapped', "SELECT count(*) FROM hotswap._migrations WHERE strategy = 'dual_write'");
}

# Every row of every table and where every sequence stands. A row is written with its columns by name. What was now() in a default
# differs between both databases: the rows of the chains are of past years, so that times of this very hour are only called so.
sub rows
{
    my ($self, $where) = @_;
    my $tables = $self->ask($where, "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY oid::regclass::text COLLATE \"C\"");
    my $text = join "\n", map { "SELECT '$_ ' || to_jsonb(t)::text FROM $_ AS t ORDER BY 1;" } split /\n/, $tables;
    my $found = $self->ask($where, "SET timezone = 'UTC';\n$text\nSELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1;");
    my $today = join '|', map { strftime('%Y-%m-%dT%H', gmtime(time() - $_)) } 0, 3600;
    return $found =~ s/"(?:$today):[^"]*"/"now"/gr;
}

# Both databases look the same from outside.
sub compare
{
    my ($self, $title) = @_;
    my $unordered = $self->has_dual_writes;
    my $same = $self->{server}->same_text($self->schema('swapped', $unordered), $self->schema('plain', $unordered), "$title: the schema is that of the plain run");
    return $self->{server}->same_text($self->rows('swapped'), $self->rows('plain'), "$title: and so are the rows") && $same;
}

# Triggers, tables and comments of ours that are still there.
sub remains
{
    my ($self) = @_;
    return $self->ask('swapped', <<'SQL');
SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'hotswap'::regnamespace AND relname ~ '^_(twin|previous|changes|changes_back|order|alive)_[0-9]'
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
 WHERE p.pronamespace = 'hotswap'::regnamespace AND tgrelid <> ALL (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'hotswap'::regnamespace)
UNION ALL SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
SQL
}

1;
