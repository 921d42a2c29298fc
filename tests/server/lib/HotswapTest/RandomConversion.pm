# The type changes a random ALTER may ask for: from which kind of column, to what, with which USING, and how back.
# The way there holds for every value a RandomColumn of that kind has. Generated columns take no USING, and nothing but numbers
# goes back and forth without one.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::RandomConversion;

use strict;
use warnings;

use HotswapTest::Dice;

# kind => [ new type, a kind like it (its class and abilities), USING or undef, the way back or undef, flags ]. Q is the column.
# flags: k hotswap knows the way back; l values may become equal; n the server does not rewrite; x a default does not follow.
my %conversions = (
    smallint => [ [ 'integer', 'integer', undef, undef, 'k' ], [ 'bigint', 'bigint', undef, undef, 'k' ], [ 'numeric', 'numeric', undef, undef, 'k' ], [ 'real', 'real', undef, undef, 'k' ] ],
    small => [
        [ 'bigint', 'bigint', undef, undef, 'k' ], [ 'bigint', 'bigint', 'Q::bigint', 'Q::integer' ], [ 'smallint', 'smallint', undef, undef, 'k' ],
        [ 'numeric(8,2)', 'fixed', undef, 'Q::integer' ], [ 'text', 'text', undef, undef, 'k' ], [ 'varchar(20)', 'varchar_n', "'#' || Q", "substr(Q, 2)::integer", 'x' ],
        [ 'boolean', 'boolean', 'Q > 9999', 'Q::integer', 'lx' ], [ '@positive', 'checked', 'abs(Q) + 1', 'Q - 1', 'l' ], [ 'double precision', 'double', undef, undef, 'k' ],
        [ 'interval', 'interval', "Q * interval '1 second'", "extract(epoch FROM Q)::integer", 'x' ],
    ],
    integer => [
        [ 'bigint', 'bigint', undef, undef, 'k' ], [ 'bigint', 'bigint', undef, undef, 'k' ], [ 'bigint', 'bigint', 'Q::bigint * 1000', '(Q / 1000)::integer' ],
        [ 'numeric', 'numeric', undef, undef, 'k' ], [ 'numeric(14,4)', 'fixed', undef, undef, 'k' ], [ 'text', 'text', undef, undef, 'k' ],
        [ 'timestamptz', 'timestamptz', 'to_timestamp(Q)', 'extract(epoch FROM Q)::integer', 'x' ], [ 'bigint', 'bigint', 'Q - 1', 'Q + 1' ],
    ],
    bigint => [ [ 'integer', 'integer', undef, undef, 'k' ], [ 'integer', 'integer', 'Q::integer', 'Q::bigint' ], [ 'numeric(20,0)', 'fixed', undef, undef, 'k' ], [ 'text', 'text', undef, undef, 'k' ], [ 'double precision', 'double', undef, 'Q::bigint', 'l' ] ],
    large => [ [ 'numeric', 'numeric', undef, undef, 'k' ], [ 'text', 'text', undef, undef, 'k' ], [ 'varchar(30)', 'varchar_n', undef, 'Q::bigint' ] ],
    numeric => [ [ 'text', 'text', undef, undef, 'k' ], [ 'double precision', 'double', undef, 'Q::numeric', 'l' ], [ 'numeric(110,4)', 'numeric', undef, 'Q', 'l' ] ],
    fixed => [
        [ 'numeric(14,5)', 'fixed', undef, undef, 'k' ], [ 'numeric(14,1)', 'fixed', undef, 'Q', 'l' ], [ 'numeric', 'numeric', undef, undef, 'kn' ], [ 'bigint', 'bigint', undef, 'Q', 'l' ],
        [ 'numeric(16,3)', 'fixed', undef, undef, 'kn' ], [ 'bigint', 'bigint', '(Q * 1000)::bigint', 'Q / 1000.0' ], [ 'text', 'text', undef, undef, 'k' ],
    ],
    double => [ [ 'text', 'text', undef, 'Q::double precision' ], [ 'real', 'real', undef, 'Q', 'l' ] ],
    real => [ [ 'double precision', 'double', undef, undef, 'k' ], [ 'numeric', 'numeric', undef, 'Q::real' ] ],
    text => [
        [ 'varchar(190)', 'varchar_n', undef, undef, 'k' ], [ 'varchar(190)', 'varchar_n', 'Q::varchar(190)', 'Q::text' ], [ 'char(180)', 'char_n', undef, 'Q', 'l' ], [ 'text COLLATE "C"', 'text', undef, undef, 'kn' ],
        [ 'text COLLATE "C"', 'text', 'upper(Q)', 'Q', 'l' ], [ 'bytea', 'bytea', "convert_to(Q, 'UTF8')", "convert_from(Q, 'UTF8')", 'x' ], [ 'text', 'text', "Q || '!'", "left(Q, -1)" ], [ '@name', 'domain', undef, 'Q', 'n' ],
        [ 'text[]', 'texts', 'ARRAY[Q]', 'Q[1]', 'x' ], [ 'jsonb', 'jsonb', 'to_jsonb(Q)', "Q #>> '{}'", 'x' ],
    ],
    wide => [ [ 'bytea', 'wide_bytea', "convert_to(Q, 'UTF8')", "convert_from(Q, 'UTF8')", 'x' ], [ 'jsonb', 'wide_jsonb', 'to_jsonb(Q)', "Q #>> '{}'", 'x' ], [ 'varchar(60000)', 'wide', undef, undef, 'k' ], [ 'text', 'wide', "Q || '.'", 'left(Q, -1)' ] ],
    digits => [ [ 'integer', 'integer', 'Q::integer', 'Q::text', 'x' ], [ 'bigint', 'bigint', 'Q::bigint', undef, 'x' ], [ 'numeric', 'numeric', 'Q::numeric + 0.5', '(Q - 0.5)::integer::text', 'x' ], [ 'varchar(12)', 'varchar_n', undef, undef, 'k' ] ],
    json_text => [ [ 'jsonb', 'jsonb', 'Q::jsonb', 'Q::text', 'x' ], [ 'json', 'json', 'Q::json', 'Q::text', 'x' ], [ 'integer', 'integer', "(Q::jsonb ->> 'n')::integer", "jsonb_build_object('n', Q)::text", 'lx' ] ],
    uuid_text => [ [ 'uuid', 'uuid', 'Q::uuid', 'Q::text', 'x' ], [ 'char(36)', 'char_n', undef, 'Q' ] ],
    date_text => [ [ 'date', 'date', 'Q::date', 'Q::text', 'x' ], [ 'timestamp', 'timestamp', 'Q::timestamp', 'Q::date::text', 'x' ] ],
    varchar => [ [ 'text COLLATE "POSIX"', 'text', undef, undef, 'kn' ], [ 'varchar(200)', 'varchar_n', undef, undef, 'k' ], [ 'char(180)', 'char_n', undef, 'Q', 'l' ] ],
    varchar_n => [ [ 'varchar(170)', 'varchar_n', undef, undef, 'k' ], [ 'text', 'text', undef, undef, 'kn' ], [ 'text COLLATE "C"', 'text', 'Q', 'Q', 'n' ], [ 'char(175)', 'char_n', undef, 'Q', 'l' ] ],
    char_n => [ [ 'text', 'text', undef, undef, 'k' ], [ 'varchar(40)', 'varchar_n', undef, undef, 'k' ], [ 'char(60)', 'char_n', undef, 'Q' ] ],
    boolean => [ [ 'integer', 'integer', 'Q::integer', 'Q::boolean', 'x' ], [ 'text', 'text', undef, 'Q::boolean' ], [ 'char(1)', 'char_n', "CASE WHEN Q THEN 'Y' ELSE 'N' END", "Q = 'Y'", 'lx' ] ],
    date => [ [ 'timestamp', 'timestamp', undef, 'Q::date' ], [ 'timestamptz', 'timestamptz', undef, 'Q::date' ], [ 'text', 'text', undef, 'Q::date' ], [ 'timestamp(0)', 'timestamp', "Q + time '12:00'", 'Q::date' ] ],
    time => [ [ 'interval', 'interval', undef, 'Q::time' ], [ 'time(0)', 'time', undef, 'Q', 'l' ], [ 'text', 'text', undef, 'Q::time' ] ],
    timestamp => [
        [ 'timestamptz', 'timestamptz', "Q AT TIME ZONE 'UTC'", undef, 'k' ], [ 'timestamptz', 'timestamptz', "Q AT TIME ZONE 'Europe/Berlin'", "Q AT TIME ZONE 'Europe/Berlin'", 'l' ],
        [ 'date', 'date', undef, 'Q', 'l' ], [ 'timestamp(0)', 'timestamp', undef, 'Q', 'l' ], [ 'text', 'text', undef, 'Q::timestamp' ],
    ],
    timestamptz => [
        [ 'timestamp', 'timestamp', "Q AT TIME ZONE 'UTC'", undef, 'k' ], [ 'timestamptz(0)', 'timestamptz', undef, 'Q', 'l' ],
        [ 'double precision', 'double', 'extract(epoch FROM Q)', 'to_timestamp(Q)', 'lx' ],
    ],
    interval => [ [ 'text', 'text', undef, 'Q::interval' ], [ 'interval(0)', 'interval', undef, 'Q', 'l' ] ],
    uuid => [ [ 'text', 'text', undef, undef, 'k' ], [ 'char(36)', 'char_n', 'Q::text', 'Q::uuid' ], [ 'bytea', 'bytea', 'uuid_send(Q)', "encode(Q, 'hex')::uuid", 'x' ] ],
    json => [ [ 'jsonb', 'jsonb', undef, undef, 'k' ], [ 'text', 'json_text', undef, 'Q::json' ] ],
    jsonb => [ [ 'text', 'json_text', undef, 'Q::jsonb' ], [ 'json', 'json', undef, undef, 'k' ], [ 'jsonb', 'jsonb', "jsonb_build_object('it', Q, 'n', 1)", "Q -> 'it'" ] ],
    wide_jsonb => [ [ 'json', 'json', undef, undef, 'k' ], [ 'text', 'wide', undef, 'Q::jsonb' ] ],
    bytea => [ [ 'text', 'text', "encode(Q, 'hex')", "decode(Q, 'hex')", 'x' ] ],
    wide_bytea => [ [ 'text', 'wide', "encode(Q, 'base64')", "decode(Q, 'base64')", 'x' ] ],
    integers => [ [ 'bigint[]', 'integers', undef, 'Q::integer[]' ], [ 'text[]', 'texts', undef, 'Q::integer[]' ] ],
    texts => [ [ 'varchar(90)[]', 'texts', undef, 'Q::text[]' ], [ 'text', 'text', "array_to_string(Q, '|')", "string_to_array(Q, '|')", 'l' ] ],
    int4range => [ [ 'int8range', 'int4range', 'int8range(lower(Q), upper(Q))', 'int4range(lower(Q)::integer, upper(Q)::integer)', 'x' ], [ 'text', 'text', undef, 'Q::int4range' ] ],
    tstzrange => [ [ 'tsrange', 'tstzrange', "tsrange(lower(Q) AT TIME ZONE 'UTC', upper(Q) AT TIME ZONE 'UTC')", "tstzrange(lower(Q) AT TIME ZONE 'UTC', upper(Q) AT TIME ZONE 'UTC')", 'x' ] ],
    multirange => [ [ 'text', 'text', undef, 'Q::int4multirange' ] ],
    composite => [ [ 'jsonb', 'jsonb', 'to_jsonb(Q)', 'NULL::@composite', 'x' ], [ 'text', 'text', '(Q).b', 'ROW(0, Q)::@composite', 'x' ], [ 'integer', 'integer', '(Q).a', "ROW(Q, '')::\@composite", 'x' ] ],
    enum => [ [ 'text', 'text', undef, 'Q::@enum' ], [ 'varchar(10)', 'varchar_n', 'Q::text', 'Q::@enum' ], [ 'integer', 'integer', "CASE Q WHEN 'low' THEN 1 ELSE 2 END", "CASE Q WHEN 1 THEN 'low' ELSE 'mid' END::\@enum", 'lx' ] ],
    enum_text => [ [ '@enum', 'enum', 'Q::@enum', 'Q::text', 'x' ], [ 'varchar(20)', 'varchar_n', undef, undef, 'k' ] ],
    checked => [ [ 'bigint', 'bigint', undef, 'Q::integer' ], [ 'text', 'text', undef, 'Q::integer' ], [ 'integer', 'integer', undef, 'Q', 'n' ] ],
    domain => [ [ 'text', 'text', undef, 'Q', 'n' ], [ 'varchar(50)', 'varchar_n', undef, 'Q' ], [ 'bytea', 'bytea', "convert_to(Q, 'UTF8')", "convert_from(Q, 'UTF8')", 'x' ] ],
    inet => [ [ 'text', 'text', undef, 'Q::inet' ], [ 'varchar(60)', 'varchar_n', 'host(Q)', 'Q::inet', 'l' ] ],
    cidr => [ [ 'text', 'text', undef, 'Q::cidr' ], [ 'inet', 'inet', undef, undef, 'kn' ] ],
    point => [ [ 'text', 'text', undef, 'Q::point' ], [ 'double precision', 'double', 'Q[0]', 'point(Q, 0)', 'lx' ] ],
    bits => [ [ 'integer', 'integer', 'Q::integer', 'Q::bit(8)', 'x' ], [ 'varbit', 'bits', undef, 'Q::bit(8)' ], [ 'text', 'text', undef, 'Q::bit(8)' ] ],
    tsvector => [ [ 'text', 'text', undef, 'Q::tsvector' ] ],
);

# Where a column's class is pinned by an expression, numbers of the one class still serve those of the other.
my %near = ('int number' => 1, 'number int' => 1);

# A conversion the server accepts for this column as it stands; undef when there is none.
# Result: type, using, back (SQL or undef), known, lossy, rewrites, drops_default, can
sub find
{
    my ($column, $schema) = @_;
    my @fit;
    for my $entry (@{ $conversions{ $column->{kind} } || [] })
    {
        my ($type, $like, $using, $back, $flags) = (@$entry, '');
        my $kind = HotswapTest::RandomColumn::kind_of($like);
        next if grep { CORE::index($kind->{can}, $_) < 0 } sort keys %{ $column->{need} };
        next if $column->{keep_class} && $kind->{class} ne $column->{class} && ($column->{fk} || !$near{"$column->{class} $kind->{class}"});
        # What is an expression's business may not change its meaning either.
        next if $column->{fk} && defined $using;
        next if $column->{keep_class} && $column->{strict} && $type =~ /COLLATE/;
        next if ($column->{strict} || $column->{unique}) && $flags =~ /l/;
        next if defined $column->{generated} && (defined $using || $flags !~ /k/ || $kind->{class} ne $column->{class} && !$near{"$column->{class} $kind->{class}"});
        next if ($column->{serial} || $column->{identity}) && ($kind->{class} ne 'int' || $like eq 'checked');
        push @fit, { type => $type, using => $using, back => $back, known => $flags =~ /k/ ? 1 : 0, rewrites => $flags =~ /n/ ? 0 : 1,
            drops_default => $flags =~ /x/ ? 1 : 0, can => $kind->{can}, class => $kind->{class} };
    }
    my $found = pick(@fit) or return undef;
    for my $part (qw(type using back))
    {
        next unless defined $found->{$part};
        $found->{$part} =~ s/\bQ\b/$column->{q}/g;
        $found->{$part} = $schema->resolve($found->{$part});
    }
    return $found;
}

1;
