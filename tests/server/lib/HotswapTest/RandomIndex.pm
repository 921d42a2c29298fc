# Keys, indexes, checks, exclusion constraints and statistics objects of a random table, and what marks an index: CLUSTER,
# REPLICA IDENTITY, statistics targets. Each tells its columns what it needs of their type (`need`), and whether an expression
# keeps them in their class (`keep_class`), so that RandomAlter can stay with statements the server accepts.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomIndex;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomName qw(quoted);

# An expression over a column of the class; Q is the column.
my %expressions = (
    int => [ '(Q % 10)', '(Q + 1)', 'abs(Q)' ], number => ['(Q + 1)'], text => [ 'lower(Q)', 'left(Q, 5)', "(Q || '!')" ],
    bool => ['(NOT Q)'], date => ['(Q + 7)'], timestamp => ["date_trunc('day', Q)"], jsonb => [ "(Q -> 'n')", "(Q ->> 'text')" ],
    array => ['cardinality(Q)'], composite => ['((Q).a)'], range => ['lower(Q)'], uuid => ['(Q::text)'], bytea => ['length(Q)'],
);
my %conditions = (
    int => [ 'Q > 10', 'Q <> 77' ], number => ['Q < 100'], text => [ "Q <> ''", "Q > 'k'" ], bool => [ 'Q', 'NOT Q' ],
    date => ["Q > '2005-01-01'"], timestamp => ["Q > '2005-01-01'"], jsonb => ["Q ? 'n'"], range => ['NOT isempty(Q)'], enum => ["Q <> 'low'"],
);
# What every row fulfils.
my %checks = (
    int => [ 'Q > -9000000000000000000', 'Q BETWEEN -9000000000000000000 AND 9000000000000000000' ], number => [ "Q <= 'NaN'", 'Q = Q' ],
    text => [ 'length(Q) < 100000', "Q <> 'nobody has this'" ], date => ["Q > '1900-01-01'"], timestamp => ["Q > '1900-01-01'"],
    bool => ['Q OR NOT Q'], jsonb => ["Q <> '7'"], enum => ["Q IN ('low', 'mid', 'high')"],
);

sub new
{
    my ($class, $table) = @_;
    my $self = bless { table => $table, schema => $table->{schema}, indexes => [], constraints => [], statistics => [] }, $class;
    $table->{index} = $self;
    $self->unique_keys;
    $self->one_index($table->{members}[0]) for 1 .. weighted([ 20, 0 ], [ 30, 1 ], [ 25, 2 ], [ 15, 4 ], [ 10, 6 ]);
    my @members = grep { $_->{kind} ne 'root' } $table->stores;
    $self->one_index(pick(@members)) for 1 .. (@members && chance(40) ? between(1, 2) : 0);
    $self->check for 1 .. weighted([ 45, 0 ], [ 30, 1 ], [ 25, 3 ]);
    $self->exclusion if $table->{disjoint};
    $self->statistics for 1 .. weighted([ 75, 0 ], [ 20, 1 ], [ 5, 2 ]);
    $self->marks;
    return $self;
}

# Remembers a constraint under its name, which is plain: automatic names are looked up by nobody.
sub constraint
{
    my ($self, $member, $type, $text, %more) = @_;
    my $name = chance(65) ? $self->{schema}{names}->name($type) : undef;
    my $named = defined $name ? 'CONSTRAINT ' . quoted($name) . ' ' : '';
    $self->{schema}->add("ALTER TABLE $member->{q} ADD $named$text");
    return undef unless defined $name;
    my $constraint = { name => $name, q => quoted($name), type => $type, member => $member, %more };
    push @{ $self->{constraints} }, $constraint;
    $self->{schema}->comment("CONSTRAINT $constraint->{q} ON $member->{q}");
    return $constraint;
}

sub options
{
    my ($self) = @_;
    return chance(15) ? ' WITH (fillfactor = ' . between(50, 99) . ')' : '';
}

# using: as a constraint has it
sub space
{
    my ($self, $using) = @_;
    return $self->{schema}{server}{tablespace} && chance(4) ? ($using || '') . ' TABLESPACE eq_space' : '';
}

# ---- keys -----------------------------------------------------------------------------------------------------------

sub unique_keys
{
    my ($self) = @_;
    my $table = $self->{table};
    return if $table->{key_as} eq 'none';
    my @columns = @{ $table->{key} };
    $_->{need}{b} = $_->{strict} = 1 for @columns;
    my $list = join ', ', map { $_->{q} } @columns;
    # Children inherit no key, and get one each; one without is rare.
    for my $member (grep { $_->{kind} ne 'leaf' } @{ $table->{members} })
    {
        next if $member->{kind} eq 'child' && chance(2);
        my $include = '';
        if (chance(10) && (my ($more) = $table->columns_that('b')))
        {
            $include = " INCLUDE ($more->{q})";
            # Where a foreign key refers to this key, the server cannot make it again for such a column.
            $more->{pins}{include} = 1;
        }
        if ($table->{key_as} eq 'unique')
        {
            my ($name, $q) = $self->{schema}->fresh('key');
            $self->{schema}->add('CREATE UNIQUE INDEX ' . quoted($name) . " ON $member->{q} ($list)$include" . $self->options);
            push @{ $self->{indexes} }, { name => $name, q => $q, member => $member, unique => 1, immediate => 1, whole => 1, btree => 1, key => 1 };
        }
        elsif (!$table->partitioned && chance(12))
        {
            # An index that became a key later, with a name of its own.
            my ($name, $q) = $self->{schema}->fresh('pk');
            $self->{schema}->add('CREATE UNIQUE INDEX ' . quoted($name) . " ON $member->{q} ($list)");
            $self->{schema}->add("ALTER TABLE $member->{q} ADD PRIMARY KEY USING INDEX " . quoted($name));
        }
        else
        {
            my $defer = chance(3) ? ' DEFERRABLE' : '';
            my $made = $self->constraint($member, 'pk', "PRIMARY KEY ($list)$include" . $self->options . $self->space(' USING INDEX') . $defer, key => 1);
            push @{ $self->{indexes} }, { name => $made->{name}, q => $self->{schema}->inside($made->{name}), member => $member, unique => 1, immediate => !$defer, whole => 1, btree => 1, key => 1 } if $made;
            $table->{deferred_key} = 1 if $defer;
        }
    }
    # More unique constraints, over columns whose values are.
    for my $column (grep { $_->{unique} && $_->can_do('b') && $_ != $columns[0] } @{ $table->{columns} })
    {
        next if $column == ($table->{disjoint} || 0) || chance(30);
        $column->{need}{b} = $column->{strict} = 1;
        my @with = $table->partitioned ? map { $_->{q} } grep { $_->{pins}{partition} } @{ $table->{columns} } : ();
        my $columns = join ', ', $column->{q}, @with;
        my $server = $self->{schema}{server};
        my $nulls = $server->{version} >= 150000 && chance(25) ? ' NULLS NOT DISTINCT' : '';
        my $defer = chance(25) ? pick(' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED') : '';
        my $one = $self->constraint($table->{members}[0], 'uq', "UNIQUE$nulls ($columns)" . $self->options . $defer);
        $column->{referenced} = 1 if !$defer && !@with;
    }
    return;
}

# ---- indexes --------------------------------------------------------------------------------------------------------

# One element of an index and what it asks of the column.
sub element
{
    my ($self, $column) = @_;
    my $e = $expressions{ $column->{class} };
    if ($e && chance(20))
    {
        # Immutable only where the output does not depend on a setting.
        $column->{keep_class} = 1;
        (my $text = pick(@$e)) =~ s/Q/$column->{q}/g;
        return $text;
    }
    $column->{need}{b} = 1;
    my $text = $column->{q};
    $text .= ' COLLATE "C"' if $column->can_do('c') && chance(12) and $column->{need}{c} = 1;
    if ($column->{type} eq 'text' && !$column->{collation} && $text eq $column->{q} && chance(8))
    {
        $text .= ' text_pattern_ops';
        $column->{pins}{operators} = 1;
    }
    return $text . pick('', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST');
}

sub condition
{
    my ($self) = @_;
    my $column = pick(@{ $self->{table}{columns} });
    my $c = $conditions{ $column->{class} };
    return "$column->{q} IS NOT NULL" unless $c && chance(60);
    return "$column->{q} IS NULL" if $column->{kind} eq 'checked';
    $column->{keep_class} = 1;
    (my $text = pick(@$c)) =~ s/Q/$column->{q}/g;
    return $text;
}

sub one_index
{
    my ($self, $member) = @_;
    my $table = $self->{table};
    my ($name, $q) = $self->{schema}->fresh('index');
    my $method = weighted([ 62, 'btree' ], [ 10, 'hash' ], [ 8, 'brin' ], [ 12, 'gin' ], [ 8, 'gist' ]);
    my %can = (btree => 'b', hash => 'h', brin => 'r', gin => 'g', gist => 's');
    my @columns = $table->columns_that($can{$method}, chance(30)) or return;
    my ($elements, $unique, $tail) = ('', '', '');
    if ($method eq 'btree')
    {
        my ($u) = grep { $_->{unique} } @columns;
        if ($u && chance(30) && !$table->partitioned)
        {
            $u->{need}{b} = $u->{strict} = 1;
            ($elements, $unique) = ($u->{q}, 'UNIQUE ');
        }
        else { $elements = join ', ', map { $self->element($_) } some(weighted([ 60, 1 ], [ 30, 2 ], [ 10, 3 ]), @columns) }
        $tail = ' INCLUDE (' . join(', ', map { $_->{q} } some(between(1, 2), grep { index($elements, $_->{q}) < 0 } $table->columns_that('b'))) . ')' if chance(12);
        $tail = '' if $tail eq ' INCLUDE ()';
        $tail .= ' WITH (' . pick('fillfactor = 70', 'deduplicate_items = off') . ')' if chance(15);
    }
    else
    {
        my $column = $columns[0];
        $column->{need}{ $can{$method} } = 1;
        $elements = $column->{q};
        ($elements, $column->{keep_class}) = ("$elements jsonb_path_ops", 1) if $method eq 'gin' && $column->{type} eq 'jsonb' && chance(40);
        my %with = (brin => 'pages_per_range = 8, autosummarize = on', gin => 'fastupdate = off', gist => 'buffering = off', hash => 'fillfactor = 60');
        $tail = " WITH ($with{$method})" if chance(30);
    }
    my $where = $unique ? '' : chance(20) ? ' WHERE ' . $self->condition : '';
    my $only = quoted($name);
    $self->{schema}->add("CREATE ${unique}INDEX $only ON $member->{q} USING $method ($elements)$tail" . $self->space . $where);
    my $made = { name => $name, q => $q, member => $member, unique => $unique ? 1 : 0, immediate => 1, whole => $where eq '' && $elements !~ /\(/, btree => $method eq 'btree' };
    $made->{expression} = $method eq 'btree' && $elements =~ /^[(a-z]+\(|^\(/ ? 1 : 0;
    push @{ $self->{indexes} }, $made;
    $self->{schema}->comment("INDEX $q");
    return;
}

# ---- checks, exclusions, statistics ---------------------------------------------------------------------------------

sub check
{
    my ($self) = @_;
    my $table = $self->{table};
    my @columns = grep { $_->{kind} ne 'checked' } @{ $table->{columns} };
    my $column = pick(@columns);
    my $c = $checks{ $column->{class} };
    my $other = pick(@columns);
    my $text = "$column->{q} IS NULL OR $other->{q} IS NULL OR true";
    if ($c && chance(70))
    {
        $column->{keep_class} = 1;
        ($text = pick(@$c)) =~ s/Q/$column->{q}/g;
    }
    my $tail = chance(20) ? ' NOT VALID' : '';
    my $no_inherit = !$table->partitioned && chance(15) ? ' NO INHERIT' : '';
    $self->constraint($table->{members}[0], 'check', "CHECK ($text)$no_inherit$tail", droppable => 1);
    return;
}

sub exclusion
{
    my ($self) = @_;
    my $column = $self->{table}{disjoint};
    $column->{need}{s} = $column->{keep_class} = $column->{strict} = 1;
    my $where = chance(20) ? " WHERE ($column->{q} IS NOT NULL)" : '';
    my $defer = chance(20) ? ' DEFERRABLE' : '';
    $self->constraint($self->{table}{members}[0], 'apart', "EXCLUDE USING gist ($column->{q} WITH &&)$where$defer", droppable => 1);
    return;
}

sub statistics
{
    my ($self) = @_;
    my $table = $self->{table};
    my ($name, $q) = $self->{schema}->fresh('stats');
    my @columns = some(2, $table->columns_that('b', 1));
    return if @columns < 2;
    my @elements = map { $_->{q} } @columns;
    $_->{need}{b} = 1 for @columns;
    my $kinds = pick('', ' (ndistinct)', ' (dependencies, mcv)');
    if (chance(20) && $columns[0]{class} eq 'int')
    {
        $columns[0]{keep_class} = 1;
        push @elements, "($columns[0]{q} / 10)";
    }
    my ($column, @rest) = @elements;
    $self->{schema}->add("CREATE STATISTICS $q$kinds ON " . join(', ', $column, @rest) . " FROM $table->{q}");
    $self->{schema}->add("ALTER STATISTICS $q SET STATISTICS " . between(1, 500)) if chance(30);
    $self->{schema}->comment("STATISTICS $q");
    push @{ $self->{statistics} }, $q;
    return;
}

# ---- marks ----------------------------------------------------------------------------------------------------------

sub marks
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    for my $member ($table->stores)
    {
        my @own = grep { $_->{member} == $member } @{ $self->{indexes} };
        if (chance(15) && (my ($index) = grep { $_->{btree} && $_->{whole} } @own)) { $schema->add("ALTER TABLE $member->{q} CLUSTER ON " . quoted($index->{name})) }
        my @keys = grep { $_->{key} && $_->{immediate} } @own;
        if (chance(15))
        {
            $schema->add("ALTER TABLE $member->{q} REPLICA IDENTITY " . (@keys && chance(60) ? 'USING INDEX ' . quoted($keys[0]{name}) : pick('FULL', 'NOTHING')));
        }
        next if $member->{kind} ne 'leaf';
        $schema->add("ALTER TABLE $member->{q} SET (" . pick('fillfactor = 88', 'autovacuum_enabled = off', 'toast.autovacuum_enabled = off') . ')') if chance(15);
        $schema->add("ALTER TABLE $member->{q} SET TABLESPACE eq_space") if $schema->{server}{tablespace} && chance(3);
    }
    for my $index (grep { $_->{expression} } @{ $self->{indexes} })
    {
        $schema->add("ALTER INDEX $index->{q} ALTER COLUMN 1 SET STATISTICS " . between(0, 900)) if chance(50);
    }
    for my $column (some(2, @{ $table->{columns} }))
    {
        $schema->add("ALTER TABLE $table->{q} ALTER COLUMN $column->{q} SET STATISTICS " . between(0, 900)) if chance(25);
        $schema->add("ALTER TABLE $table->{q} ALTER COLUMN $column->{q} SET (n_distinct = " . pick(-0.5, 20) . ')') if chance(12);
    }
    return;
}

1;
