# Cuts a file of psql into its statements, as psql would: quotes, comments, parentheses and the bodies of SQL functions are kept whole.
# Commands of psql and rows of COPY are taken out.
# SPDX-License-Identifier: PostgreSQL
package Statements;

use strict;
use warnings;

sub of_file
{
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!";
    local $/;
    my $text = <$in>;
    # Rows end before the next statement does: a COPY that fails has none.
    $text =~ s/^(\s*copy\b[^;]*?\bfrom\s+stdin\b[^;]*;[^\n]*\n)(?:(?![^\n]*;[ \t]*\n)[^\n]*\n)*?\\\.\n/$1/gmsi;
    # \gset and the like end a statement; \; joins two.
    $text =~ s/\\;/;/g;
    $text =~ s/^(.*?)\s*\\(?:g\w*|crosstab\w*)\b.*$/$1;/mg;
    $text =~ s/^\s*\\.*$//mg;
    $text =~ tr/\0//d;
    return of_text($text);
}

sub of_text
{
    my ($text) = @_;
    my ($statement, $depth, @all) = ('', 0);
    while ($text =~ /\G(--[^\n]*|\/\*.*?\*\/|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\2\$|\w+|.)/gsc)
    {
        my $token = $1;
        $statement .= $token;
        $depth++ if $token eq '(';
        $depth-- if $token eq ')' && $depth;
        next if $token ne ';' || $depth;
        next if $statement =~ /\bbegin\s+atomic\b/i && $statement !~ /\bend\s*;$/i;
        push @all, $statement if $statement =~ /[^;\s]/;
        $statement = '';
    }
    return @all;
}

1;
