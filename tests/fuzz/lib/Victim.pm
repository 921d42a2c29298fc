# The database whose analyzer is fuzzed, and the watch over it. Each text is analyzed in a transaction that is committed, so that
# whatever the analyzer left behind stays to be found.
# SPDX-License-Identifier: PostgreSQL
package Victim;

use strict;
use warnings;

use File::Temp qw(tempfile);
use Time::HiRes qw(usleep);
use Ask;

my $database = 'hotswap_fuzz';

# Connects as libpq's environment says (scripts/cluster env), as a superuser.
sub new
{
    my ($class, $fixture, $ask) = @_;
    my $self = bless { database => $database, call => Ask::call($ask) }, $class;
    run('postgres', "DROP DATABASE IF EXISTS $database; CREATE DATABASE $database;");
    run('postgres', "DROP ROLE IF EXISTS $_;") for qw(app_owner app_reader);
    run('postgres', 'DROP TABLESPACE IF EXISTS side;');
    my $out = run($database, "CREATE EXTENSION hotswap;\n\\i $fixture\nALTER DATABASE $database SET search_path = app, public;");
    die $out if $out =~ /ERROR/;
    $self->{before} = $self->signature;
    return $self;
}

sub finish { run('postgres', "DROP DATABASE IF EXISTS $_ WITH (FORCE);") for $database, "${database}_smith"; return }

# For sqlsmith: a copy without the foreign table, which has no handler, so that listing the tables fails.
sub smith_connection
{
    my ($self) = @_;
    run('postgres', "DROP DATABASE IF EXISTS ${database}_smith; CREATE DATABASE ${database}_smith TEMPLATE $database;");
    run("${database}_smith", 'DROP FOREIGN TABLE app.far_things;');
    return "dbname=${database}_smith";
}

# Whatever the catalogs hold, and some rows.
sub signature
{
    my ($self) = @_;
    my @catalogs = qw(pg_class pg_attribute pg_constraint pg_type pg_proc pg_namespace pg_index pg_trigger pg_depend pg_policy pg_rewrite pg_publication_rel pg_roles pg_tablespace pg_description pg_statistic_ext pg_init_privs);
    return run($database, join "\n", (map { "SELECT '$_', count(*) FROM $_;" } @catalogs),
        "SELECT md5(string_agg(c::text, ' ' ORDER BY oid)) FROM (SELECT oid, relname, relnamespace, relfilenode, relkind, relnatts, relchecks FROM pg_class WHERE oid >= 16384) c;",
        'SELECT sequencename, last_value FROM pg_sequences ORDER BY 1;', 'SELECT count(*) FROM hotswap._migrations;',
        (map { "SELECT '$_', count(*) FROM app.$_;" } qw(customers orders items plain void events)));
}

# One result a text: { text, state (SQLSTATE, or "rows"), ms, problem }.
sub try
{
    my ($self, @texts) = @_;
    # In the transaction it may hold ACCESS SHARE, afterwards nothing. A lock on what is gone again (the clone of a sequence) is no matter.
    my $locks = "SELECT 'fuzz lock ' || relation::regclass || ' ' || mode FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384";
    my $script = "SET client_min_messages = error;\nSET statement_timeout = '60s';\nSET lock_timeout = '5s';\n";
    for my $i (0 .. $#texts)
    {
        $script .= "\\echo ==$i\nBEGIN;\n\\timing on\n" . sprintf($self->{call}, Ask::quoted($texts[$i])) . "\n\\timing off\n"
          . "\\echo fuzz state :SQLSTATE :LAST_ERROR_MESSAGE\n\\if :ERROR\nROLLBACK;\n\\else\n$locks AND mode <> 'AccessShareLock';\nCOMMIT;\n\\endif\n$locks;\n";
    }
    $script .= "\\echo ==end\n";
    my $output = run($database, $script);
    my ($head, %part) = split /^==(\w+)\n/m, $output, -1;
    my @results;
    for my $i (0 .. $#texts)
    {
        my $part = $part{$i} // '';
        my %result = (text => $texts[$i], state => 'lost', ms => 0);
        $result{state} = $1 eq '00000' ? 'rows' : $1 if $part =~ /^fuzz state (\w{5})/m;
        $result{ms} = $1 if $part =~ /^Time: ([\d.]+) ms/m;
        my $message = $part =~ /^fuzz state (.*)$/m ? $1 : '';
        $result{problem} = "crash or lost connection ($part)" if $result{state} eq 'lost' && !$self->{lost}++;
        $result{problem} = "error $message" if Ask::forbidden($result{state});
        $result{problem} = "lock kept: $1" if $part =~ /^fuzz lock (.*)$/m;
        push @results, \%result;
    }
    delete $self->{lost};
    if (!exists $part{end})
    {
        # Until the server is there again.
        for (1 .. 100) { last if run('postgres', 'SELECT 1;') =~ /^1$/m; usleep(100_000) }
    }
    my $now = $self->signature;
    if ($now ne $self->{before})
    {
        my %before = map { $_ => 1 } split /\n/, $self->{before};
        my @changed = grep { !$before{$_} } split /\n/, $now;
        $results[-1]{problem} = "the catalogs changed (@changed) by one of: " . join "\n  ", @texts;
        $self->{before} = $now;
    }
    return @results;
}

sub run
{
    my ($database, $script) = @_;
    my ($file, $name) = tempfile(UNLINK => 1);
    binmode $file, ':utf8';
    print $file $script;
    close $file;
    my $output = `psql -XAtq -d $database -f $name 2>&1`;
    unlink $name;
    return $output;
}

1;
