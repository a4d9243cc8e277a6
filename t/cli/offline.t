#!/usr/bin/perl
# Issuing without servers: ca certificate, ca sign, ca token with --offline.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(decode_base64url);
use Test::More;
use StepcRun;

my $s = $ENV{STEPPATH};
spew('pw', "correct horse\n");
spew('other', "another one\n");

sub ok_run {
    my ($rc, $out, $err) = run('', @_);
    $rc == 0 or die "@_: $err";
    return $out;
}

# Bytes of the ledger that say something.
sub ledger {
    my $all = join '', map { slurp($_) } sort glob "$s/db/stepc/ledger-*";
    $all =~ s/\0+\z//;
    return $all;
}

sub refused {
    my ($name, $message, @args) = @_;
    my $before = ledger();
    my ($rc, $out, $err) = stepc(@args);
    is($rc, 1, "$name: exit status");
    like($err, $message, "$name: message");
    is(ledger(), $before, "$name: nothing is recorded");
    ok(!-e 'no.crt' && !-e 'no.key', "$name: nothing is written");
}

sub text { return ok_run(qw(openssl x509 -noout -text -in), @_) }

sub verified {
    my ($crt, $name) = @_;
    like(ok_run('openssl', 'verify', '-CAfile', "$s/certs/root_ca.crt",
            '-untrusted', "$s/certs/intermediate_ca.crt", $crt), qr/OK/,
        "$name: openssl verifies it");
}

ok_run($stepc, qw(ca init --name Demo --dns localhost --dns 127.0.0.1 --address
        :9443 --provisioner admin --password-file pw));
my @with = qw(--offline --provisioner admin --password-file pw);

my ($rc, $out, $err) = stepc(qw(ca certificate localhost web.crt web.key --san
        localhost --san 127.0.0.1), @with);
is($rc, 0, 'ca certificate --offline') or diag $err;
is($out, '', '... nothing on stdout');
like($err, qr/^\342\234\224 Provisioner: admin \(JWK\) \[kid: [\w-]{43}\]\n\342\234\224 Certificate: web\.crt\n\342\234\224 Private Key: web\.key\n\z/,
    '... what it says');
verified('web.crt', 'certificate');
like(text('web.crt'), qr/DNS:localhost, IP Address:127\.0\.0\.1\n/,
    '... its names');
like(text('web.crt'), qr/1\.3\.6\.1\.4\.1\.37476\.9000\.64\.1/,
    '... its provisioner');
is(mode('web.crt') . mode('web.key'), '06000600', '... modes');
is(ok_run(qw(openssl x509 -noout -pubkey -in web.crt)),
    ok_run(qw(openssl pkey -pubout -in web.key)), '... a pair');
my @blocks = slurp('web.crt') =~ /BEGIN CERTIFICATE/g;
is(scalar @blocks, 2, '... with its intermediate');
my $der = ok_run(qw(openssl x509 -outform DER -in web.crt));
ok(index(ledger(), $der) >= 0, '... is in the ledger');

ok_run(qw(openssl req -new -newkey rsa:2048 -nodes -keyout svc.key -out svc.csr
        -subj /CN=svc.example -addext subjectAltName=DNS:svc.example));
($rc, $out, $err) = stepc(qw(ca sign svc.csr svc.crt --not-after 1h), @with);
is($rc, 0, 'ca sign --offline') or diag $err;
verified('svc.crt', 'sign');
my ($from, $to) = map { ok_run('date', '-d', $_, '+%s') }
    text('svc.crt') =~ /Not Before: (.*)\n\s+Not After : (.*)\n/;
is($to - $from, 3660, '... --not-after, and the backdate');

# The token is that of the CA's own name.
($rc, $out, $err) = stepc(qw(ca token svc.example), @with);
is($rc, 0, 'ca token --offline') or diag $err;
my (undef, $claims) = split /\./, $out;
$claims = decode_json(decode_base64url($claims));
is("$claims->{aud} $claims->{iss} $claims->{sub}",
    'https://localhost/sign admin svc.example', '... its claims');

refused('beyond the maximum', qr/48h|24h/, qw(ca certificate x.example no.crt
        no.key --not-after 48h), @with);
refused('a bad time', qr/invalid value 'soon' for flag '--not-after'/,
    qw(ca certificate x.example no.crt no.key --not-after soon), @with);
refused('wrong password', qr/password/, qw(ca certificate x.example no.crt
        no.key --offline --provisioner admin --password-file other));
refused('no such provisioner', qr/invalid value 'x' for flag '--provisioner'/,
    qw(ca certificate x.example no.crt no.key --offline --provisioner x
        --password-file pw));
refused('--token', qr/flag '--offline' is incompatible with '--token'/,
    qw(ca certificate x.example no.crt no.key --offline --token x));
refused('no ca.json', qr/nowhere/, qw(ca certificate x.example no.crt no.key
        --ca-config /nowhere), @with);
refused('C8 a wildcard inside', qr/a\.\*\.example/, qw(ca certificate x.example
        no.crt no.key --san a.*.example), @with);

# Revocation needs no key of the authority, only the provisioner's.
my ($serial) = ok_run(qw(openssl x509 -noout -serial -in svc.crt)) =~ /=(\w+)/;
refused('revoke, wrong password', qr/password/, qw(ca revoke), "0x$serial",
    qw(--offline --provisioner admin --password-file other));
rename "$s/secrets/intermediate_ca_key", 'away' or die;
($rc, $out, $err) = stepc(qw(ca revoke --reasonCode superseded), "0x$serial",
    @with);
rename 'away', "$s/secrets/intermediate_ca_key" or die;
is($rc, 0, 'ca revoke --offline') or diag $err;
like($err, qr/^Certificate with Serial Number \d+ has been revoked\.$/m,
    '... what it says');
unlike($err, qr/CA:/, '... no CA was asked');
refused('revoke, twice', qr/is already revoked/, qw(ca revoke), "0x$serial",
    @with);
($rc, $out, $err) = stepc(qw(ca revoke --offline --cert web.crt --key web.key));
is($rc, 0, 'ca revoke --offline --cert') or diag $err;
refused('revoke --cert, twice', qr/is already revoked/,
    qw(ca revoke --offline --cert web.crt --key web.key));
ok_run($stepc, qw(certificate create o.example o.crt o.key --profile
        self-signed --subtle --no-password --insecure));
refused('revoke --cert of another authority', qr/^o\.crt: self-signed certificate$/,
    qw(ca revoke --offline --cert o.crt --key o.key));

# A provisioner that cannot vouch for X.509 is nothing to choose from.
edit("$s/config/ca.json", qr/"provisioners": \[/,
    '"provisioners": [{"type": "SSHPOP", "name": "pop"}, ');
($rc, $out, $err) = stepc(qw(ca certificate pop.example pop.crt pop.key
        --offline --password-file pw));
is($rc, 0, 'SSHPOP beside the JWK provisioner: no question') or diag $err;
like($err, qr/Provisioner: admin \(JWK\)/, '... which is taken');
refused('SSHPOP by its name', qr/SSHPOP/, qw(ca certificate x.example no.crt
        no.key --offline --provisioner pop --password-file pw));
edit("$s/config/ca.json", qr/"provisioners": \[/,
    '"policy": {"x509": {"deny": {"dns": ["x.example"]}}}, "provisioners": [');
refused('a name that a policy denies', qr/dns name "x\.example" not allowed/,
    qw(ca certificate x.example no.crt no.key), @with);

# A refusal names the claim, its value, its place, and a command that helps.
my @long = (qw(ca certificate l.example l.crt l.key --not-after 30h), @with);
($rc, $out, $err) = stepc(@long);
is($rc, 1, 'longer than the claim');
like($err, qr/\(maxTLSCertDuration is 24h0m0s, set by the built-in default; to change it: stepc ca provisioner update admin --x509-max-dur DURATION\)/,
    'claim, value, place and command');
($rc, $out, $err) = stepc(qw(ca provisioner update admin --x509-max-dur 30h));
is($rc, 0, 'the command is one') or diag $err;
($rc, $out, $err) = stepc(@long);
is($rc, 0, 'and now it is issued') or diag $err;

done_testing();
