# One case: a table with all that is around it and an ALTER of it, made from a seed, and the scripts that carry the case out in
# each of three ways. Everything in it depends on the seed and on what the server can do.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomCase;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomAlter;
use HotswapTest::RandomIndex;
use HotswapTest::RandomName qw(literal);
use HotswapTest::RandomNeighbour;
use HotswapTest::RandomSchema;
use HotswapTest::RandomTable;

sub new
{
    my ($class, $seed, %server) = @_;
    begin($seed);
    my $schema = HotswapTest::RandomSchema->new(%server);
    my $table = HotswapTest::RandomTable->new($schema);
    HotswapTest::RandomIndex->new($table);
    HotswapTest::RandomNeighbour->new($table);
    my $alter = HotswapTest::RandomAlter->new($table);
    return bless { seed => $seed, schema => $schema, table => $table, alter => $alter, server => \%server }, $class;
}

sub script
{
    my (@statements) = @_;
    return "\\set ON_ERROR_STOP on\n\\set VERBOSITY verbose\n" . join('', map { /^\\|\\gset$/ ? "$_\n" : "$_;\n" } @statements);
}

sub setup { return script($_[0]{schema}->statements) }

sub plain
{
    my ($self, $without_views) = @_;
    return script($self->{alter}->plain($without_views));
}

# To the end, or to the wait before the contract and back again. Prints a line for each state it came to.
sub hotswap
{
    my ($self, $back) = @_;
    my $alter = $self->{alter};
    my $seconds = $self->{server}{seconds};
    my $tell = "SELECT 'state ' || state || ' ' || strategy || ' ' || coalesce(waiting_for, '') FROM hotswap.status(:'migration_id')";
    my $wait = "CALL hotswap.wait(:'migration_id', '$seconds s')";
    my @statements = $alter->{role} ? "SET ROLE $alter->{role}" : ();
    if (my $bloat = $alter->{bloat})
    {
        my $order = defined $bloat->{order} ? literal($bloat->{order}) : 'NULL';
        my $fillfactor = $bloat->{fillfactor} // 'NULL';
        my $options = $back ? '{}' : '{"auto_contract": true}';
        push @statements, 'SELECT hotswap.start_rewrite(' . literal($bloat->{q}) . "::regclass, $order, $fillfactor, options => '$options') AS migration_id \\gset", $wait;
    }
    else
    {
        my $options = $alter->options($back ? () : '"auto_contract": true');
        my $strategy = $self->{server}{strategy};
        push @statements, "CALL hotswap.run(\$ddl\$" . $alter->statement . "\$ddl\$,\n    strategy => '$strategy', timeout => '$seconds s',\n    options => \$json\$$options\$json\$) \\gset";
    }
    push @statements, $tell;
    push @statements, "SELECT hotswap.rollback(:'migration_id')", $wait, $tell if $back;
    return script(@statements);
}

# Everything in one file, for people: once in a database of its own for each way.
sub story
{
    my ($self, $without_views) = @_;
    return "-- case $self->{seed}: run the setup and one of the three ways, each in a database of its own\n"
      . "$HotswapTest::RandomSchema::prelude$HotswapTest::RandomSchema::tablespace"
      . "CREATE EXTENSION hotswap; SELECT hotswap.allow('eq_owner');\n"
      . $self->setup
      . "\n-- A: the plain ALTER\n"
      . $self->plain($without_views)
      . "\n-- B: the same by hotswap\n"
      . $self->hotswap(0)
      . "\n-- C: there and back\n"
      . $self->hotswap(1);
}

1;
