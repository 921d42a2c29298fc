# The tables of a test: pairs of a table and its mirror, what differs between them, and the shape a table has.
# Methods of HotswapTest, in a file of their own.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest;

use strict;
use warnings;

use Test::More;

our @columns;

# ---- tables -------------------------------------------------------------------------------------------------------------

# A table to migrate, its mirror, and a third one for what the plain DDL would have made of it.
sub make_pair
{
    my ($self, $name, $rows) = @_;
    $rows ||= 20_000;
    for my $table ($name, "${name}_mirror", "${name}_plain")
    {
        $self->sql(<<"SQL");
CREATE TABLE $table (id integer PRIMARY KEY, v integer NOT NULL DEFAULT 7, note text, n integer NOT NULL DEFAULT 0);
CREATE INDEX ${table}_by_v ON $table (v);
INSERT INTO $table SELECT i, i * 3 - 100, 'row ' || i, 0 FROM generate_series(1, $rows) AS i;
SQL
    }
    $self->sql("VACUUM ANALYZE $name");
    $self->{rows}{$name} = $rows;
    return $name;
}

sub drop_pair
{
    my ($self, $name) = @_;
    $self->sql("DROP TABLE $name, ${name}_mirror, ${name}_plain");
    return;
}

# Number of rows that are in one of both tables only. column: what v is called in the migrated table now.
sub mirror_diff
{
    my ($self, $name, $column) = @_;
    my $mirror = join ', ', @columns;
    my $table = join ', ', map { $_ eq 'v' && $column ? $column : $_ } @columns;
    return $self->sql(<<"SQL");
WITH a AS (SELECT $table FROM $name), b AS (SELECT $mirror FROM ${name}_mirror)
SELECT (SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) AS x) + (SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) AS y)
SQL
}

# Columns, indexes, constraints and triggers as text, without the table's own name in it. In order of names: the order of
# columns is not part of what a dual write promises.
sub shape
{
    my ($self, $name) = @_;
    my $text = $self->sql(<<"SQL");
SELECT 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = '$name'::regclass AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
       || CASE WHEN i.indisprimary THEN ' primary' ELSE '' END
  FROM pg_index i WHERE i.indrelid = '$name'::regclass
UNION ALL
SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '$name'::regclass
UNION ALL
SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = '$name'::regclass AND NOT tgisinternal
ORDER BY 1
SQL
    $text =~ s/\b\Q$name\E(?=\b|_)/TABLE/g;
    return $text;
}

sub type_of
{
    my ($self, $table, $column) = @_;
    return $self->sql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '$table'::regclass AND attname = '$column'");
}

sub index_columns
{
    my ($self, $index) = @_;
    return $self->sql("SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$index'::regclass");
}

# Names of everything of ours that is still in the catalog and nobody's any more.
sub leftovers
{
    my ($self) = @_;
    return $self->sql(<<'SQL');
SELECT 'column ' || a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE a.attname LIKE '\_hotswap%' AND NOT a.attisdropped AND c.relkind <> 'i'
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE '%hotswap%' AND NOT tgisinternal
       AND tgrelid <> ALL (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'hotswap'::regnamespace)
UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class WHERE relname LIKE '\_hotswap%'
UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '\_hotswap%'
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE proname LIKE '\_hotswap%'
UNION ALL SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid
SQL
}

1;
