#!/usr/bin/perl
# Verifies a message on standard input with Mail::DKIM, and prints one line for
# each signature: its domain, its selector and the verdict. DNS is the arguments:
# NAME RECORD pairs of TXT records; every other name does not exist.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS;

package Zone {
    sub new { my ($class, %records) = @_; return bless {%records}, $class }

    sub errorstring { return 'NOERROR' }

    sub send {
        my ($self, $name, $type) = @_;
        my $answer = Net::DNS::Packet->new($name, $type);
        my $record = $self->{$name};
        if (!defined $record) {
            $answer->header->rcode('NXDOMAIN');
            return $answer;
        }
        # RFC 6376 section 3.6.2.2: strings of at most 255 octets, joined without a space.
        my @strings = unpack '(a255)*', $record;
        $answer->push(answer => Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => \@strings));
        return $answer;
    }
}

Mail::DKIM::DNS::resolver(Zone->new(@ARGV));
binmode STDIN;
my $message = do { local $/; <STDIN> };
my $verifier = Mail::DKIM::Verifier->new;
$verifier->PRINT($message);
$verifier->CLOSE;
for my $signature ($verifier->signatures) {
    printf "%s %s %s\n", $signature->domain, $signature->selector, $signature->result_detail;
}
