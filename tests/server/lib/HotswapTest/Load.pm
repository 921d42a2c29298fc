# One pgbench that writes without end, and what it has to say about it.
# SPDX-License-Identifier: PostgreSQL
package HotswapTest::Load;

use strict;
use warnings;

use Test::More;

sub new
{
    my ($class, $server, $file, %options) = @_;
    my $self = bless { server => $server, file => $file, options => {%options}, text => '', stopped => 0, crashes => 0 }, $class;
    $self->run;
    return $self;
}

sub run
{
    my ($self) = @_;
    my $node = $self->{server}->node;
    my %options = %{ $self->{options} };
    my $seconds = $options{seconds} || 120;
    my @script = $options{builtin} ? ('-b', $options{builtin}) : ('-f', $self->{file});
    my @command = ('pgbench', '-n', '-c', $options{clients} || 4, '-T', $seconds, @script);
    my $rate = $options{rate} // 800;
    push @command, '-R', $rate if $rate;
    push @command, @{ $options{arguments} || [] };
    local $ENV{PGHOST} = $node->host;
    local $ENV{PGPORT} = $node->port;
    local $ENV{PGUSER} = $ENV{PGUSER};
    $self->{out} = '';
    $self->{err} = '';
    $self->{process} = IPC::Run::start([ @command, $self->{server}{database} ], '<', \undef, '>', \$self->{out}, '2>', \$self->{err});
    return;
}

# After a crash of the server: what it said so far is kept, and it starts again.
sub again
{
    my ($self) = @_;
    $self->finish;
    ++$self->{crashes};
    $self->run;
    return;
}

sub finish
{
    my ($self) = @_;
    return unless $self->{process};
    eval { $self->{process}->pump_nb };
    eval { $self->{process}->kill_kill(grace => 5) };
    $self->{text} .= $self->{err};
    $self->{all} .= $self->{out};
    $self->{process} = undef;
    return;
}

sub stop
{
    my ($self) = @_;
    $self->finish;
    $self->{stopped} = 1;
    return;
}

# Waits for its own end; for loads with a fixed number of seconds or transactions.
sub wait_end
{
    my ($self) = @_;
    $self->{process}->finish;
    $self->{text} .= $self->{err};
    $self->{all} .= $self->{out};
    $self->{process} = undef;
    $self->{stopped} = 1;
    return $self->{all};
}

# Errors of clients. The loss of a connection is one only where nothing was killed.
sub errors
{
    my ($self) = @_;
    my $error = $self->{crashes} ? qr/ERROR:|PANIC:/ : qr/error|ERROR:|FATAL:|PANIC:|aborted/;
    return join "\n", grep { $_ =~ $error } split /\n/, $self->{text};
}

1;
