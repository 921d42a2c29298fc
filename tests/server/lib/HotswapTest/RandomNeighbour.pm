# What stands around a random table: foreign keys there and back, views, triggers, policies, rights, publications, functions,
# comments. Views are remembered with the statements that make them, for an ALTER that has to do without them for a while.
# pins: the server refuses to change the type of such a column.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomNeighbour;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomName qw(literal quoted);
use HotswapTest::RandomSchema;

sub new
{
    my ($class, $table) = @_;
    my $self = bless { table => $table, schema => $table->{schema}, views => [], triggers => [] }, $class;
    $table->{neighbour} = $self;
    $self->reference if $table->{reference};
    $self->parent if $table->{parent} && $table->{key_as} ne 'none' && !$table->{deferred_key};
    $self->referenced if $table->{key_as} ne 'none' && !$table->{deferred_key} && chance(30);
    $self->view for 1 .. weighted([ 72, 0 ], [ 18, 1 ], [ 10, 2 ]);
    $self->trigger for 1 .. weighted([ 70, 0 ], [ 20, 1 ], [ 10, 3 ]);
    $self->functions;
    $self->policies if chance(14);
    $self->rights for 1 .. weighted([ 55, 0 ], [ 25, 1 ], [ 20, 3 ]);
    $self->publication if $table->{shape} ne 'unlogged' && chance(18);
    $self->comments;
    return $self;
}

# ---- foreign keys ---------------------------------------------------------------------------------------------------

sub action
{
    my ($self) = @_;
    my $text = pick('', ' ON DELETE CASCADE', ' ON DELETE SET NULL', ' ON UPDATE CASCADE ON DELETE RESTRICT', ' ON DELETE SET DEFAULT', ' MATCH FULL');
    return $text . pick('', '', ' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED');
}

sub keep
{
    my (@columns) = @_;
    @$_{qw(keep_class strict fk)} = (1, 1, 1) for @columns;
    return;
}

# From the table to another one.
sub reference
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    my ($name, $q) = $schema->fresh('target');
    $schema->add("CREATE TABLE $q (id integer PRIMARY KEY, note text)", "INSERT INTO $q SELECT i, 'target ' || i FROM generate_series(1, 50) AS i");
    keep($table->{reference});
    $table->{target} = $q;
    my $valid = chance(20) && !$table->partitioned ? ' NOT VALID' : '';
    $table->{index}->constraint($table->{members}[0], 'fk', "FOREIGN KEY ($table->{reference}{q}) REFERENCES $q (id)" . $self->action . $valid, droppable => 1);
    return;
}

# From the table to itself.
sub parent
{
    my ($self) = @_;
    my $table = $self->{table};
    keep($table->{parent}, $table->{key}[0]);
    $table->{index}->constraint($table->{members}[0], 'fk', "FOREIGN KEY ($table->{parent}{q}) REFERENCES $table->{q} ($table->{key}[0]{q})" . $self->action);
    return;
}

# From another table to this one. A child's rows are not referenced through its parent.
sub referenced
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    my ($name, $q) = $schema->fresh('source');
    my @key = @{ $table->{key} };
    keep(@key);
    my @names = map { quoted($schema->{names}->name('k')) } @key;
    my @lines = map { "$names[$_] $key[$_]{type}" . ($key[$_]{collation} ? " COLLATE $key[$_]{collation}" : '') } 0 .. $#key;
    my $word = $table->{shape} eq 'unlogged' ? 'UNLOGGED ' : '';
    my $list = join ', ', map { $_->{q} } @key;
    my $mine = join ', ', @names;
    my $only = $table->partitioned ? '' : 'ONLY ';
    $schema->add("CREATE ${word}TABLE $q (n serial PRIMARY KEY, " . join(', ', @lines) . ')');
    $schema->add("INSERT INTO $q ($mine)\nSELECT $list FROM $only$table->{q} ORDER BY " . join(', ', map { "$_->{q}::text COLLATE \"C\"" } @key) . ' LIMIT 60');
    my ($fk) = map { quoted($_) } $schema->{names}->name('fk');
    my $valid = chance(20) && !$table->partitioned ? ' NOT VALID' : '';
    $schema->add("ALTER TABLE $q ADD CONSTRAINT $fk FOREIGN KEY ($mine) REFERENCES $table->{q} ($list)" . $self->action . $valid);
    $schema->comment("CONSTRAINT $fk ON $q");
    $schema->add("CREATE INDEX ON $q ($mine)") if chance(50);
    $table->{referenced_by} = 1;
    return;
}

# ---- views ----------------------------------------------------------------------------------------------------------

sub view
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    my ($name, $q) = $schema->fresh('view');
    my @columns = some(between(1, 3), grep { $_->{kind} !~ /wide/ } $table->columns_that('', 1)) or return;
    my @names = map { quoted($schema->{names}->name('v')) } @columns;
    my $list = join ', ', map { "t.$columns[$_]{q} AS $names[$_]" } 0 .. $#columns;
    my (@make, $kind);
    my ($former) = grep { !$_->{materialized} } @{ $self->{views} };
    if ($former && chance(50))
    {
        # A view on a view.
        @columns = ();
        ($kind, @names) = ('VIEW', $former->{names}[0]);
        @make = ("CREATE VIEW $q AS SELECT $names[0] FROM $former->{q}");
    }
    elsif (chance(35))
    {
        $kind = 'MATERIALIZED VIEW';
        @make = ("CREATE MATERIALIZED VIEW $q" . (chance(20) ? ' WITH (autovacuum_enabled = off)' : '') . " AS SELECT $list FROM $table->{q} AS t" . (chance(15) ? ' WITH NO DATA' : ''));
        push @make, "CREATE INDEX ON $q ($names[0])" if $columns[0]->can_do('b') && chance(50);
        $_->{need}{b} = 1 for $columns[0]->can_do('b') ? $columns[0] : ();
    }
    elsif (chance(25))
    {
        $kind = 'VIEW';
        @make = ("CREATE VIEW $q AS SELECT count(*) AS n, count($columns[0]{q}) AS $names[0] FROM $table->{q}");
        @columns = $columns[0];
        @names = $names[0];
    }
    else
    {
        $kind = 'VIEW';
        my @with = chance(25) ? ' WITH (security_barrier = true)' : $schema->{server}{version} >= 150000 && chance(15) ? ' WITH (security_invoker = true)' : '';
        my $check = chance(15) ? " WHERE t.$columns[0]{q} IS NOT NULL WITH LOCAL CHECK OPTION" : '';
        @make = ("CREATE VIEW $q$with[0] AS SELECT $list FROM $table->{q} AS t$check");
        push @make, "ALTER VIEW $q ALTER COLUMN $names[0] SET DEFAULT NULL" if chance(10);
    }
    push @make, "GRANT SELECT ON $q TO " . pick(@HotswapTest::RandomSchema::roles) if chance(40);
    push @make, "GRANT SELECT ($names[0]) ON $q TO eq_reader" if chance(20);
    push @make, "COMMENT ON $kind $q IS " . literal('seen through {}') if chance(40);
    push @make, "COMMENT ON COLUMN $q.$names[0] IS 'as it is'" if chance(20);
    $_->{pins}{view} = 1 for @columns;
    $schema->add(@make);
    push @{ $self->{views} }, { q => $q, names => \@names, materialized => $kind ne 'VIEW', make => \@make, drop => "DROP $kind $q" };
    return;
}

# ---- triggers and functions -----------------------------------------------------------------------------------------

sub trigger
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    if (!$self->{audit})
    {
        (undef, my $audit) = $schema->fresh('audit');
        (undef, $self->{audit}) = $schema->fresh('note');
        $schema->add("CREATE TABLE $audit (who text)");
        $schema->add("CREATE FUNCTION $self->{audit}() RETURNS trigger LANGUAGE plpgsql AS \$f\$\nBEGIN\n    INSERT INTO $audit VALUES (TG_OP || ' ' || TG_NAME);\n    RETURN coalesce(NEW, OLD);\nEND \$f\$");
    }
    my $name = quoted($schema->{names}->name('trigger'));
    my $member = chance(80) ? $table->{members}[0] : pick(@{ $table->{members} });
    my $event = pick('INSERT', 'UPDATE', 'DELETE', 'INSERT OR UPDATE', 'INSERT OR DELETE OR UPDATE', 'TRUNCATE');
    my $of = pick(@{ $table->{columns} });
    if ($event eq 'UPDATE' && chance(25))
    {
        $event = "UPDATE OF $of->{q}";
        $of->{pins}{trigger} = 1;
    }
    my $row = $event ne 'TRUNCATE' && chance(65);
    my $constraint = $row && chance(12);
    my $when = '';
    if ($row && $event !~ /DELETE/ && !$of->{generated} && chance(20))
    {
        $when = " WHEN (NEW.$of->{q} IS NOT NULL)";
        $of->{pins}{trigger} = 1;
    }
    my $time = $constraint ? 'AFTER' : pick('BEFORE', 'AFTER');
    my $seen = $time eq 'AFTER' && !$constraint && $event eq 'INSERT' && !$row && chance(50) ? ' REFERENCING NEW TABLE AS added' : '';
    my $defer = $constraint ? ' DEFERRABLE INITIALLY DEFERRED' : '';
    my $words = $constraint ? 'CONSTRAINT TRIGGER' : 'TRIGGER';
    $schema->add("CREATE $words $name $time $event ON $member->{q}$defer$seen FOR EACH " . ($row ? 'ROW' : 'STATEMENT') . "$when EXECUTE FUNCTION $self->{audit}()");
    $schema->add("ALTER TABLE $member->{q} " . pick('DISABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA') . " TRIGGER $name") if chance(30);
    $schema->comment("TRIGGER $name ON $member->{q}");
    push @{ $self->{triggers} }, $name if $member == $table->{members}[0];
    return;
}

sub functions
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    if (chance(12))
    {
        (undef, my $q) = $schema->fresh('rows');
        $schema->add("CREATE FUNCTION $q() RETURNS SETOF $table->{q} LANGUAGE sql STABLE AS \$f\$ SELECT * FROM $table->{q} \$f\$");
        (undef, $q) = $schema->fresh('of');
        $schema->add("CREATE FUNCTION $q($table->{q}) RETURNS integer LANGUAGE sql IMMUTABLE AS \$f\$ SELECT 1 \$f\$");
    }
    if (chance(6))
    {
        my $column = pick(@{ $table->{columns} });
        $column->{pins}{function} = 1;
        (undef, my $q) = $schema->fresh('atomic');
        $schema->add("CREATE FUNCTION $q() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count($column->{q}) FROM $table->{q}; END");
    }
    if (chance(1.5))
    {
        # Whoever holds rows as values forbids that their type changes.
        (undef, my $q) = $schema->fresh('holder');
        $schema->add("CREATE TABLE $q (it $table->{q})");
    }
    return;
}

# ---- rights and the like --------------------------------------------------------------------------------------------

sub policies
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    for (1 .. between(1, 2))
    {
        my $column = pick(@{ $table->{columns} });
        $column->{pins}{policy} = 1;
        my $name = quoted($schema->{names}->name('policy'));
        my $for = pick('', ' FOR SELECT', ' FOR UPDATE');
        $schema->add("CREATE POLICY $name ON $table->{q}" . pick('', ' AS RESTRICTIVE') . "$for TO " . pick(@HotswapTest::RandomSchema::roles) . " USING ($column->{q} IS NOT NULL)");
        $schema->comment("POLICY $name ON $table->{q}");
    }
    $schema->add("ALTER TABLE $table->{q} ENABLE ROW LEVEL SECURITY") if chance(85);
    $schema->add("ALTER TABLE $table->{q} FORCE ROW LEVEL SECURITY") if chance(12);
    return;
}

sub rights
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    my $member = chance(80) ? $table->{members}[0] : pick(@{ $table->{members} });
    my $role = pick(@HotswapTest::RandomSchema::roles);
    my $option = $role ne 'PUBLIC' && chance(30) ? ' WITH GRANT OPTION' : '';
    if (chance(50)) { $schema->add("GRANT " . pick('SELECT', 'ALL', 'INSERT, UPDATE', 'REFERENCES, TRIGGER') . " ON $member->{q} TO $role$option") }
    else
    {
        my @columns = map { $_->{q} } some(2, @{ $table->{columns} });
        $schema->add('GRANT ' . pick('SELECT', 'UPDATE', 'REFERENCES', 'INSERT') . ' (' . join(', ', @columns) . ") ON $member->{q} TO $role$option");
    }
    # The owner may alter what he may not read.
    push @{ $schema->{last} }, "REVOKE " . pick('SELECT', 'UPDATE', 'ALL') . " ON $member->{q} FROM $schema->{owner}" if $schema->{owner} && chance(4);
    return;
}

sub publication
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    my $name = quoted($schema->{names}->name('pub'));
    my $new = $schema->{server}{version} >= 150000;
    my $what = weighted([ 15, 'FOR ALL TABLES' ], [ $new ? 10 : 0, "FOR TABLES IN SCHEMA $schema->{q}" ], [ 75, 'FOR TABLE' ]);
    if ($what eq 'FOR TABLE')
    {
        $what .= " $table->{q}";
        my @plain = grep { !defined $_->{generated} } @{ $table->{columns} };
        if ($new && chance(25)) { $what .= ' (' . join(', ', map { $_->{q} } @{ $table->{key} }, some(2, grep { my $c = $_; !grep { $_ == $c } @{ $table->{key} } } @plain)) . ')' }
        # Types of users are not allowed in it.
        elsif ($new && $table->{key}[0]{type} !~ /\./ && chance(15))
        {
            my $column = $table->{key}[0];
            $column->{pins}{publication} = 1;
            $what .= " WHERE ($column->{q} IS NOT NULL)";
        }
        $table->{published} = 1;
    }
    # Needed where a partitioned table has a list or a condition.
    my $through = $table->partitioned && $what =~ /\)$/ || chance(30) ? ' WITH (publish_via_partition_root = true)' : '';
    $schema->late("CREATE PUBLICATION $name $what$through");
    $schema->late("COMMENT ON PUBLICATION $name IS 'told to others'") if chance(25);
    return;
}

sub comments
{
    my ($self) = @_;
    my ($table, $schema) = @$self{qw(table schema)};
    $schema->comment("TABLE $_->{q}", 30) for @{ $table->{members} };
    for my $column (@{ $table->{columns} })
    {
        $schema->comment("COLUMN $table->{q}.$column->{q}", 20);
    }
    return;
}

1;
