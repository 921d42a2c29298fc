# A column of a random table: its type, the values of its rows, and what later objects ask of it.
#
# A value is an expression over i, the number of the row: the same SQL gives the same rows in every database. In the table of
# kinds H stands for a hash of the row as a non-negative integer, M for one as 32 hex digits; @name for an object of the case.
# class: conversions within it keep expressions over the column alive. can: b btree, h hash, r brin, g gin, s gist, c collatable,
# t has a storage to set, p may be a partition key.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomColumn;

use strict;
use warnings;

use HotswapTest::Dice;
use HotswapTest::RandomName qw(quoted);

my $words = <<'SQL';
CASE H % 9 WHEN 0 THEN '' WHEN 1 THEN E'tab\t line\n back\\slash ' || i WHEN 2 THEN 'ünï ' || (H % 50) WHEN 3 THEN '  blanks  '
 WHEN 4 THEN repeat('word ', H % 25) ELSE 'row ' || M END
SQL
# Stored outside the row as it is, and stored compressed; few rows, as both take time.
my $wide = <<'SQL';
CASE i % 53 WHEN 0 THEN (SELECT string_agg(md5('K' || i || '/' || g), '') FROM generate_series(1, 270 + i % 90) AS g)
 WHEN 1 THEN repeat('compress me ' || i || ' ', 1500) WHEN 2 THEN repeat(M, 70) ELSE 'short ' || M END
SQL
my $json = q[jsonb_build_object('n', H % 100, 'text', M, 'list', jsonb_build_array(i, NULL, 'x'))];

my %kinds = (
    smallint => { type => 'smallint', class => 'int', can => 'bhrp', value => '(H % 30000)::smallint', unique => '(i - 4000)::smallint', default => [ 7, "'-3'" ] },
    small => { type => 'integer', class => 'int', can => 'bhrp', value => 'H % 20000', unique => 'i - 99', default => [5] },
    integer => { type => 'integer', class => 'int', can => 'bhrp', value => 'H - 1000000000', unique => 'i * 70001 % 1000003', default => [ 0, '40 + 2' ] },
    bigint => { type => 'bigint', class => 'int', can => 'bhrp', value => '(H % 2000000000)::bigint', unique => 'i::bigint * 1009', default => [ 1, '(-5)' ] },
    large => { type => 'bigint', class => 'int', can => 'bhr', value => 'H::bigint * 4000000000', unique => 'i::bigint * 4294967299', default => ['5000000000'] },
    numeric => { type => 'numeric', class => 'number', can => 'bhr', value => "CASE H % 40 WHEN 0 THEN 'NaN' WHEN 1 THEN 1e100 + i ELSE (H - 1000000000) / 1000.0 END", unique => 'i + 0.25', default => ['0.10'] },
    fixed => { type => 'numeric(12,3)', class => 'number', can => 'bhr', value => 'H / 1000.0', unique => 'i + 0.125', default => [ '0', '1.500' ] },
    double => { type => 'double precision', class => 'number', can => 'bhr', value => "CASE H % 50 WHEN 0 THEN '-Infinity'::float8 WHEN 1 THEN '-0'::float8 ELSE H / 7.0 END", default => ['0.5'] },
    real => { type => 'real', class => 'number', can => 'bhr', value => '(H % 100000) / 8.0', default => ['2.5'] },
    text => { type => 'text', class => 'text', can => 'bhrct', value => $words, unique => "'key ' || i", default => [ "''", "'it''s'", "'a' || 'b'" ] },
    wide => { type => 'text', class => 'text', can => 'hct', value => $wide, default => ["'none'"] },
    digits => { type => 'text', class => 'text', can => 'bhct', value => '(H % 1000000)::text', unique => '(i * 3)::text', default => ["'12'"] },
    json_text => { type => 'text', class => 'text', can => 'bht', value => "$json\::text", default => ["'{}'"] },
    uuid_text => { type => 'text', class => 'text', can => 'bht', value => 'M::uuid::text', unique => "md5('K' || i)::uuid::text" },
    date_text => { type => 'varchar(30)', class => 'text', can => 'bht', value => "(date '2001-02-03' + H % 9000)::text" },
    varchar => { type => 'varchar', class => 'text', can => 'bhrct', value => $words, unique => "i || ' things'", default => ["'v'"] },
    varchar_n => { type => 'varchar(180)', class => 'text', can => 'bhct', value => $words, unique => "'n' || i", default => [ "'v'", "'a'::varchar" ] },
    char_n => { type => 'char(40)', class => 'text', can => 'bhct', value => 'M', unique => "'c' || i", default => ["'fixed'"] },
    boolean => { type => 'boolean', class => 'bool', can => 'bh', value => 'H % 2 = 0', default => [ 'true', 'false' ] },
    date => { type => 'date', class => 'date', can => 'bhrp', value => "date '1999-12-31' + H % 12000", unique => "date '1970-01-01' + i", default => ["'2020-02-29'"] },
    time => { type => 'time', class => 'time', can => 'bhr', value => "time '00:00' + (H % 86400) * interval '1 second'", default => ["'12:00'"] },
    timestamp => { type => 'timestamp', class => 'timestamp', can => 'bhrp', value => "timestamp '2001-01-01' + H * interval '0.31 seconds'", unique => "timestamp '2001-01-01' + i * interval '17 minutes'", default => [ "'2001-02-03 04:05:06'", 'now()' ] },
    timestamptz => { type => 'timestamptz', class => 'timestamptz', can => 'bhr', value => "CASE H % 60 WHEN 0 THEN 'infinity' ELSE timestamptz '2001-01-01 00:00Z' + H * interval '0.31 seconds' END", default => [ 'now()', 'CURRENT_TIMESTAMP' ] },
    interval => { type => 'interval', class => 'interval', can => 'bhr', value => "H % 5000 * interval '1 hour 0.125 seconds'", default => ["'1 day'"] },
    uuid => { type => 'uuid', class => 'uuid', can => 'bhr', value => 'M::uuid', unique => "md5('K' || i)::uuid", default => ['gen_random_uuid()'] },
    json => { type => 'json', class => 'json', can => 't', value => "$json\::json", default => ["'[]'"] },
    jsonb => { type => 'jsonb', class => 'jsonb', can => 'bhgt', value => $json, default => [ "'{}'", "'{\"a\": [1, 2]}'" ] },
    wide_jsonb => { type => 'jsonb', class => 'jsonb', can => 'gt', value => "jsonb_build_object('is', ($wide), 'no', i)", default => ["'null'"] },
    bytea => { type => 'bytea', class => 'bytea', can => 'bht', value => "decode(M, 'hex')", unique => "int4send(i)", default => ["'\\x00ff'"] },
    wide_bytea => { type => 'bytea', class => 'bytea', can => 't', value => "convert_to($wide, 'UTF8')" },
    integers => { type => 'integer[]', class => 'array', can => 'bhgt', value => "CASE H % 7 WHEN 0 THEN '{}' WHEN 1 THEN '[2:3]={5,6}' ELSE ARRAY[i, NULL, H % 100] END", default => ["'{1,2}'"] },
    texts => { type => 'text[]', class => 'array', can => 'bhgt', value => "ARRAY[M, 'a,b', '', 'x' || H % 10]", default => ["'{}'"] },
    int4range => { type => 'int4range', class => 'range', can => 'bhs', value => 'CASE H % 9 WHEN 0 THEN int4range(i, NULL) ELSE int4range(H % 1000, H % 1000 + H % 17) END', unique => 'int4range(i * 10, i * 10 + 5)', default => ["'[1,5)'"] },
    tstzrange => { type => 'tstzrange', class => 'range', can => 'bhs', value => "tstzrange(timestamptz '2001-01-01 00:00Z' + H % 9000 * interval '1 hour', NULL)", unique => "tstzrange(timestamptz '2001-01-01 00:00Z' + i * interval '1 hour', timestamptz '2001-01-01 00:30Z' + i * interval '1 hour')" },
    multirange => { type => 'int4multirange', class => 'range', can => 'bh', value => 'int4multirange(int4range(i, i + 3), int4range(i + H % 90 + 9, i + 200))' },
    composite => { type => '@composite', class => 'composite', can => 'bt', value => "ROW(i, M)::\@composite", default => ["ROW(1, 'one')"] },
    enum => { type => '@enum', class => 'enum', can => 'bhp', value => "(ARRAY['low', 'mid', 'high'])[1 + H % 3]::\@enum", default => ["'mid'"] },
    enum_text => { type => 'text', class => 'text', can => 'bhct', value => "(ARRAY['low', 'mid', 'high'])[1 + H % 3]", default => ["'low'"] },
    checked => { type => '@positive', class => 'int', can => 'bh', value => '(1 + H % 30000)::@positive', unique => 'i', default => [9] },
    domain => { type => '@name', class => 'text', can => 'bhc', value => "'name ' || M", unique => "'name ' || i" },
    inet => { type => 'inet', class => 'inet', can => 'bhr', value => "'10.0.0.0'::inet + H % 65536", default => ["'::1'"] },
    cidr => { type => 'cidr', class => 'inet', can => 'bh', value => "('10.' || H % 256 || '.0.0/16')::cidr" },
    point => { type => 'point', class => 'point', can => 's', value => 'point(i, H % 100)' },
    bits => { type => 'bit(8)', class => 'bits', can => 'bt', value => '(H % 256)::bit(8)', default => ["B'00001111'"] },
    tsvector => { type => 'tsvector', class => 'tsvector', can => 'bgt', value => "to_tsvector('simple', 'some words ' || M)" },
);

my @likely = qw(small integer integer bigint numeric fixed text text wide digits json_text varchar_n char_n date timestamp timestamptz jsonb);

# any kind, the usual ones more often
sub any_kind { return chance(60) ? pick(@likely) : pick(sort keys %kinds) }

# What a kind is like: class, can
sub kind_of { return $kinds{ $_[0] } || die "no kind $_[0]" }

# Kinds that can all of these.
sub kinds_that
{
    my ($can, $unique) = @_;
    return grep { my $kind = $kinds{$_}; ($unique ? $kind->{unique} : 1) && !grep { index($kind->{can}, $_) < 0 } split //, $can } sort keys %kinds;
}

# how: name, kind, unique, notnull, default => 0 (none), plain (no settings of its own). schema: resolves the @names of kinds, and
# has the collations and compressions there are.
sub new
{
    my ($class, $schema, %how) = @_;
    my $kind = $kinds{ $how{kind} } or die "no kind $how{kind}";
    my $self = bless {
        name => $how{name}, q => quoted($how{name}), kind => $how{kind}, type => $schema->resolve($kind->{type}), class => $kind->{class},
        can => $kind->{can}, salt => between(1, 99999), unique => $how{unique} ? 1 : 0, notnull => $how{notnull} ? 1 : 0, need => {}, pins => {},
    }, $class;
    $self->{nulls} = $self->{notnull} || $self->{unique} || chance(20) ? 0 : between(1, 40);
    $self->{notnull} ||= !$self->{nulls} && chance(50);
    $self->{collation} = $schema->resolve(pick(@{ $schema->{collations} })) if !$how{plain} && index($kind->{can}, 'c') >= 0 && chance(20);
    $self->{default} = pick(@{ $kind->{default} }) if ($how{default} // 1) && $kind->{default} && chance(30);
    if (!$how{plain} && index($kind->{can}, 't') >= 0 && chance(20))
    {
        my @ways = $self->{type} =~ /^bit/ ? ('EXTERNAL') : ('EXTERNAL', 'MAIN', 'PLAIN', 'EXTENDED');
        @ways = grep { $_ ne 'PLAIN' } @ways if $self->{kind} =~ /wide/;
        $self->{storage} = pick(@ways);
    }
    $self->{compression} = pick(@{ $schema->{compressions} }) if !$how{plain} && $self->{type} =~ /^(?:text|jsonb|bytea|varchar)/ && chance(10);
    ($self->{value} = $schema->resolve($how{unique} ? $kind->{unique} : $kind->{value})) =~ s/\s+/ /g;
    return $self;
}

# Kind and expression of a column that is generated from this one; nothing when there is no good one.
sub derived
{
    my ($self) = @_;
    my $q = $self->{q};
    return @{ pick([ 'large', "$q\::bigint / 2" ], [ 'numeric', "$q * 1.5" ], [ 'boolean', "$q > 7" ]) } if $self->{class} eq 'int';
    return @{ pick([ 'integer', "length($q)" ], [ 'text', "md5($q)" ], [ 'boolean', "$q IS NULL" ]) } if $self->{class} eq 'text';
    return ('boolean', "$q IS NOT NULL");
}

sub can_do { return !grep { index($_[0]{can}, $_) < 0 } split //, $_[1] }

# The value of row i, as SQL.
sub row_value
{
    my ($self) = @_;
    my $value = $self->{value};
    my $k = $self->{salt};
    $value =~ s/'K'/'$k '/g;
    $value =~ s/\bH\b/(hashtext('$k ' || i) & 2147483647)/g;
    $value =~ s/\bM\b/md5('$k ' || i)/g;
    return $value unless $self->{nulls};
    return "CASE WHEN hashtext('$k null ' || i) & 127 < $self->{nulls} THEN NULL ELSE $value END";
}

# Its line in CREATE TABLE or ADD COLUMN.
sub definition
{
    my ($self) = @_;
    my $text = "$self->{q} " . ($self->{serial} || $self->{type});
    $text .= " COMPRESSION $self->{compression}" if $self->{compression};
    $text .= " COLLATE $self->{collation}" if $self->{collation};
    $text .= " GENERATED ALWAYS AS ($self->{generated}) STORED" if defined $self->{generated};
    $text .= " GENERATED $self->{identity} AS IDENTITY" if $self->{identity};
    $text .= ' NOT NULL' if $self->{notnull} && !$self->{identity};
    $text .= " DEFAULT $self->{default}" if defined $self->{default};
    return $text;
}

1;
