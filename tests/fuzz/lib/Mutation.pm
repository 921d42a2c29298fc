# Makes new texts from old ones: tokens deleted, swapped, repeated, borrowed from elsewhere, texts cut off and joined, names nobody
# expects, and expressions deeper than anybody writes.
# SPDX-License-Identifier: PostgreSQL
package Mutation;

use strict;
use warnings;

my @odd = (
    '""', '"a""b"', "'", '"', '$$', '$x$', '/*', '--', ';', ';;', '(', ')', '\\', "U&\"\\0441\"", "E'\\x'", '"' . 'n' x 70 . '"', 'n' x 200,
    "\"\x{e4}\x{1f600}\"", 'NULL', '-1', '1e400', '99999999999999999999', "'infinity'", '$1', 'pg_catalog.pg_class', 'pg_temp.orders', 'hotswap._migrations',
    'information_schema.tables', 'app."no such"', 'a.b.c.d', 'ARRAY[]', 'ROW()', 'CURRENT_USER', 'ONLY', 'IF EXISTS', 'CASCADE', 'CONCURRENTLY', 'LIKE', 'USING',
    'pg_class', 'void', 'orders', 'events', '::regclass', 'COLLATE "C"', 'OVERLAPS', '::void[]');

sub new
{
    my ($class, $seed, @texts) = @_;
    srand $seed;
    my @tokens = map { [ tokens($_) ] } @texts;
    return bless { texts => \@texts, tokens => \@tokens, all => [ map { @$_ } @tokens ], names => [ grep { /^[a-z_0-9"']/ } map { @$_ } @tokens ] }, $class;
}

# Words, numbers, strings, names, signs; spaces are not kept.
sub tokens { return $_[0] =~ /(\$\$.*?\$\$|'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|::|<>|[^\s\w])/gs }

sub any { return $_[ int rand @_ ] }

sub next
{
    my ($self) = @_;
    my $kind = rand;
    return $self->deep if $kind < 0.02;
    return $self->script if $kind < 0.10;
    return $self->cut if $kind < 0.18;
    my @tokens = @{ any(@{ $self->{tokens} }) };
    $self->change(\@tokens) for 1 .. 1 + int(rand(rand() < 0.2 ? 12 : 3));
    return $self->wrapped(join ' ', @tokens);
}

sub change
{
    my ($self, $tokens) = @_;
    my $at = int rand(@$tokens || 1);
    my $other = int rand(@$tokens || 1);
    # A name for a name, most often: what cannot be parsed comes no further than the parser.
    my $kind = int rand 20;
    if ($kind > 7)
    {
        my @names = grep { $tokens->[$_] =~ /^[a-z_0-9"']/ } 0 .. $#$tokens;
        $tokens->[ any(@names) ] = any(@{ $self->{names} }) if @names;
    }
    elsif ($kind == 0) { splice @$tokens, $at, 1 }
    elsif ($kind == 1) { @$tokens[ $at, $other ] = @$tokens[ $other, $at ] }
    elsif ($kind == 2) { splice @$tokens, $at, 0, $tokens->[$other] }
    elsif ($kind == 3) { $tokens->[$at] = any(@{ $self->{all} }) }
    elsif ($kind == 4) { splice @$tokens, $at, 0, any(@{ $self->{all} }) }
    elsif ($kind == 5) { $tokens->[$at] = any(@odd) }
    elsif ($kind == 6) { splice @$tokens, $at, 0, any(@odd) }
    else { my $with = any(@{ $self->{tokens} }); splice @$tokens, $at, @$tokens - $at, @$with[ int(rand @$with) .. $#$with ] }
    @$tokens = grep { defined } @$tokens;
    return;
}

# Cut anywhere, also inside of a string or a name.
sub cut
{
    my ($self) = @_;
    my $text = any(@{ $self->{texts} });
    return rand() < 0.5 ? substr($text, 0, rand length $text) : substr($text, rand length $text);
}

# Several statements, whole or changed, as one text.
sub script
{
    my ($self) = @_;
    return join "\n", map { rand() < 0.7 ? any(@{ $self->{texts} }) : join(' ', do { my @t = @{ any(@{ $self->{tokens} }) }; $self->change(\@t); @t }) } 1 .. 1 + int rand 12;
}

sub wrapped
{
    my ($self, $text) = @_;
    my $kind = rand;
    return $text if $kind < 0.9;
    return "DO \$do\$BEGIN $text; END\$do\$" if $kind < 0.92;
    return "EXPLAIN $text" if $kind < 0.94;
    return "BEGIN; $text; ROLLBACK; $text" if $kind < 0.96;
    return "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS \$f\$ $text \$f\$" if $kind < 0.98;
    return "PREPARE p AS $text; EXECUTE p; $text; DEALLOCATE p";
}

sub deep
{
    my ($self) = @_;
    my $many = any(10, 100, 1000, 5000, 20000);
    my @ways = (
        'ALTER TABLE orders ADD CHECK (' . '(' x $many . 'quantity' . ')' x $many . ' > 0)',
        'ALTER TABLE orders ADD CHECK (' . join(' AND ', ('quantity > 0') x $many) . ')',
        'ALTER TABLE orders ADD COLUMN x integer DEFAULT ' . join('+', (1) x $many),
        'ALTER TABLE orders ADD COLUMN x integer DEFAULT ' . 'add_one(' x $many . '1' . ')' x $many,
        'SELECT ' . '(SELECT ' x $many . '1' . ')' x $many,
        'ALTER TABLE orders ' . join(', ', map { "ADD COLUMN c$_ integer" } 1 .. ($many > 2000 ? 2000 : $many)),
        'DROP TABLE ' . join(', ', ('plain') x $many),
        join(' ', map { "CREATE TABLE d$_ (id integer PRIMARY KEY, p integer REFERENCES " . ($_ > 1 ? 'd' . ($_ - 1) : 'orders') . ');' } 1 .. ($many > 200 ? 200 : $many)),
        'CREATE VIEW deep AS ' . join(' UNION ALL ', ('SELECT id FROM orders') x ($many > 1000 ? 1000 : $many)),
        join(' ', ('ALTER TABLE plain ADD COLUMN IF NOT EXISTS x integer;') x ($many > 1000 ? 1000 : $many)),
        'CREATE INDEX ON orders (' . join(', ', ('note') x ($many > 100 ? 100 : $many)) . ')',
        ';' x $many, '-- ' . 'x' x $many, '/*' x ($many > 1000 ? 1000 : $many) . '*/' x ($many > 1000 ? 1000 : $many), "SELECT '" . 'x' x ($many * 10) . "'");
    return any(@ways);
}

1;
