#!/usr/bin/perl
# stepc certificate create, inspect, verify, fingerprint against openssl.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex sha256_base64 sha256_hex);
use FindBin;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use Test::More;
use lib "$FindBin::Bin/../lib";
use StepcRun;

spew('pw', "correct horse\n");
spew('other', "another\n");
my @plain = qw(--no-password --insecure);

# A command that must succeed: its (stdout, stderr).
sub good {
    my @cmd = @_;
    my ($rc, $out, $err) = stepc('certificate', @cmd);
    is($rc, 0, "@cmd") or diag $err;
    return ($out, $err);
}

# One that must not: what it says, and that stdout is empty.
sub refused {
    my ($message, @cmd) = @_;
    my ($rc, $out, $err) = stepc('certificate', @cmd);
    is("$rc $out", '1 ', "@cmd: exit status 1, nothing on stdout");
    ref $message ? like($err, $message, '... message')
        : is($err, "$message\n", '... message');
}

sub openssl {
    my @cmd = @_;
    my ($rc, $out, $err) = run('', 'openssl', @cmd);
    is($rc, 0, "openssl @cmd[0 .. 1]") or diag "@cmd: $err";
    return $out;
}

sub der {
    my ($body) = slurp($_[0]) =~ /-----BEGIN [^-]+-----\n(.*?)-----END/s;
    return decode_base64($body);
}

sub seconds {
    my ($file, $which) = @_;
    my ($date) = openssl('x509', '-in', $file, '-noout', "-$which")
        =~ /=(.*)/;
    my ($rc, $out) = run('', 'date', '-u', '+%s', '-d', $date);
    return $out + 0;
}

# --- create ---------------------------------------------------------------

subtest 'a root, an intermediate, a leaf' => sub {
    my ($out, $err) = good(qw(create --profile root-ca Root root.crt root.key
        --password-file pw));
    is($out, '', 'nothing on stdout');
    is($err, "Your certificate has been saved in root.crt.\n"
            . "Your private key has been saved in root.key.\n", 'what it says');
    is(mode('root.crt') . mode('root.key'), '06000600', 'modes');
    like(slurp('root.key'), qr/^-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,/,
        'legacy encrypted key');
    openssl(qw(pkey -in root.key -passin file:pw -noout));
    good(qw(create Sub sub.crt sub.key --profile intermediate-ca --ca root.crt
        --ca-key root.key --ca-password-file pw --password-file pw));
    good('create', qw(--ca sub.crt --ca-key sub.key --ca-password-file pw
        --bundle www.example.com www.crt www.key), @plain);
    like(openssl(qw(verify -x509_strict -CAfile root.crt -untrusted sub.crt
            -purpose sslserver -verify_hostname www.example.com www.crt)),
        qr/^www\.crt: OK$/m, 'openssl verifies strictly');
    is(() = slurp('www.crt') =~ /BEGIN CERTIFICATE/g, 2, '--bundle: two');
    is(slurp('www.crt') =~ s/.*?-----END CERTIFICATE-----\n//sr,
        slurp('sub.crt'), '... the second is the issuer');
    is(openssl(qw(pkey -in www.key -pubout)),
        openssl(qw(x509 -in www.crt -noout -pubkey)), 'the key fits');

    my $root = openssl(qw(x509 -in root.crt -noout -text));
    like($root, qr/CA:TRUE, pathlen:1\n/, 'root: path length 1');
    like($root, qr/Certificate Sign, CRL Sign\n/);
    unlike($root, qr/Alternative Name/);
    is(seconds('root.crt', 'enddate') - seconds('root.crt', 'startdate'),
        87600 * 3600, 'root: ten years');
    my $sub = openssl(qw(x509 -in sub.crt -noout -text));
    like($sub, qr/CA:TRUE, pathlen:0\n/, 'intermediate: path length 0');
    my $www = openssl(qw(x509 -in www.crt -noout -text));
    like($www, qr/X509v3 Key Usage: critical\n\s+Digital Signature\n/);
    like($www, qr/TLS Web Server Authentication, TLS Web Client Auth/);
    like($www, qr/Alternative Name: \n\s+DNS:www\.example\.com\n/,
        'leaf: its subject is its name');
    unlike($www, qr/CA:TRUE/);
    is(seconds('www.crt', 'enddate') - seconds('www.crt', 'startdate'), 86400,
        'leaf: a day');
    cmp_ok(abs(seconds('www.crt', 'startdate') - time), '<', 60,
        'from now on');
};

my @ca = qw(--ca sub.crt --ca-key sub.key --ca-password-file pw);

subtest 'names, times and keys' => sub {
    good('create', qw(svc svc.crt svc.key --kty RSA --san b.example
        --san 10.0.0.1 --san a@b.example --san spiffe://x/y
        --not-before 1h --not-after 2h), @ca, @plain);
    my $text = openssl(qw(x509 -in svc.crt -noout -text));
    like($text, qr/DNS:b\.example, email:a\@b\.example, IP Address:10\.0\.0\.1/,
        'names of every kind, the subject not among them');
    like($text, qr/Digital Signature, Key Encipherment\n/, 'RSA key usage');
    like($text, qr/Public-Key: \(2048 bit\)/);
    cmp_ok(abs(seconds('svc.crt', 'startdate') - time - 3600), '<', 60,
        '--not-before');
    cmp_ok(seconds('svc.crt', 'enddate'), '>', seconds('svc.crt', 'startdate'),
        '--not-after');
    good('create', qw(far far.crt far.key --not-before 2049-12-31T23:59:59Z
        --not-after 2050-01-01T00:00:00Z), @ca, @plain);
    like(openssl(qw(asn1parse -in far.crt)),
        qr/UTCTIME\s*:491231235959Z\n.*GENERALIZEDTIME\s*:20500101000000Z/,
        'C13 2049 and 2050');
    for ([OKP => qr/ED25519/], ['EC --curve P-384' => qr/secp384r1/]) {
        my ($kty, $want) = @$_;
        good('create', 'k', 'k.crt', 'k.key', '--force', '--kty',
            split(/ /, $kty), @ca, @plain);
        like(openssl(qw(x509 -in k.crt -noout -text)), $want, $kty);
    }
    good('create', qw(again again.crt --key www.key), @ca);
    is(openssl(qw(x509 -in again.crt -noout -pubkey)),
        openssl(qw(x509 -in www.crt -noout -pubkey)), '--key: the same key');
};

subtest 'self-signed and requests' => sub {
    good('create', qw(me.example self.crt self.key --profile self-signed
        --subtle), @plain);
    openssl(qw(verify -CAfile self.crt self.crt));
    unlike(openssl(qw(x509 -in self.crt -noout -text)), qr/CA:TRUE/);
    my ($out, $err) = good('create', qw(--csr svc.example x.csr x.key
        --san svc.example --san 10.0.0.1), @plain);
    is($err, "Your certificate signing request has been saved in x.csr.\n"
            . "Your private key has been saved in x.key.\n", 'what it says');
    my ($rc, $text, $verdict) = run('', qw(openssl req -in x.csr -verify
        -text -noout));
    like("$text$verdict", qr/verify OK/i, 'openssl verifies the request');
    like($text, qr/DNS:svc\.example, IP Address:10\.0\.0\.1/);
};

subtest 'no subject, but a name' => sub {
    good('create', '', qw(anon.crt anon.key --san anon.example), @ca, @plain);
    my $text = openssl(qw(x509 -in anon.crt -noout -text));
    like($text, qr/Subject: ?\n/, 'the subject is empty');
    like($text, qr/Alternative Name: critical\s+DNS:anon\.example\n/,
        'the names are critical');
};

subtest 'C7 C8 C9 names that nobody may have' => sub {
    for my $name ('*', '*.com', 'a b', '0.0.0.0', '127.1', "m\xc3\xbc.example",
        'https://u:p@x/', 'javascript:x', 'a@b@c') {
        refused(qr/^(dns|ip|email|uri) name /, 'create', 'n', 'n.crt', 'n.key',
            '--san', $name, @ca, @plain);
    }
    ok(!-e 'n.crt' && !-e 'n.key', 'nothing was written');
};

subtest 'what is asked for wrongly' => sub {
    my @n = qw(create n n.crt n.key);
    refused("'--profile leaf' requires the '--ca' flag", @n, @plain);
    refused("'--profile leaf' requires the '--ca-key' flag", @n, @plain,
        qw(--ca sub.crt));
    refused("'--profile self-signed' requires the '--subtle' flag", @n, @plain,
        qw(--profile self-signed));
    refused("flag '--bundle' is incompatible with flag '--profile root-ca'",
        @n, @plain, qw(--profile root-ca --bundle));
    refused(qr/--ca/, @n, @plain, qw(--profile root-ca --ca sub.crt));
    refused(qr/--insecure/, @n, '--no-password', @ca);
    refused(qr/^invalid value 'x' for flag '--profile'/, @n, qw(--profile x));
    refused("invalid value '2020-01-02T00:00:00Z' for flag '--not-after'; "
            . 'certificate is already expired', @n, @ca, @plain,
        qw(--not-before 2020-01-01T00:00:00Z
        --not-after 2020-01-02T00:00:00Z));
    refused(qr/^certificate is already expired$/, @n, @ca, @plain,
        '--not-before=-48h');
    refused(qr/^invalid value 'soon' for flag '--not-after'/, @n, @ca, @plain,
        qw(--not-after soon));
    refused(qr/expires before/, @n, @ca, @plain, qw(--not-before 2h
            --not-after), '2020-01-01T00:00:00Z');
    refused(qr/csr/, @n, '--csr', @ca, @plain);
    refused(qr/does not match/, @n, @plain, qw(--ca sub.crt --ca-key www.key));
    refused(qr/not a certificate authority/, @n, @plain,
        qw(--ca www.crt --ca-key www.key));
    refused(qr/pathLenConstraint is 0/, @n, @ca, @plain,
        qw(--profile intermediate-ca));
    refused(qr/password/, @n, @plain,
        qw(--ca sub.crt --ca-key sub.key --ca-password-file other));
    refused('positional argument <subject> cannot be empty', 'create', '',
        qw(n.crt n.key), @plain, @$_)
        for \@ca, ['--csr'], [qw(--profile self-signed --subtle)],
        [qw(--profile root-ca)], [qw(--profile root-ca --san x.example)];
    refused("flag '--$_' is not supported yet", @n, @ca, @plain, "--$_", 'x')
        for qw(template set set-file);
    refused(qr/^flag '--ca-password-file' is incompatible with flag '--profile $_'$/,
        @n, @plain, '--profile', $_, qw(--subtle --ca-password-file pw))
        for qw(root-ca self-signed);
    refused("flag '--csr' is incompatible with '--ca-password-file'", @n,
        @plain, qw(--csr --ca-password-file pw));
    openssl(qw(pkey -in www.key -pubout -out www.pub));
    refused('error decoding www.pub: it holds a public key, not a private one', 'create', 'n',
        'n.crt', @ca, qw(--key www.pub));
    refused('error decoding www.pub: it holds a public key, not a private one', @n, @plain,
        qw(--ca sub.crt --ca-key www.pub));
    refused('"" contains no PEM certificate blocks', @n, @plain, '--ca', '',
        qw(--ca-key www.key));
    refused(qr/missing\.crt/, @n, @plain, qw(--ca missing.crt --ca-key x));
    ok(!-e 'n.crt' && !-e 'n.key', 'nothing was written');
    my $before = slurp('www.key');
    my ($rc) = stepc('certificate', 'create', 'n', 'n.crt', 'www.key', @ca,
        @plain);
    is($rc, 1, 'an existing key is not overwritten without a terminal');
    is(slurp('www.key'), $before, '... and stays');
    ok(!-e 'n.crt', '... and no certificate was written');
};

# --- inspect --------------------------------------------------------------

subtest 'inspect' => sub {
    my ($text) = good(qw(inspect www.crt));
    my ($hex) = openssl(qw(x509 -in www.crt -noout -serial)) =~ /=(\w+)/;
    like($text, qr/\ACertificate:\n    Data:\n        Version: 3 \(0x2\)\n/, 'head');
    like($text, qr/^        Serial Number: \d+ \(0x\L$hex\E\)$/m, 'serial');
    like($text, qr/^        Issuer: CN=Sub$/m, 'issuer');
    like($text, qr/^        Subject: CN=www\.example\.com$/m, 'subject');
    like($text, qr/^ {12}Public Key Algorithm: ECDSA\n {16}Public-Key: \(256 bit/m,
        'key');
    like($text, qr/^            X509v3 Key Usage: critical\n {16}Digital\ Sig/m,
        'extensions');
    like($text, qr/^    Signature Algorithm: ECDSA-SHA256\n {9}30:/m,
        'signature');
    is(() = $text =~ /^Certificate:$/mg, 1, 'only the first');
    my ($both) = good(qw(inspect --bundle www.crt));
    is(() = $both =~ /^Certificate:$/mg, 2, '--bundle: both');

    my ($short) = good(qw(inspect --short www.crt));
    is($short =~ s/\d{4}\.\.\.\d{4}/S/r =~ s/\d[\dT:-]+Z/T/gr,
        "X.509v3 TLS Certificate (ECDSA P-256) [Serial: S]\n"
            . "  Subject:     www.example.com\n  Issuer:      Sub\n"
            . "  Valid from:  T\n          to:  T\n", '--short');
    ($short) = good(qw(inspect --short svc.crt));
    like($short, qr/svc\n {15}b\.example\n {15}10\.0\.0\.1\n {15}a\@b\.example\n/,
        '--short: names');
    ($short) = good(qw(inspect --short root.crt));
    like($short, qr/^X\.509v3 Root CA Certificate \(ECDSA P-256\)/, 'a root');
    ($short) = good(qw(inspect --short sub.crt));
    like($short, qr/^X\.509v3 Intermediate CA Certificate/, 'an intermediate');
    ($short) = good(qw(inspect --short x.csr));
    is($short, "X.509v3 Certificate Signing Request (ECDSA P-256)\n"
            . "  Subject:     svc.example\n               10.0.0.1\n",
        'a request');

    my ($pem) = good(qw(inspect --format pem www.crt));
    is($pem, slurp('www.crt') =~ s/(-----END CERTIFICATE-----\n).*/$1/sr,
        '--format pem');
    my ($json) = good(qw(inspect --format json www.crt));
    my $o = JSON::PP->new->allow_bignum->decode($json);
    is($o->{version}, 3, 'json: version');
    is($o->{subject_dn}, 'CN=www.example.com', 'json: subject');
    is($o->{fingerprint_sha256}, sha256_hex(der('www.crt')),
        'json: fingerprint');
    is($o->{validity}{length}, 86401, 'json: length, both ends counted');
    ($json) = good(qw(inspect --format json --bundle www.crt));
    is(scalar @{JSON::PP->new->allow_bignum->decode($json)}, 2,
        'json: --bundle is an array');

    spew('www.der', der('www.crt'));
    is((good(qw(inspect www.der)))[0], $text, 'DER');
    my ($rc, $out) = run(slurp('www.crt'), $stepc, qw(certificate inspect));
    is($out, $text, 'standard input');
    my ($csr) = good(qw(inspect x.csr));
    like($csr, qr/\ACertificate Request:\n/, 'a request');
    like($csr, qr/^        Requested Extensions:$/m);
    refused('file pw does not contain any valid CERTIFICATE or CERTIFICATE '
            . 'REQUEST blocks', qw(inspect pw));
    refused(qr/missing/, qw(inspect missing));
    refused(qr/--short/, qw(inspect --short --format json www.crt));
};

subtest 'inspect agrees with openssl on every algorithm' => sub {
    openssl(qw(genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out
        r.key));
    openssl(qw(req -x509 -key r.key -subj /C=DE/O=A/CN=r -out r.crt -days 1));
    my ($text) = good(qw(inspect r.crt));
    like($text, qr/Signature Algorithm: SHA256-RSA\n {8}Issuer: C=DE,O=A,CN=r$/m);
    like($text, qr/Exponent: 65537 \(0x10001\)$/m);
    my ($theirs) = openssl(qw(x509 -in r.crt -noout -modulus)) =~ /=(\w+)/;
    my ($ours) = $text =~ /Modulus:\n([\s0-9a-f:]+?)\n *Exponent/;
    is(uc($ours =~ s/[\s:]//gr), "00$theirs", 'modulus');
    openssl(qw(req -x509 -key r.key -subj /CN=r -out pss.crt -days 1 -sigopt
        rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32));
    ($text) = good(qw(inspect pss.crt));
    like($text, qr/Signature Algorithm: SHA256-RSAPSS$/m);
};

# --- fingerprint ----------------------------------------------------------

subtest 'fingerprint' => sub {
    my $der = der('www.crt');
    is((good(qw(fingerprint www.crt)))[0], sha256_hex($der) . "\n", 'SHA-256');
    is((good(qw(fingerprint www.der)))[0], sha256_hex($der) . "\n", 'of DER');
    is((good(qw(fingerprint --bundle www.crt)))[0],
        '0: ' . sha256_hex($der) . "\n1: " . sha256_hex(der('sub.crt')) . "\n",
        '--bundle');
    my $b64 = sha256_base64($der);
    is((good(qw(fingerprint --format base64-raw www.crt)))[0], "$b64\n");
    is((good(qw(fingerprint --format base64 www.crt)))[0], "$b64=\n");
    is((good(qw(fingerprint --format base64-url-raw www.crt)))[0],
        ($b64 =~ tr{+/}{-_}r) . "\n");
    like((good(qw(fingerprint --format emoji www.crt)))[0],
        qr/^[\x80-\xff]{96,}\n\z/, 'emoji');
    is((good(qw(fingerprint --sha1 --insecure www.crt)))[0],
        sha1_hex($der) . "\n", '--sha1');
    refused(qr/requires the '--insecure' flag/, qw(fingerprint --sha1 www.crt));
    is((good(qw(fingerprint x.csr)))[0], sha256_hex(der('x.csr')) . "\n",
        'a request');
    refused(qr/valid CERTIFICATE/, qw(fingerprint pw));
};

# --- verify ---------------------------------------------------------------

subtest 'verify' => sub {
    my ($out, $err) = good(qw(verify www.crt --roots root.crt));
    is("$out$err", '', 'silent');
    good(qw(verify www.crt --roots root.crt --host www.example.com));
    ($out) = good(qw(verify -v www.crt --roots root.crt --host
        www.example.com));
    like($out, qr/^certificate validated against roots\n/, '--verbose');
    my $no = qr/^failed to verify certificate: x509: /;
    refused($no, qw(verify www.crt --roots root.crt --host other.example));
    refused($no, 'verify', 'www.crt', '--roots', 'root.crt', '--host', '.example.com');
    refused($no, qw(verify www.crt --roots self.crt));
    refused($no, qw(verify far.crt --roots sub.crt));
    refused($no, qw(verify again.crt --roots root.crt));
    good('verify', 'again.crt', '--roots', 'sub.crt,root.crt');
    mkdir 'roots' or die;
    refused(qr/no PEM certificate/, qw(verify www.crt --roots roots));
    spew('roots/a.txt', 'no certificate');
    spew('roots/root.pem', slurp('root.crt'));
    good(qw(verify www.crt --roots roots));
    refused(qr/missing/, qw(verify www.crt --roots missing));
    spew('junk.crt', slurp('www.crt') . "junk\n");
    refused('junk.crt contains an invalid PEM block',
        qw(verify junk.crt --roots root.crt));
    refused('pw contains no PEM certificate blocks',
        qw(verify pw --roots root.crt));
    my $sig = der('www.crt');
    substr($sig, -1, 1) ^= "\x01";
    spew('forged.der', $sig);
    openssl(qw(x509 -inform DER -in forged.der -out forged.crt));
    spew('forged.crt', slurp('forged.crt') . slurp('sub.crt'));
    refused($no, qw(verify forged.crt --roots root.crt));
};

# --- servers --------------------------------------------------------------

my $pid;
END { kill 'TERM', $pid if $pid }

subtest 'what a server shows' => sub {
    good('create', qw(localhost srv.crt srv.key --bundle --san localhost), @ca,
        @plain);
    $pid = open my $server, '-|', 'exec openssl s_server -accept localhost:0 '
        . '-cert srv.crt -cert_chain sub.crt -key srv.key -www 2>/dev/null'
        or die;
    my $port;
    while (<$server>) {
        ($port) = /^ACCEPT .*:(\d+)/ and last;
    }
    ok($port, 'a server') or return;
    my $url = "https://localhost:$port";
    my ($out) = good('inspect', '--short', $url, '--roots', 'root.crt');
    like($out, qr/^  Subject:     localhost$/m, 'inspect');
    ($out) = good('fingerprint', $url, '--roots', 'root.crt');
    is($out, sha256_hex(der('srv.crt')) . "\n", 'fingerprint');
    ($out) = good('fingerprint', '--bundle', $url, '--roots', 'root.crt');
    is(() = $out =~ /^\d: /mg, 2, 'fingerprint --bundle');
    good('verify', $url, '--roots', 'root.crt');
    refused(qr/x509/, 'verify', $url, '--roots', 'self.crt');
    refused(qr/./, 'inspect', $url, '--roots', 'self.crt');
    good('inspect', '--short', $url, '--insecure');
    kill 'TERM', $pid;
    close $server;
    undef $pid;
    refused(qr/./, 'inspect', $url);
};

done_testing;
