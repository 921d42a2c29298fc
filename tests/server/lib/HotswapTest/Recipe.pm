# Cases of recipes: reads tests/server/recipes/*.sql and takes each of them there and back. The format is in
# tests/server/recipes/README.md. A case has a schema of its own, so all cases run at once in one database, and one
# pg_dump a database is enough: it is cut into the parts of the schemas.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Recipe;

use strict;
use warnings;

use File::Basename qw(basename);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my %known = map { $_ => 1 } qw(setup ddl plain strategy options load check end rollback refused);

# One case: name, schema, sections.
sub read_case
{
    my ($file) = @_;
    my $name = basename($file, '.sql');
    my $case = { name => $name, schema => "r_$name", file => $file };
    my $section;
    for my $line (split /\n/, slurp_file($file))
    {
        if ($line =~ /^-- (\w+)(?:\s+(.*\S))?\s*$/ && $known{$1})
        {
            $section = $1;
            $case->{$section} = defined $2 ? "$2\n" : '';
        }
        elsif (defined $section)
        {
            $case->{$section} .= "$line\n";
        }
    }
    for my $text (values %$case)
    {
        $text =~ s/\s+\z//;
    }
    die "$file: no section ddl" unless $case->{ddl};
    $case->{options} ||= '{}';
    $case->{strategy} ||= 'auto';
    $case->{end} ||= 'completed';
    return $case;
}

sub read_cases
{
    my ($directory, $only) = @_;
    my @cases = map { read_case($_) } sort glob "$directory/*.sql";
    return $only ? grep { $_->{name} =~ /$only/ } @cases : @cases;
}

# ---- talking to one database --------------------------------------------------------------------------------------------

sub query
{
    my ($server, $database, $sql) = @_;
    return $server->node->safe_psql($database, $sql);
}

sub path_of
{
    my ($case) = @_;
    return "SET search_path = $case->{schema}, public;\n";
}

# SQL of all cases in one session; after an error in the next one, without the case that had it. Returns those that went well.
sub run_all
{
    my ($server, $database, $what, $sql_of, @cases) = @_;
    my @good;
    while (@cases)
    {
        my ($done, $err);
        my ($rc) = $server->node->psql($database, (join "\n", map { $sql_of->($_) . ";\n\\echo done: $_->{name}" } @cases),
            stdout => \$done, stderr => \$err, on_error_stop => 1, on_error_die => 0);
        push @good, splice @cases, 0, scalar(() = ($done // '') =~ /^done: /mg);
        last unless @cases;
        my $bad = shift @cases;
        fail("$bad->{name}: $what in $database");
        diag($err);
    }
    return @good;
}

# The tables of all cases; one whose setup fails is left out.
sub set_up
{
    my ($server, $database, @cases) = @_;
    return run_all($server, $database, 'setup', sub { "CREATE SCHEMA $_[0]{schema};\n" . path_of($_[0]) . ($_[0]{setup} // '') }, @cases);
}

# Schema -> its part of the dump, without what is another's by right: names of the case, and comments of pg_dump.
sub dump_all
{
    my ($server, $database) = @_;
    my $node = $server->node;
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pg_dump', '--schema-only', '-n', 'r_*', '-h', $node->host, '-p', $node->port, $database ], '>', \$out, '2>', \$err)
      or die "pg_dump: $err";
    my %parts;
    my @pieces = split /^--\n-- Name: (.*?); Type: (.*?); Schema: (.*?); Owner: .*\n--\n/m, $out;
    shift @pieces;
    while (my ($name, $type, $schema, $text) = splice @pieces, 0, 4)
    {
        $text =~ s/^SET default_\w+ = .*\n//mg;
        $text =~ s/^-- PostgreSQL database dump complete\n//m;
        $text =~ s/^--\n//mg;
        $text =~ s/^\\(?:un)?restrict .*\n//mg;
        $text =~ s/\n{2,}/\n/g;
        $parts{$schema} .= $text;
    }
    # Sequences are shown with their owner, tables with their columns: order is pg_dump's own and the same everywhere.
    return \%parts;
}

# ---- migrations ---------------------------------------------------------------------------------------------------------

# Id, or ''; the error goes to $case->{error}.
sub start
{
    my ($server, $database, $case, %more) = @_;
    my $options = $case->{options};
    my ($rc, $out, $err) = $server->node->psql($database,
        "\\set VERBOSITY verbose\n"
          . path_of($case)
          . "SELECT hotswap.start(\$ddl\$$case->{ddl}\$ddl\$, strategy => '$case->{strategy}', options => \$o\$$options\$o\$::jsonb || '"
          . ($more{options} || '{}')
          . "');",
        on_error_stop => 1, on_error_die => 0);
    $case->{error} = $err;
    return $rc == 0 ? $out : '';
}

# All of them, in one session; id, or '' and the error.
sub start_all
{
    my ($server, $database, $key, $more, @cases) = @_;
    query($server, $database, <<'SQL');
CREATE OR REPLACE FUNCTION public.try_start(path text, ddl text, strategy text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', path, true);
    RETURN hotswap.start(ddl, strategy => strategy, options => options);
EXCEPTION WHEN OTHERS THEN
    RETURN '! ' || SQLSTATE || ': ' || replace(SQLERRM, chr(10), ' ');
END $$
SQL
    my $script = join '', map {
        "SELECT public.try_start('$_->{schema}, public', \$ddl\$$_->{ddl}\$ddl\$, '$_->{strategy}', \$o\$$_->{options}\$o\$::jsonb || '$more');\n"
    } @cases;
    my @lines = split /\n/, query($server, $database, $script);
    for my $case (@cases)
    {
        my $line = shift(@lines) // '! no answer';
        ($case->{$key}, $case->{error}) = $line =~ /^! (.*)/ ? ('', $1) : ($line, '');
        isnt($case->{$key}, '', "$case->{name}: starts ($key)") or diag($case->{error});
    }
    return;
}

# Waits until no migration of the list is in a state that still moves; returns id -> state.
sub settle
{
    my ($server, $database, $moving, @ids) = @_;
    my $list = join ', ', map { "'$_'" } @ids;
    return {} unless @ids;
    $server->until_true(
        sub {
            my $left = query($server, $database, "SELECT count(*) FROM hotswap._migrations WHERE migration_id IN ($list) AND state IN ($moving)");
            return $left == 0;
        },
        120);
    my %states = map { split /\t/, $_, 2 }
      split /\n/, query($server, $database, "SELECT migration_id || E'\\t' || state FROM hotswap._migrations WHERE migration_id IN ($list)");
    return \%states;
}

sub explain
{
    my ($server, $database, $id) = @_;
    diag(query($server, $database, "SELECT state, phase, reason FROM hotswap._migrations WHERE migration_id = '$id'"));
    diag(query($server, $database, "SELECT step_no, kind, state, title, error FROM hotswap._migration_steps WHERE migration_id = '$id' ORDER BY 1"));
    return;
}

sub call
{
    my ($server, $database, $function, @ids) = @_;
    query($server, $database, join '', map { "SELECT hotswap.$function('$_');\n" } @ids) if @ids;
    return;
}

# What is still there under one of our names, or unusable.
sub leftovers
{
    my ($server, $database, $case) = @_;
    return query($server, $database, <<"SQL");
WITH r AS (SELECT oid FROM pg_class WHERE relnamespace = '$case->{schema}'::regnamespace)
SELECT 'column ' || attrelid::regclass || '.' || attname FROM pg_attribute WHERE attrelid IN (TABLE r) AND attname ~ '^_hotswap' AND NOT attisdropped
UNION ALL SELECT 'relation ' || c.oid::regclass FROM pg_class c WHERE c.oid IN (TABLE r) AND (relname ~ '^_hotswap' OR relname ~ '_cc(new|old)[0-9]*\$')
UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conrelid IN (TABLE r) AND conname ~ '^_hotswap'
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid IN (TABLE r) AND tgname ~ 'hotswap'
UNION ALL SELECT 'invalid index ' || indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE indrelid IN (TABLE r) AND NOT indisvalid AND c.relkind = 'i'
SQL
}

# ---- the load -----------------------------------------------------------------------------------------------------------

# What writes to the tables of a case: its own section, or an UPDATE that changes nothing of one row of its first table.
sub load_of
{
    my ($server, $database, $case) = @_;
    return undef if defined $case->{load} && $case->{load} eq 'none';
    return path_of($case) . $case->{load} if $case->{load};
    my $first = query($server, $database, <<"SQL");
SELECT format('%I.%I SET %3\$I = %3\$I', n.nspname, c.relname, a.attname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attidentity <> 'a' AND a.attgenerated = '' AND NOT a.attisdropped
 WHERE n.nspname = '$case->{schema}' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.oid, a.attnum LIMIT 1
SQL
    return undef if $first eq '';
    (my $table = $first) =~ s/ SET .*//;
    return "UPDATE $first WHERE ctid = (SELECT ctid FROM $table OFFSET floor(random() * 50) LIMIT 1);";
}

# One pgbench for all cases: each transaction is the script of one of them.
sub start_load
{
    my ($server, $database, $directory, @cases) = @_;
    my @files;
    for my $case (@cases)
    {
        my $text = load_of($server, $database, $case);
        next unless defined $text;
        my $file = "$directory/$database.$case->{name}.load";
        open my $out, '>', $file or die "$file: $!";
        print $out "$text\n";
        close $out;
        push @files, '-f', $file;
    }
    return undef unless @files;
    my $node = $server->node;
    my $load = { out => '', err => '', log => "$directory/$database.wait" };
    $load->{process} = IPC::Run::start(
        [ 'pgbench', '-n', '-c', '2', '-T', '300', '-R', '60', '-l', "--log-prefix=$load->{log}", '-h', $node->host, '-p', $node->port, @files, $database ],
        '<', \undef, '>', \$load->{out}, '2>', \$load->{err});
    return $load;
}

# Ends it; says how long the longest transaction took, and which errors there were.
sub stop_load
{
    my ($load) = @_;
    return unless $load;
    eval { $load->{process}->pump_nb };
    eval { $load->{process}->signal('INT'); $load->{process}->kill_kill(grace => 5) };
    my ($longest, $count) = (0, 0);
    for my $file (glob "$load->{log}.*")
    {
        open my $in, '<', $file or next;
        while (my $line = <$in>)
        {
            my @fields = split / /, $line;
            ++$count;
            $longest = $fields[2] if $fields[2] > $longest;
        }
    }
    diag(sprintf 'load: the longest of %d transactions took %.1f ms', $count, $longest / 1000);
    return join "\n", grep { /ERROR:|FATAL:|PANIC:|aborted/ } split /\n/, $load->{err};
}

1;
