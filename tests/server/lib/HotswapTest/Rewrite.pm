# What the tests of online_rewrite share: a table with all that a copy can get wrong and its mirror, the load on both, and the
# looks at what is there afterwards. Methods of HotswapTest.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest;

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

# Workers do not rest for a busy machine, and a stop under the locks is no reason to give up.
our $rewrite_conf = <<'CONF';
hotswap.busy_share = 100
hotswap.max_lock_time = 60s
autovacuum_naptime = 1h
CONF

# ---- the table ----------------------------------------------------------------------------------------------------------

# A table to migrate, its mirror, and one for the plain ALTER. Rows out of line, a unique column whose values move from row
# to row, an expression index, a check, a dropped column, and a column that the older rows do not hold.
sub make_rewrite
{
    my ($self, $name, $rows) = @_;
    $rows ||= 10_000;
    for my $table ($name, "${name}_mirror", "${name}_plain")
    {
        # Of the third only the shape is looked at.
        my $most = $table =~ /_plain$/ ? 1000 : $rows;
        $self->sql(<<"SQL");
CREATE TABLE $table (id integer PRIMARY KEY, v integer NOT NULL DEFAULT 7, gone text, note text, n integer NOT NULL DEFAULT 0, u integer UNIQUE);
ALTER TABLE $table ALTER COLUMN note SET STORAGE EXTERNAL;
INSERT INTO $table SELECT i, i * 3 - 100, 'gone', CASE WHEN i % 50 = 0 THEN repeat('long ' || i, 400) ELSE 'row ' || i END, 0, CASE WHEN i % 3 > 0 THEN i END
  FROM generate_series(1, $most) AS i;
ALTER TABLE $table DROP COLUMN gone;
ALTER TABLE $table ADD COLUMN late integer NOT NULL DEFAULT 5;
ALTER TABLE $table ADD CONSTRAINT ${table}_small CHECK (v < 2147483647);
CREATE INDEX ${table}_by_v ON $table (v) INCLUDE (n);
CREATE INDEX ${table}_by_note ON $table (left(lower(note), 20)) WHERE n >= 0;
SQL
    }
    $self->sql("VACUUM ANALYZE $name");
    $self->{rows}{$name} = $rows;
    return $name;
}

# Every kind of write, keys and unique values that move included; the rows are held as in load_script.
sub rewrite_script
{
    my ($self, $name) = @_;
    my $most = int($self->{rows}{$name} * 1.2);
    my $both = sub { my ($text) = @_; return join '', map { (my $s = $text) =~ s/\bT\b/$_/g; "$s\n" } $name, "${name}_mirror" };
    my $take = join '', map { "SELECT coalesce((SELECT u FROM $name WHERE id = :$_), 0) AS u$_ \\gset\n" } qw(a b);
    my @ops = (
        [ 20, $both->('UPDATE T SET v = :x, n = n + 1 WHERE id = :a;') ],
        [ 30, $both->('UPDATE T SET note = repeat(\'new \' || :x, 1 + abs(:x) % 300), n = n + 1 WHERE id = :a;') ],
        [ 38, $both->('DELETE FROM T WHERE id = :a;') ],
        [ 52, $both->('INSERT INTO T (id, v, note) VALUES (:a, :x, \'new\') ON CONFLICT (id) DO NOTHING;') ],
        [ 62, $both->('INSERT INTO T (id, v, note) VALUES (:a, :x, \'both\') ON CONFLICT (id) DO UPDATE SET v = T.v / 2 + excluded.v / 2, n = T.n + 1;') ],
        [ 72, $both->('UPDATE T SET id = :b, n = n + 1 WHERE id = :a AND NOT EXISTS (SELECT FROM T AS o WHERE o.id = :b);') ],
        [ 80, "SAVEPOINT s;\n" . $both->('UPDATE T SET v = 1, n = -1 WHERE id IN (:a, :b);') . "ROLLBACK TO s;\n" . $both->('UPDATE T SET v = :x WHERE id = :a;') ],
        [ 90, $take . $both->('UPDATE T SET u = NULL WHERE id IN (:a, :b) AND :a <> :b;')
              . $both->('UPDATE T SET u = nullif(:ub, 0) WHERE id = :a AND :a <> :b;') . $both->('UPDATE T SET u = nullif(:ua, 0) WHERE id = :b AND :a <> :b;') ],
        [ 100, $both->('UPDATE T SET v = :x, n = n + 1 WHERE id = :b;') . $both->('UPDATE T SET v = v / 2, note = NULL WHERE id = :a;') ],
    );
    my $word = 'if';
    my $script = <<"SCRIPT";
\\set op random(1, 100)
\\set a random(1, $most)
\\set b random(1, $most)
\\set x random(-2000000000, 2000000000)
BEGIN;
SELECT pg_advisory_xact_lock(1, least(:a, :b)), pg_advisory_xact_lock(1, greatest(:a, :b));
SCRIPT
    for my $op (@ops)
    {
        $script .= "\\$word :op <= $op->[0]\n$op->[1]";
        $word = 'elif';
    }
    return $script . "\\endif\nEND;\n";
}

sub start_rewrite_load
{
    my ($self, $name, %options) = @_;
    return $self->start_load($name, script => $self->rewrite_script($name), rate => 400, %options);
}

# ---- looks --------------------------------------------------------------------------------------------------------------

# Number of rows that are in one of both tables only, whole rows in the order of the columns.
sub differences
{
    my ($self, $name, $other) = @_;
    $other ||= "${name}_mirror";
    return $self->sql("SELECT (SELECT count(*) FROM (TABLE $name EXCEPT ALL TABLE $other) AS x) + (SELECT count(*) FROM (TABLE $other EXCEPT ALL TABLE $name) AS y)");
}

# What a migration has beside the tables: twins, previous storage, logs, and triggers of ours on tables of users.
sub remains
{
    my ($self) = @_;
    return $self->sql(<<'SQL');
SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'hotswap'::regnamespace AND relname ~ '^_(twin|previous|changes|changes_back|order|alive)_[0-9]'
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
 WHERE p.pronamespace = 'hotswap'::regnamespace AND tgrelid <> ALL (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'hotswap'::regnamespace)
UNION ALL SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'active twin of ' || relation FROM hotswap._migration_twins WHERE active
SQL
}

# pg_dump --schema-only of the whole database but hotswap; with a list of tables only of these. The names are taken out of it:
# each is a pair [name, what to write instead].
sub schema_of
{
    my ($self, $tables, @renames) = @_;
    my $node = $self->node;
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    my @only = map { ('-t', $_) } @{ $tables || [] };
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pg_dump', '--schema-only', '--extension=plpgsql', '--exclude-schema=hotswap', @only, 'postgres' ], '>', \$out, '2>', \$err) or die "pg_dump: $err";
    my @lines = grep { !/^\\(?:un)?restrict / && !/^--/ && $_ ne '' } split /\n/, $out;
    for my $rename (@renames) { s/\b\Q$rename->[0]\E(?=\b|_)/$rename->[1]/g for @lines }
    return join "\n", @lines;
}

# As is, for long texts: what is told is the difference.
sub same_text
{
    my ($self, $got, $expected, $title) = @_;
    return 1 if ok($got eq $expected, $title);
    my @files;
    for my $text ($got, $expected)
    {
        push @files, $self->node->basedir . '/text_' . ++$self->{label};
        open my $out, '>', $files[-1] or die "$files[-1]: $!";
        print $out "$text\n";
        close $out;
    }
    my $diff = '';
    IPC::Run::run([ 'diff', '-U', '1', '--label', 'expected', '--label', 'got', reverse @files ], '>', \$diff);
    diag(substr($diff, 0, 4000));
    return 0;
}

# The complaints of pg_amcheck about these tables and their indexes, or about everything; empty when all is well.
sub amcheck
{
    my ($self, @names) = @_;
    my $node = $self->node;
    return '' if $ENV{NO_AMCHECK} || !$self->sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'");
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    my $out = '';
    my @only = map { ('--table', "public.$_") } @names;
    my $ok = IPC::Run::run([ 'pg_amcheck', '--install-missing', '--heapallindexed', '--parent-check', @only, 'postgres' ], '>', \$out, '2>', \$out);
    return $ok ? '' : $out || 'pg_amcheck failed';
}

# All of that at once, at the end of a story. wanted: the type of id; like: the table whose shape it must have.
sub judge_rewrite
{
    my ($self, $title, $name, %how) = @_;
    is($self->differences($name), 0, "$title: mirror equal");
    cmp_ok($self->sql("SELECT count(*) FROM ${name}_mirror WHERE n > 0"), '>', 0, "$title: there was a load") unless $how{no_load};
    is($self->type_of($name, 'id'), $how{type}, "$title: id is $how{type}");
    $self->same_text($self->schema_of([$name], [ $name, 'TABLE' ]), $self->schema_of(["${name}_plain"], [ "${name}_plain", 'TABLE' ]), "$title: a dump of its schema is that of the plain one");
    is($self->remains, '', "$title: nothing is left behind (T31)");
    is($self->leftovers, '', "$title: nothing else, either");
    is($self->amcheck($name), '', "$title: amcheck has no complaint");
    return;
}

# ---- migrations ---------------------------------------------------------------------------------------------------------

sub start_bigint
{
    my ($self, $name, $options) = @_;
    return $self->start_migration("ALTER TABLE $name ALTER COLUMN id TYPE bigint", strategy => 'online_rewrite', options => $options || '{"auto_switch": false}');
}

# Gives every word that is asked for until the migration is at its end.
sub finish_migration
{
    my ($self, $id, $seconds) = @_;
    my $came = $self->wait_state($id, 'awaiting|completed|paused', $seconds);
    $self->sql("SELECT hotswap.complete('$id')") if $came && $self->state_of($id) eq 'awaiting';
    return $came && $self->wait_state($id, 'completed', $seconds);
}

# A statement that may have to wait for somebody at a stop point; call finish on what it returns.
sub begin_sql
{
    my ($self, $sql) = @_;
    my $node = $self->node;
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    return IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', $sql ], '<', \undef);
}

# In which phase a migration waits for a word; '' when it does not wait.
sub waits_in
{
    my ($self, $id) = @_;
    return $self->ask("SELECT phase FROM hotswap._migrations WHERE migration_id = '$id' AND state = 'awaiting'") // '';
}

sub wait_phase
{
    my ($self, $id, $phase, $seconds) = @_;
    my $came = $self->until_true(sub { $self->waits_in($id) eq $phase || ($self->state_of($id) // '') =~ /^(?:failed|paused|completed|rolled_back|cancelled)$/ ? 1 : 0 }, $seconds);
    return 1 if $came && $self->waits_in($id) eq $phase;
    return $self->wait_state($id, "waiting in $phase", 0.1);
}

# ---- deaths -------------------------------------------------------------------------------------------------------------

# Who stands at a point dies, and the next point holds from then on. who: executor, conductor, server (immediate stop).
sub strike
{
    my ($self, $who, $pid, $next) = @_;
    return $self->kill9($pid, $next) if $who eq 'executor';
    if ($who eq 'server')
    {
        $self->write_stop_point($next);
        $self->node->stop('immediate');
        $self->start_server;
        return 1;
    }
    my $conductor = $self->until_sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'hotswap conductor' LIMIT 1") or return 0;
    # The point holds until the server is back: who stands there must not go on meanwhile.
    my $back = $self->kill9($conductor);
    $self->stop_at($next);
    return $back;
}

# One migration with deaths. A stop is a point to die at, or a word in brackets: [start], [advance], [complete] and [rollback]
# are said to the migration, in that moment and with the next point set.
sub suffer
{
    my ($self, $title, $name, $who, @stops) = @_;
    my $id;
    my $next = sub { my ($i) = @_; return $i < $#stops && $stops[ $i + 1 ] !~ /^\[/ ? $stops[ $i + 1 ] : '' };
    for my $i (0 .. $#stops)
    {
        if ($stops[$i] =~ /^\[(\w+)\]$/)
        {
            my $word = $1;
            if ($word eq 'advance' || $word eq 'complete')
            {
                $self->wait_phase($id, $word eq 'advance' ? 'switch' : 'contract') or return $id;
            }
            $self->stop_at($next->($i));
            $id = $self->start_bigint($name, '{"auto_switch": false, "batch_size": 1500, "parallel": 1}') if $word eq 'start';
            $id = $self->start_bigint($name, '{"auto_switch": false, "batch_size": 1500, "parallel": 1, "one_way": true}') if $word eq 'one_way';
            $self->sql("SELECT hotswap.$word('$id')") if $word =~ /^(?:advance|complete|rollback)$/;
            $self->wait_phase($id, 'contract') or return $id if $word eq 'switched';
            next;
        }
        my $pid = $self->wait_for_stop($stops[$i]);
        ok($pid, "$title: somebody comes to $stops[$i]") or return $id;
        ok($self->strike($who, $pid, $next->($i)), "$title: $who killed there, the server is back");
    }
    $self->stop_at('');
    return $id;
}

1;
