# A random table with rows: plain, unlogged, with children, or partitioned; with a key or without; with columns that were
# dropped before or between its rows and columns that came after them. What is made on it later is in RandomIndex and
# RandomNeighbour. Lives as long as its case.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomTable;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomColumn;
use HotswapTest::RandomName qw(quoted);

sub new
{
    my ($class, $schema) = @_;
    my ($name, $q) = $schema->fresh('main');
    my $self = bless {
        schema => $schema, name => $name, q => $q, columns => [], members => [], children => [], doomed => [], late => [],
        shape => weighted([ 55, 'plain' ], [ 9, 'unlogged' ], [ 12, 'inherited' ], [ 24, 'partitioned' ]),
        rows => chance(80) ? between(200, 700) : between(700, 3000),
    }, $class;
    push @{ $self->{members} }, { q => $q, name => $name, kind => 'root', storage => $self->{shape} eq 'partitioned' ? 0 : 1 };
    $self->choose_key;
    $self->choose_partitions if $self->{shape} eq 'partitioned';
    $self->choose_columns;
    $self->create;
    $self->fill;
    return $self;
}

# ---- columns --------------------------------------------------------------------------------------------------------

sub column
{
    my ($self, $word, %how) = @_;
    return HotswapTest::RandomColumn->new($self->{schema}, name => $self->{schema}{names}->name($word), %how);
}

# The columns that tell a row from the others. key_as: primary, unique (not null, without a primary key), or none.
sub choose_key
{
    my ($self) = @_;
    $self->{key_as} = weighted([ 84, 'primary' ], [ 13, 'unique' ], [ 3, 'none' ]);
    my @kinds = HotswapTest::RandomColumn::kinds_that('b', 1);
    my $kind = chance(60) ? pick(qw(small integer bigint)) : pick(@kinds);
    $kind = pick(qw(integer bigint text uuid small)) if $self->{shape} eq 'partitioned';
    my $key = $self->column('id', kind => $kind, unique => 1, notnull => 1, default => 0, plain => chance(80) || $self->{shape} eq 'partitioned');
    # Given by a sequence: nobody writes these values.
    if ($kind =~ /^(?:small|integer|bigint)$/ && chance(55))
    {
        my $way = weighted([ 40, 'serial' ], [ 30, 'ALWAYS' ], [ 30, 'BY DEFAULT' ]);
        $way = 'serial' if $way ne 'serial' && $self->{shape} eq 'partitioned' && chance(50);
        if ($way eq 'serial') { $key->{serial} = $key->{type} eq 'bigint' ? 'bigserial' : 'serial' }
        else { $key->{identity} = $way }
        $key->{given} = 1;
    }
    $self->{key} = [$key];
    push @{ $self->{columns} }, $key;
    if (chance(20))
    {
        my $second = $self->column('part', kind => pick(qw(small date enum enum_text)), notnull => 1, plain => 1);
        $second->{nulls} = 0;
        push @{ $self->{columns} }, $second;
        $self->{key} = [ shuffled($key, $second) ];
    }
    return;
}

# The partition key has to be in every unique constraint, so it joins the key.
sub choose_partitions
{
    my ($self) = @_;
    my $method = weighted([ 45, 'RANGE' ], [ 25, 'LIST' ], [ 30, 'HASH' ]);
    my $column = $self->{key}[0];
    if ($method ne 'HASH' || $column->{kind} !~ /^(?:small|integer|bigint|text|uuid)$/)
    {
        $column = $self->column('slice', kind => pick($method eq 'LIST' ? qw(enum enum_text) : qw(small date timestamp)), notnull => 1, plain => 1, default => 0);
        $column->{nulls} = 0;
        push @{ $self->{columns} }, $column;
        push @{ $self->{key} }, $column;
    }
    $column->{pins}{partition} = 1;
    $self->{partition} = { method => $method, column => $column };
    return;
}

my %cuts = (small => [ 4000, 9000, 15000 ], date => [ "'2005-01-01'", "'2014-07-01'", "'2025-01-01'" ], timestamp => [ "'2003-01-01'", "'2009-05-05'", "'2016-02-03'" ]);

# The bounds of so many leaves, in SQL.
sub bounds
{
    my ($self, $method, $column, $leaves) = @_;
    return map { "FOR VALUES WITH (MODULUS $leaves, REMAINDER $_)" } 0 .. $leaves - 1 if $method eq 'HASH';
    if ($method eq 'LIST')
    {
        return ("FOR VALUES IN ('low', 'mid')", "FOR VALUES IN ('high')") if $leaves == 2;
        return (map({ "FOR VALUES IN ('$_')" } qw(low mid)), $leaves == 3 ? 'DEFAULT' : ("FOR VALUES IN ('high')", 'DEFAULT'));
    }
    my @at = some($leaves - 1, @{ $cuts{ $column->{kind} } });
    my @edges = ('MINVALUE', ($column->{kind} eq 'small' ? sort { $a <=> $b } @at : sort @at), 'MAXVALUE');
    my @bounds = map { "FOR VALUES FROM ($edges[$_]) TO ($edges[$_ + 1])" } 0 .. $#edges - 1;
    $bounds[-1] = 'DEFAULT' if chance(25);
    return @bounds;
}

sub choose_columns
{
    my ($self) = @_;
    my $columns = $self->{columns};
    push @$columns, $self->column('c', kind => HotswapTest::RandomColumn::any_kind()) for 1 .. between(3, 9);
    push @$columns, $self->column('u', kind => pick(HotswapTest::RandomColumn::kinds_that('b', 1)), unique => 1) if chance(35);
    if (chance(30))
    {
        my $reference = $self->column('ref', kind => 'small', plain => 1, default => 0);
        $reference->{value} = '1 + H % 50';
        $self->{reference} = $reference;
        push @$columns, $reference;
    }
    if (@{ $self->{key} } == 1 && $self->{shape} ne 'inherited' && chance(12))
    {
        my $parent = $self->column('parent', kind => $self->{key}[0]{kind}, plain => 1, default => 0);
        @$parent{qw(value nulls notnull given)} = ('NULL', 0, 0, 1);
        $parent->{collation} = $self->{key}[0]{collation};
        $self->{parent} = $parent;
        push @$columns, $parent;
    }
    if ($self->{shape} ne 'partitioned' && chance(12))
    {
        $self->{disjoint} = $self->column('span', kind => pick(qw(int4range tstzrange)), unique => 1);
        push @$columns, $self->{disjoint};
    }
    # An order that is not the order of the names.
    @$columns = shuffled(@$columns) if chance(60);
    if (chance(22))
    {
        my $base = pick(grep { !$_->{serial} && !$_->{identity} } @$columns) // $columns->[0];
        my ($kind, $expression) = $base->derived;
        my $generated = $self->column('gen', kind => $kind, default => 0, plain => 1);
        @$generated{qw(generated notnull nulls)} = ($expression, 0, 1);
        $base->{pins}{generated} = 1;
        push @$columns, $generated;
    }
    if (chance(40))
    {
        push @{ $self->{doomed} }, map { $self->column('gone', kind => HotswapTest::RandomColumn::any_kind(), default => 0) } 1 .. between(1, 2);
    }
    # Columns that the older rows do not hold.
    for (1 .. (chance(40) ? between(1, 2) : 0))
    {
        my $late = $self->column('late', kind => HotswapTest::RandomColumn::any_kind(), plain => 1, default => chance(75));
        $late->{default} = undef if ($late->{default} // '') =~ /now|CURRENT|random/;
        $late->{notnull} = defined $late->{default} && chance(50);
        $late->{nulls} = $late->{notnull} ? 0 : $late->{nulls} || 10;
        push @{ $self->{late} }, $late;
    }
    return;
}

# ---- the table ------------------------------------------------------------------------------------------------------

sub create
{
    my ($self) = @_;
    my $schema = $self->{schema};
    my @columns = @{ $self->{columns} };
    # Dropped columns at the front, in the middle and at the end.
    splice @columns, between(0, scalar @columns), 0, $_ for @{ $self->{doomed} };
    $self->{create_order} = \@columns;
    my $word = $self->{shape} eq 'unlogged' ? 'UNLOGGED ' : '';
    my $with = '';
    if ($self->{shape} ne 'partitioned' && chance(35))
    {
        my @options = some(between(1, 3), 'fillfactor = ' . between(40, 99), 'autovacuum_enabled = false', 'toast.autovacuum_enabled = false',
            'parallel_workers = 0', 'toast_tuple_target = ' . between(200, 4000), 'autovacuum_vacuum_scale_factor = 0.4', 'toast.vacuum_index_cleanup = on');
        $with = ' WITH (' . join(', ', @options) . ')';
    }
    my $by = '';
    if (my $partition = $self->{partition}) { $by = " PARTITION BY $partition->{method} ($partition->{column}{q})" }
    my $space = $schema->{server}{tablespace} && $self->{shape} ne 'partitioned' && chance(5) ? ' TABLESPACE eq_space' : '';
    $schema->add("CREATE ${word}TABLE $self->{q} (\n    " . join(",\n    ", map { $_->definition } @columns) . "\n)$by$with$space");
    $self->create_leaves($self->{members}[0], $self->{partition}{method}, $self->{partition}{column}, 1) if $self->{partition};
    $self->create_children if $self->{shape} eq 'inherited';
    return;
}

sub create_leaves
{
    my ($self, $parent, $method, $column, $deeper) = @_;
    my $schema = $self->{schema};
    for my $bound ($self->bounds($method, $column, between(2, 4)))
    {
        my ($name, $q) = $schema->fresh('leaf');
        my $leaf = { q => $q, name => $name, kind => 'leaf', storage => 1, parent => $parent };
        push @{ $self->{members} }, $leaf;
        if ($deeper && $bound ne 'DEFAULT' && chance(15))
        {
            $leaf->{storage} = 0;
            my $key = $self->{key}[0];
            $key = $column if $key->{kind} !~ /^(?:small|integer|bigint|text|uuid)$/;
            $key->{pins}{partition} = 1;
            $schema->add("CREATE TABLE $q PARTITION OF $parent->{q} $bound PARTITION BY HASH ($key->{q})");
            $self->create_leaves($leaf, 'HASH', $key, 0);
        }
        elsif (chance(25))
        {
            # Made by itself: other attribute numbers than its parent, and a dropped column of its own.
            my ($gone) = map { quoted($_) } $schema->{names}->name('gone');
            my @like = ("LIKE $self->{q} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION", "$gone integer");
            my $with = chance(30) ? ' WITH (fillfactor = ' . between(50, 95) . ')' : '';
            $schema->add("CREATE TABLE $q (" . join(', ', shuffled(@like)) . ")$with");
            $schema->add("ALTER TABLE $q DROP COLUMN $gone", "ALTER TABLE $parent->{q} ATTACH PARTITION $q $bound");
        }
        else { $schema->add("CREATE TABLE $q PARTITION OF $parent->{q} $bound") }
    }
    return;
}

sub create_children
{
    my ($self) = @_;
    my $schema = $self->{schema};
    my $parent = $self->{members}[0];
    for (1 .. between(1, 3))
    {
        my ($name, $q) = $schema->fresh('child');
        my $child = { q => $q, name => $name, kind => 'child', storage => 1, parent => $parent, extra => [] };
        my @own = map { $self->column('own', kind => HotswapTest::RandomColumn::any_kind()) } 1 .. between(0, 2);
        $child->{extra} = [ @own ];
        # A column that is inherited and declared here, too.
        my ($again) = chance(30) ? grep { !$_->{generated} && !$_->{identity} && !$_->{serial} } some(1, @{ $self->{columns} }) : ();
        my @lines = map { $_->definition } @own;
        push @lines, "$again->{q} $again->{type}" . ($again->{collation} ? " COLLATE $again->{collation}" : '') . ($again->{compression} ? " COMPRESSION $again->{compression}" : '') if $again;
        $schema->add("CREATE TABLE $q (" . join(', ', @lines) . ") INHERITS ($parent->{q})");
        push @{ $self->{members} }, $child;
        if ($parent->{kind} eq 'child') { $child->{extra} = [ @{ $parent->{extra} }, @own ] }
        $parent = $child if chance(25);
    }
    return;
}

# ---- rows -----------------------------------------------------------------------------------------------------------

# Rows from .. to, written to one relation. explicit: also what a sequence would give.
sub insert
{
    my ($self, $member, $from, $to, $explicit, @columns) = @_;
    my (@names, @values);
    for my $column (@columns, @{ $member->{extra} || [] })
    {
        next if defined $column->{generated} || $column->{given} && !$explicit;
        push @names, $column->{q};
        push @values, $column->row_value;
    }
    my $overriding = $explicit && grep({ $_->{identity} } @columns) ? ' OVERRIDING SYSTEM VALUE' : '';
    $self->{schema}->add("INSERT INTO $member->{q} (" . join(', ', @names) . ")$overriding\nSELECT " . join(",\n       ", @values) . "\n  FROM generate_series($from, $to) AS i");
    return;
}

sub fill
{
    my ($self) = @_;
    my $schema = $self->{schema};
    my ($root, @others) = @{ $self->{members} };
    my @doomed = @{ $self->{doomed} };
    my @early = chance(50) ? @doomed : ();
    my @between = @early ? () : @doomed;
    my $drop = sub { $schema->add(map { "ALTER TABLE $self->{q} DROP COLUMN $_->{q}" } @_) };
    my $half = int($self->{rows} * between(30, 70) / 100);
    my @targets = $self->{shape} eq 'inherited' ? ($root, @others) : ($root);
    my $rounds = sub {
        my ($from, $to, @columns) = @_;
        my $share = int(($to - $from + 1) / @targets);
        for my $target (@targets)
        {
            my $end = $target == $targets[-1] ? $to : $from + $share - 1;
            # Children do not inherit an identity.
            $self->insert($target, $from, $end, $target->{kind} eq 'child' && grep({ $_->{identity} } @columns) ? 1 : 0, @columns);
            $from = $end + 1;
        }
    };
    $drop->(@early);
    $rounds->(1, $half, @{ $self->{columns} }, @between);
    $schema->add(map { "ALTER TABLE $self->{q} ADD COLUMN " . $_->definition } @{ $self->{late} });
    $drop->(@between);
    push @{ $self->{columns} }, @{ $self->{late} };
    for my $column (grep { $_->{storage} } @{ $self->{columns} })
    {
        $schema->add("ALTER TABLE $self->{q} ALTER COLUMN $column->{q} SET STORAGE $column->{storage}");
    }
    $rounds->($half + 1, $self->{rows}, @{ $self->{columns} }) unless chance(10);
    # Dead and moved row versions.
    my $spare = pick(grep { !$_->{generated} && !$_->{identity} } @{ $self->{columns} });
    $schema->add("UPDATE $self->{q} AS t SET $spare->{q} = $spare->{q} WHERE hashtext(t::text) % 3 = 0") if $spare && chance(40);
    $schema->add("DELETE FROM $self->{q} AS t WHERE hashtext(t::text) % 6 = 0") if chance(30);
    if (my $parent = $self->{parent})
    {
        my $key = $self->{key}[0]{q};
        $schema->add("UPDATE $self->{q} SET $parent->{q} = $key WHERE hashtext($key\::text) % 4 = 0");
    }
    $schema->late(chance(50) ? "VACUUM ANALYZE $self->{q}" : "ANALYZE $self->{q}") if chance(30);
    return;
}

# ---- for those who build on it --------------------------------------------------------------------------------------

# Columns that can all of these, in random order; without the key's unless asked.
sub columns_that
{
    my ($self, $can, $with_key) = @_;
    my %key = map { ($_ => 1) } @{ $self->{key} };
    return shuffled(grep { $_->can_do($can) && ($with_key || !$key{$_}) } @{ $self->{columns} });
}

sub partitioned { return $_[0]{shape} eq 'partitioned' }

# Relations with rows of their own.
sub stores { return grep { $_->{storage} } @{ $_[0]{members} } }

1;
