# What is in a database, as text that can be compared: a pg_dump of schema and rows, what a dump leaves out (dependencies, flags,
# contents of materialized views, the inside of tables and indexes), and what is left in the schema of hotswap. Flags that the
# server keeps as mere hints, as relhastriggers, are left out.
#
# Only the order of rows is taken out of the comparison, because nothing gives them one; and, when asked, the values of columns
# that differ in each run.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Census;

use strict;
use warnings;

# Extensions are installed everywhere and are not the subject; without --extension the dump would hold hotswap's own tables.
our @dump = ('pg_dump', '--exclude-schema=hotswap', '--extension=plpgsql');

# The text of a dump with each table's rows sorted. masked: names of columns of which only nulls are compared.
sub of_dump
{
    my ($file, @masked) = @_;
    my %masked = map { ($_ => 1) } @masked;
    my (@out, @rows, @places);
    my $copying = 0;
    open my $in, '<', $file or die "$file: $!";
    while (my $line = <$in>)
    {
        chomp $line;
        if ($copying)
        {
            if ($line eq '\.')
            {
                push @out, sort(@rows), $line;
                $copying = 0;
                next;
            }
            if (@places)
            {
                my @fields = split /\t/, $line, -1;
                $_ ne '\N' and $_ = 'some value' for @fields[@places];
                $line = join "\t", @fields;
            }
            push @rows, $line;
            next;
        }
        # A new random key in each dump.
        next if $line =~ /^\\(?:un)?restrict /;
        push @out, $line;
        if ($line =~ /^COPY .+? \((.*)\) FROM stdin;$/)
        {
            ($copying, @rows) = (1);
            my @columns = columns($line);
            @places = grep { $masked{ $columns[$_] } } 0 .. $#columns;
        }
    }
    return @out;
}

# The column names of a COPY line, without quotes. Table and columns may hold anything, so it is read from the left.
sub columns
{
    my ($line) = @_;
    my $name = qr/"(?:[^"]|"")*"|[^".,() ]+/;
    my ($list) = $line =~ /^COPY $name\.$name \((.*)\) FROM stdin;$/ or die "cannot read $line";
    my @columns = $list =~ /($name)(?:, |$)/g;
    for (@columns)
    {
        next unless s/^"(.*)"$/$1/;
        s/""/"/g;
    }
    return @columns;
}

# SQL that prints the rest. Numbers of objects are no part of it. amcheck: whether that extension is there.
sub sql
{
    my ($amcheck) = @_;
    my $sql = <<'SQL';
\set ON_ERROR_STOP on
CREATE TEMP VIEW census_class AS
SELECT c.*, c.oid AS id, c.oid::regclass AS called FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'hotswap')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e');
CREATE TEMP VIEW census_lines (line) AS
SELECT concat_ws(' ', 'depend', pg_describe_object(classid, objid, objsubid), '->', pg_describe_object(refclassid, refobjid, refobjsubid), deptype)
  FROM pg_depend WHERE objid >= 16384
UNION ALL
SELECT concat_ws(' ', 'depend', pg_describe_object(classid, objid, objsubid), '->', pg_describe_object(refclassid, refobjid, 0), deptype)
  FROM pg_shdepend WHERE objid >= 16384 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT concat_ws(' ', 'class', called, relkind, relpersistence, relreplident, relispopulated, reloftype <> 0, reltoastrelid <> 0, reltype <> 0,
       (SELECT spcname FROM pg_tablespace s WHERE s.oid = reltablespace))
  FROM census_class
UNION ALL
SELECT concat_ws(' ', 'toast of', m.called, t.relpersistence, t.relowner::regrole, t.reloptions, (SELECT spcname FROM pg_tablespace s WHERE s.oid = t.reltablespace))
  FROM census_class m JOIN pg_class t ON t.oid = m.reltoastrelid
UNION ALL
SELECT concat_ws(' ', 'column', called, quote_ident(attname), attnum, attislocal, attinhcount, attstorage, attcompression, attstattarget)
  FROM census_class JOIN pg_attribute ON attrelid = id AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT concat_ws(' ', 'index', indexrelid::regclass, indisvalid, indisready, indislive, indisclustered, indisreplident, indimmediate, indisprimary)
  FROM census_class JOIN pg_index ON indrelid = id
UNION ALL
SELECT concat_ws(' ', 'constraint', called, quote_ident(conname),
                 CASE WHEN contype <> 'f' OR conparentid = 0 THEN convalidated END, conislocal, coninhcount, connoinherit, conparentid <> 0, conindid <> 0)
  FROM census_class JOIN pg_constraint ON conrelid = id
UNION ALL
SELECT concat_ws(' ', 'trigger', called, tgname, tgenabled, tgisinternal, tgparentid <> 0, tgconstrindid <> 0, tgtype) FROM census_class JOIN pg_trigger ON tgrelid = id
UNION ALL
SELECT concat_ws(' ', 'inherits', called, inhseqno, inhparent::regclass) FROM census_class JOIN pg_inherits ON inhrelid = id
UNION ALL
SELECT concat_ws(' ', 'type', called, format_type(reltype, NULL), t.typowner::regrole, t.typarray <> 0) FROM census_class JOIN pg_type t ON t.oid = reltype
UNION ALL
SELECT concat_ws(' ', 'statistics', stxrelid::regclass, quote_ident(stxname), stxkeys, stxstattarget) FROM pg_statistic_ext;
SELECT regexp_replace(line, '(pg_toast_|ConstraintTrigger_(?:[ac]_)?)\d+', '\1N', 'g') COLLATE "C" AS l
  FROM census_lines WHERE line !~ 'hotswap|bt_index|verify_heapam|census_|pg_temp_' ORDER BY 1;
SELECT concat_ws(' ', 'in hotswap', relkind, relname) FROM pg_class
 WHERE relnamespace = 'hotswap'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY relname COLLATE "C";
SELECT format('SELECT %L || md5(coalesce(string_agg(m::text, chr(10) ORDER BY m::text COLLATE "C"), %L)) FROM %s AS m', 'rows of ' || called || ' ', '', called)
  FROM census_class WHERE relkind = 'm' AND relispopulated ORDER BY called::text COLLATE "C" \gexec
SQL
    return $sql unless $amcheck;
    return $sql . <<'SQL';
SELECT format('SELECT public.bt_index_check(%L::regclass, true)', indexrelid::regclass::text) FROM census_class JOIN pg_index ON indexrelid = id
 WHERE relkind = 'i' AND indisvalid AND relam = (SELECT oid FROM pg_am WHERE amname = 'btree') ORDER BY 1 \gexec
SELECT called, v.* FROM census_class, LATERAL public.verify_heapam(id::regclass, check_toast => true) AS v WHERE relkind IN ('r', 'm');
SQL
}

1;
