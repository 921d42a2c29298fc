# The place of a random case: a schema, its owner, the types and collations that somebody asked for, and the statements that
# make all of it, in the order in which they are to be run. One object a case; everything random of the case is made in it.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomSchema;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomName qw(literal quoted);

# Roles and the tablespace belong to the server; a script that repeats a case begins with this.
our $prelude = <<'SQL';
DO $$
BEGIN
    IF to_regrole('eq_owner') IS NULL THEN
        CREATE ROLE eq_owner; CREATE ROLE eq_reader; CREATE ROLE "Eq ""Writer""";
    END IF;
END $$;
SQL
our $tablespace = <<'SQL';
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE eq_space LOCATION '';
GRANT CREATE ON TABLESPACE eq_space TO PUBLIC;
SQL
our @roles = ('eq_reader', '"Eq ""Writer"""', 'PUBLIC');

my %types = (
    enum => [ 'TYPE', "AS ENUM ('low', 'mid', 'high')" ],
    composite => [ 'TYPE', 'AS (a integer, b text)' ],
    positive => [ 'DOMAIN', 'AS integer CHECK (VALUE > 0)' ],
    name => [ 'DOMAIN', 'AS text' ],
    ignore_case => [ 'COLLATION', "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)" ],
);

# server: version (150020), icu, lz4, tablespace: whether there are these
sub new
{
    my ($class, %server) = @_;
    my $names = HotswapTest::RandomName->new;
    my $self = bless {
        names => $names, server => \%server, name => $names->name('place'), made => {}, head => [], types => [], setup => [], last => [], comments => [],
        owner => chance(40) ? 'eq_owner' : undef,
        collations => [ '"C"', '"POSIX"', '"C"', $server{icu} ? ('"en-x-icu"', '@ignore_case') : () ],
        compressions => [ 'pglz', $server{lz4} ? 'lz4' : () ],
    }, $class;
    $self->{q} = quoted($self->{name});
    my $owner = $self->{owner} ? " AUTHORIZATION $self->{owner}" : '';
    push @{ $self->{head} }, "CREATE SCHEMA $self->{q}$owner";
    # A table that somebody else makes in this schema is born with other rights than the one it is made for.
    push @{ $self->{head} }, "ALTER DEFAULT PRIVILEGES IN SCHEMA $self->{q} GRANT SELECT ON TABLES TO eq_reader" if chance(6);
    push @{ $self->{head} }, "SET ROLE $self->{owner}" if $self->{owner};
    return $self;
}

# A new name in the schema: plain, and as it is written.
sub fresh
{
    my ($self, $word) = @_;
    my $name = $self->{names}->name($word);
    return ($name, $self->inside($name));
}

sub inside
{
    my ($self, $name) = @_;
    return "$self->{q}." . quoted($name);
}

# SQL with the @names of types and collations replaced; they are made when they are first needed.
sub resolve
{
    my ($self, $sql) = @_;
    $sql =~ s/\@([a-z_]+)/$self->type($1)/ge;
    return $sql;
}

sub type
{
    my ($self, $word) = @_;
    my ($what, $definition) = @{ $types{$word} or die "no type $word" };
    return $self->{made}{$word} if $self->{made}{$word};
    my ($name, $q) = $self->fresh($word);
    push @{ $self->{types} }, "CREATE $what $q $definition";
    $self->{made}{$word} = $q;
    $self->comment("$what $q");
    return $q;
}

# One more statement of the setup. Those of `late` are run at the end, by the superuser.
sub add
{
    my ($self, @statements) = @_;
    push @{ $self->{setup} }, @statements;
    return;
}

sub late
{
    my ($self, @statements) = @_;
    push @{ $self->{last} }, @statements;
    return;
}

# A comment on an object, now and then.
sub comment
{
    my ($self, $object, $percent) = @_;
    return unless chance($percent // 25);
    push @{ $self->{comments} }, "COMMENT ON $object IS " . literal(pick('a comment', "it's \"quoted\"", "two\nlines", 'größer {} %s $1 \\'));
    return;
}

sub statements
{
    my ($self) = @_;
    return (@{ $self->{head} }, @{ $self->{types} }, @{ $self->{setup} }, @{ $self->{comments} }, $self->{owner} ? 'RESET ROLE' : (), @{ $self->{last} });
}

1;
