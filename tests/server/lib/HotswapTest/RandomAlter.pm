# A random ALTER TABLE of one to four subcommands, at least one of which rewrites the table, or the removal of its bloat: what
# PostgreSQL is told, what hotswap is told, the way back where hotswap may not know it, and which columns get other values in
# each run.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomAlter;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomColumn;
use HotswapTest::RandomConversion;
use HotswapTest::RandomName qw(quoted);

sub new
{
    my ($class, $table) = @_;
    my $schema = $table->{schema};
    my $self = bless { table => $table, schema => $schema, parts => [], down => [], masked => [], types => 0, touched => {}, rewrites => 0, views => 0 }, $class;
    # By hand of a superuser, or by the owner's.
    $self->{role} = $schema->{owner} if $schema->{owner} && chance(50);
    if ($schema->{server}{bloat} && chance(7))
    {
        $self->bloat;
        return $self;
    }
    for (1 .. 20)
    {
        last if $self->main_part;
    }
    for (1 .. weighted([ 45, 0 ], [ 30, 1 ], [ 15, 2 ], [ 10, 3 ]))
    {
        last if @{ $self->{parts} } >= 4;
        $self->side_part;
    }
    return $self;
}

# ---- parts that rewrite ---------------------------------------------------------------------------------------------

# True when the table is to be rewritten.
sub main_part
{
    my ($self) = @_;
    my $table = $self->{table};
    my @persistent = $table->partitioned || $table->{reference} || $table->{referenced_by} || $table->{parent} ? () : ([ $table->{shape} eq 'unlogged' ? 25 : 5, 'persistence' ]);
    my @space = $self->{schema}{server}{tablespace} && !$table->partitioned ? ([ 4, 'space' ]) : ();
    my $what = weighted([ 70, 'type' ], [ 11, 'volatile' ], [ 9, 'generated' ], @persistent, @space);
    return $self->$what;
}

sub free
{
    my ($self, $tolerated) = @_;
    my %tolerated = map { ($_ => 1) } split / /, $tolerated;
    return shuffled(grep { !$self->{touched}{ $_->{name} } && !grep { !$tolerated{$_} } sort keys %{ $_->{pins} } } @{ $self->{table}{columns} });
}

sub type
{
    my ($self) = @_;
    # Now and then a column that the server does not let go, or that a view shows.
    my @columns = $self->free(weighted([ 60, '' ], [ 37, 'view' ], [ 3, 'view generated policy trigger partition function publication' ]));
    @columns = sort { ($b->{pins}{view} || 0) <=> ($a->{pins}{view} || 0) } @columns if chance(50);
    for my $column (@columns)
    {
        my $found = HotswapTest::RandomConversion::find($column, $self->{schema}) or next;
        $self->change_type($column, $found);
        return $found->{rewrites};
    }
    return 0;
}

sub change_type
{
    my ($self, $column, $found) = @_;
    my $q = $column->{q};
    $self->{touched}{ $column->{name} } = 1;
    $self->{rewrites} ||= $found->{rewrites};
    $self->{views} = 1 if $column->{pins}{view};
    my $using = defined $found->{using} ? " USING $found->{using}" : '';
    # Another column of the table in the expression, with the value it had before, whatever becomes of it.
    my ($other) = grep { $_->{class} eq 'int' && $_ != $column && !$_->{given} } @{ $self->{table}{columns} };
    my $free = !$using && !$column->{strict} && !$column->{serial} && !$column->{identity} && !defined $column->{generated};
    my $mixed = $other && $column->{class} eq 'int' && $found->{type} eq 'bigint' && $free && chance(15);
    $using = " USING $q\::bigint + coalesce($other->{q}::bigint, 0)" if $mixed;
    my $data = pick('', 'SET DATA ');
    my @parts = "ALTER COLUMN $q ${data}TYPE $found->{type}$using";
    if (defined $column->{default} && $found->{drops_default}) { unshift @parts, "ALTER COLUMN $q DROP DEFAULT" }
    push @{ $self->{parts} }, @parts;
    if (!$found->{known} || $mixed)
    {
        my $back = $mixed ? $q : $found->{back} // "$q\::$column->{type}";
        push @{ $self->{down} }, [ $column->{name}, $back ];
    }
    elsif (defined $found->{back} && chance(30)) { push @{ $self->{down} }, [ $column->{name}, $found->{back} ] }
    return;
}

sub new_column
{
    my ($self, $kind) = @_;
    my $column = HotswapTest::RandomColumn->new($self->{schema}, name => $self->{schema}{names}->name('added'), kind => $kind, default => 0, plain => 1);
    $column->{notnull} = $column->{nulls} = 0;
    return $column;
}

sub volatile
{
    my ($self) = @_;
    my @ways = ([ 'uuid', 'gen_random_uuid()' ], [ 'timestamptz', 'clock_timestamp()' ], [ 'integer', '(random() * 1000)::integer' ], [ 'text', 'md5(random()::text)' ]);
    push @ways, [ 'serial', '' ], [ 'identity', '' ] if chance(20);
    my ($kind, $default) = @{ pick(@ways) };
    my $column = $self->new_column($default eq '' ? 'bigint' : $kind);
    push @{ $self->{masked} }, $column->{name};
    $column->{default} = $default if $default ne '';
    $column->{serial} = 'bigserial' if $kind eq 'serial';
    # An identity of a parent is not its children's.
    if ($kind eq 'identity')
    {
        return 0 if $self->{table}{shape} eq 'inherited' || $self->{table}->partitioned;
        $column->{identity} = pick('ALWAYS', 'BY DEFAULT');
    }
    $column->{notnull} = 1 if $kind ne 'identity' && chance(40);
    my $tail = $default =~ /uuid/ && !$self->{table}->partitioned && chance(8) ? ' UNIQUE' : '';
    push @{ $self->{parts} }, 'ADD COLUMN ' . $column->definition . $tail;
    return $self->{rewrites} = 1;
}

sub generated
{
    my ($self) = @_;
    my ($base) = grep { !defined $_->{generated} } $self->free('view policy trigger partition function publication') or return 0;
    my ($kind, $expression) = $base->derived;
    my $column = $self->new_column($kind);
    $column->{generated} = $expression;
    $self->{touched}{ $base->{name} } = 1;
    push @{ $self->{parts} }, 'ADD COLUMN ' . $column->definition;
    return $self->{rewrites} = 1;
}

sub persistence
{
    my ($self) = @_;
    return 0 if $self->{persistence}++ || $self->{table}{published};
    push @{ $self->{parts} }, $self->{table}{shape} eq 'unlogged' ? 'SET LOGGED' : 'SET UNLOGGED';
    return $self->{rewrites} = 1;
}

sub space
{
    my ($self) = @_;
    return 0 if $self->{space}++;
    push @{ $self->{parts} }, 'SET TABLESPACE eq_space';
    return 1;
}

# ---- parts that come along ------------------------------------------------------------------------------------------

sub side_part
{
    my ($self) = @_;
    my $way = weighted([ 25, 'type' ], [ 8, 'volatile' ], [ 5, 'generated' ], [ 12, 'plain_column' ], [ 10, 'not_null' ], [ 12, 'default' ], [ 12, 'constraint' ],
        [ 2, 'drop_constraint' ], [ 8, 'setting' ], [ 1, 'drop_column' ]);
    $self->$way;
    return;
}

sub plain_column
{
    my ($self) = @_;
    my $column = $self->new_column(pick(qw(integer text numeric boolean jsonb date enum domain integers)));
    my $constant = { integer => '7', text => "'new'", numeric => '0.50', boolean => 'false', jsonb => "'{}'", date => "'2024-01-31'", enum => "'low'", domain => "'dom'", integers => "'{3}'" }->{ $column->{kind} };
    $column->{default} = $constant if chance(60);
    $column->{notnull} = 1 if defined $column->{default} && chance(40);
    my $tail = '';
    # What has no name of its own in the statement, hotswap may refuse; so it is rare here and below.
    $tail = " CHECK ($column->{q} IS NULL OR true)" if chance(5);
    $tail = ' UNIQUE' if !defined $column->{default} && $column->{kind} ne 'domain' && !$self->{table}->partitioned && chance(5);
    $tail = " REFERENCES $self->{table}{target} (id)" if $column->{kind} eq 'integer' && !defined $column->{default} && $self->{table}{target} && chance(15);
    push @{ $self->{parts} }, 'ADD COLUMN ' . $column->definition . $tail;
    return;
}

sub not_null
{
    my ($self) = @_;
    my %touched = %{ $self->{touched} };
    my @columns = shuffled(grep { !$touched{ $_->{name} } } @{ $self->{table}{columns} });
    my %key = map { ($_ => 1) } @{ $self->{table}{key} };
    my ($set) = grep { !$_->{notnull} && !$_->{nulls} && !$_->{given} && !$_->{generated} } @columns;
    my ($drop) = grep { $_->{notnull} && !$key{$_} && !$_->{serial} && !$_->{identity} } @columns;
    my $column = $set && chance(60) ? $set : $drop or return;
    $self->{touched}{ $column->{name} } = 1;
    push @{ $self->{parts} }, "ALTER COLUMN $column->{q} " . ($column == ($set || 0) ? 'SET' : 'DROP') . ' NOT NULL';
    return;
}

my %values = (int => [ 3, '1 + 1' ], number => ['2.5'], text => [ "'other'", "lower('X')" ], bool => ['NOT true'], date => ["date '2024-01-01' + 1"], timestamp => ["'2024-01-01'"],
    timestamptz => ['now()'], jsonb => ["'[1]'"], array => ["'{9}'"], uuid => ['gen_random_uuid()']);

sub default
{
    my ($self) = @_;
    my ($column) = grep { !defined $_->{generated} && !$_->{serial} && !$_->{identity} } $self->free('view policy trigger partition function publication generated') or return;
    $self->{touched}{ $column->{name} } = 1;
    my $values = $values{ $column->{class} };
    if (defined $column->{default} && chance(40)) { push @{ $self->{parts} }, "ALTER COLUMN $column->{q} DROP DEFAULT" }
    elsif ($values && $column->{type} !~ /char\(|date_text/) { push @{ $self->{parts} }, "ALTER COLUMN $column->{q} SET DEFAULT " . pick(@$values) }
    return;
}

sub constraint
{
    my ($self) = @_;
    my $table = $self->{table};
    my $named = chance(92) ? 'CONSTRAINT ' . quoted($self->{schema}{names}->name('con')) . ' ' : '';
    # Also over columns whose type is just being changed: such an expression holds for any type.
    my ($one, $two) = shuffled(@{ $table->{columns} });
    my $way = weighted([ 50, 'check' ], [ 25, 'unique' ], [ 25, 'foreign' ]);
    my ($unique) = grep { $_->{unique} && $_->can_do('b') && $_->{kind} !~ /range/ } $self->free('view policy trigger function publication generated');
    if ($way eq 'unique' && $unique && !$table->partitioned)
    {
        $self->{touched}{ $unique->{name} } = 1;
        push @{ $self->{parts} }, "ADD ${named}UNIQUE ($unique->{q})" . (chance(20) ? ' DEFERRABLE' : '') if $table->{shape} ne 'inherited';
    }
    elsif ($way eq 'foreign' && $table->{reference} && !$self->{touched}{ $table->{reference}{name} })
    {
        push @{ $self->{parts} }, "ADD ${named}FOREIGN KEY ($table->{reference}{q}) REFERENCES $table->{target} (id)" . pick('', ' ON DELETE CASCADE') . ($table->partitioned ? '' : pick('', ' NOT VALID'));
    }
    elsif ($way eq 'check')
    {
        push @{ $self->{parts} }, "ADD ${named}CHECK ($one->{q} IS NOT NULL OR $two->{q} IS NULL OR true)" . ($table->partitioned ? '' : pick('', '', ' NO INHERIT')) . pick('', '', ' NOT VALID');
    }
    return;
}

sub drop_constraint
{
    my ($self) = @_;
    my ($constraint) = shuffled(grep { $_->{droppable} && !$_->{gone} && $_->{member}{kind} eq 'root' } @{ $self->{table}{index}{constraints} }) or return;
    $constraint->{gone} = 1;
    push @{ $self->{parts} }, "DROP CONSTRAINT $constraint->{q}";
    return;
}

sub setting
{
    my ($self) = @_;
    my $table = $self->{table};
    my ($column) = $self->free('view policy trigger partition function publication generated');
    my ($trigger) = @{ $table->{neighbour}{triggers} };
    my @ways = $column ? ("ALTER COLUMN $column->{q} SET STATISTICS 77", "ALTER COLUMN $column->{q} SET (n_distinct = 12)") : ();
    push @ways, "ALTER COLUMN $column->{q} SET STORAGE EXTERNAL" if $column && $column->can_do('t');
    push @ways, "ALTER COLUMN $column->{q} SET COMPRESSION pglz" if $column && $column->{type} eq 'text';
    push @ways, 'SET (fillfactor = 66)', 'SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)' unless $table->partitioned;
    # Refused where there is no exact way back.
    push @ways, 'REPLICA IDENTITY FULL', $table->partitioned ? () : 'SET WITHOUT CLUSTER' if chance(20) || !@ways;
    push @ways, "DISABLE TRIGGER $trigger" if $trigger;
    push @{ $self->{parts} }, pick(@ways);
    $self->{touched}{ $column->{name} } = 1 if $column;
    return;
}

sub drop_column
{
    my ($self) = @_;
    my %key = map { ($_ => 1) } @{ $self->{table}{key} };
    my ($column) = grep { !$key{$_} } $self->free('') or return;
    return if $self->{table}{reference} && $column == $self->{table}{reference};
    $self->{touched}{ $column->{name} } = 1;
    push @{ $self->{parts} }, "DROP COLUMN $column->{q}";
    return;
}

# ---- bloat ----------------------------------------------------------------------------------------------------------

# Of a table with all below it: of a leaf, of a child, or of everything.
sub bloat
{
    my ($self) = @_;
    my $table = $self->{table};
    my $top = pick(@{ $table->{members} });
    my @below = grep { my $up = $_; $up = $up->{parent} while $up && $up != $top; $up } $table->stores;
    my $order = chance(50) && $table->{key_as} ne 'none' ? join(', ', map { $_->{q} } @{ $table->{key} }) : undef;
    $self->{bloat} = { q => $top->{q}, tables => [ map { $_->{q} } @below ], order => $order, fillfactor => chance(50) ? between(50, 95) : undef };
    $self->{rewrites} = 1;
    return;
}

# ---- as SQL ---------------------------------------------------------------------------------------------------------

sub statement
{
    my ($self) = @_;
    return "ALTER TABLE $self->{table}{q}\n    " . join(",\n    ", @{ $self->{parts} });
}

# What PostgreSQL is told instead. With the views out of the way where it could not do it otherwise.
sub plain
{
    my ($self, $without_views) = @_;
    my $table = $self->{table};
    my $owner = $self->{schema}{owner};
    my @me = $self->{role} ? "SET ROLE $self->{role}" : ();
    if (my $bloat = $self->{bloat})
    {
        return (@me, map { defined $bloat->{fillfactor} ? "ALTER TABLE $_ SET (fillfactor = $bloat->{fillfactor})" : "VACUUM FULL $_" } @{ $bloat->{tables} });
    }
    return (@me, $self->statement) unless $without_views;
    my @views = @{ $table->{neighbour}{views} };
    my @owner = $owner ? "SET ROLE $owner" : ();
    return (@owner, map({ $_->{drop} } reverse @views), 'RESET ROLE', @me, $self->statement, 'RESET ROLE', @owner, map { @{ $_->{make} } } @views);
}

# JSON of the options, without braces.
sub options
{
    my ($self, @more) = @_;
    my $text = sub { my ($value) = @_; $value =~ s/(["\\])/\\$1/g; $value =~ s/\n/\\n/g; return "\"$value\"" };
    push @more, '"down": {' . join(', ', map { $text->($_->[0]) . ': ' . $text->($_->[1]) } @{ $self->{down} }) . '}' if @{ $self->{down} };
    return '{' . join(', ', @more) . '}';
}

1;
