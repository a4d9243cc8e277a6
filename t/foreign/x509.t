#!/usr/bin/perl
# Requests and certificates against openssl and certtool: what they make we
# read, what we make they read and verify.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;

my $tool = abs_path(($ENV{top_builddir} // '.') . '/t/foreign/x509tool');
my $dir = tempdir(CLEANUP => 1);
chdir $dir or die;

# (status, stdout, stderr)
sub run {
    my (@cmd) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', '/dev/null' or die;
        open STDOUT, '>', '.out' or die;
        open STDERR, '>', '.err' or die;
        exec @cmd or die "$cmd[0]: $!";
    }
    waitpid $pid, 0;
    return ($?, slurp('.out'), slurp('.err'));
}

sub slurp {
    my ($path) = @_;
    open my $fh, '<', $path or return '';
    local $/;
    return <$fh> // '';
}

sub spew {
    my ($path, $text) = @_;
    open my $fh, '>', $path or die "$path: $!";
    print $fh $text;
    close $fh or die;
    return $path;
}

# stdout of a command that must succeed.
sub out {
    my ($rc, $out, $err) = run(@_);
    is($rc, 0, "@_[0 .. 1]") or diag("@_: $err");
    return $out;
}

sub openssl { return out('openssl', @_) }
sub tool { return out($tool, @_) }

my ($no_certtool) = run('sh', '-c', 'command -v certtool');

# key file, our name of it, arguments of genpkey
my @keys = (
    ['p256', 'ECDSA P-256', qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)],
    ['p384', 'ECDSA P-384', qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-384)],
    ['p521', 'ECDSA P-521', qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-521)],
    ['rsa', 'RSA 2048', qw(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)],
    ['ed', 'Ed25519', qw(-algorithm ED25519)],
);
for (@keys) {
    my ($name, undef, @args) = @$_;
    openssl('genpkey', @args, '-out', "$name.key");
}

my $san = 'subjectAltName=DNS:a.example.com,DNS:*.b.example,IP:10.0.0.1,'
    . 'IP:2001:db8::1,email:a@b.example,URI:spiffe://x/y';
my $names = "dns a.example.com\ndns *.b.example\nip 10.0.0.1\n"
    . "ip 2001:db8::1\nemail a\@b.example\nuri spiffe://x/y\n";

subtest 'requests of openssl' => sub {
    for (@keys) {
        my ($name, $text) = @$_;
        openssl(qw(req -new -key), "$name.key", '-subj', '/O=A/CN=a.example.com',
            '-addext', $san, '-out', "$name.csr");
        is(tool('csr', "$name.csr"),
            "key $text\ncn a.example.com\n${names}others 0\nverified\n",
            "$name: read as it is");
    }
    for my $md (qw(sha384 sha512)) {
        openssl(qw(req -new -key rsa.key -subj /CN=x -out x.csr), "-$md");
        like(tool('csr', 'x.csr'), qr/^verified$/m, "RSA with $md");
        openssl(qw(req -new -key p256.key -subj /CN=x -out x.csr), "-$md");
        like(tool('csr', 'x.csr'), qr/^verified$/m, "ECDSA with $md");
    }
    openssl(qw(req -new -key rsa.key -subj /CN=x -out x.csr -sha256
        -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32));
    like(tool('csr', 'x.csr'), qr/^verified$/m, 'RSA-PSS');
    openssl(qw(req -new -key p256.key -subj / -out x.csr));
    like(tool('csr', 'x.csr'), qr/^cn \nothers 0/m, 'no names at all');
};

subtest 'C1 C6 requests of openssl that are refused or told apart' => sub {
    openssl(qw(req -new -sha1 -key rsa.key -subj /CN=x -out x.csr));
    my ($rc, $out, $err) = run($tool, 'csr', 'x.csr');
    isnt($rc, 0, 'C1 SHA-1');
    like($err, qr/algorithm is not supported/);
    openssl(qw(req -new -md5 -key rsa.key -subj /CN=x -out x.csr));
    ($rc, $out, $err) = run($tool, 'csr', 'x.csr');
    isnt($rc, 0, 'C1 MD5');
    spew('o.cnf', "[req]\ndistinguished_name=d\nreq_extensions=e\n[d]\n[e]\n"
        . "subjectAltName=DNS:a,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u\@x,"
        . "RID:1.2.3,dirName:n\n[n]\nCN=x\n");
    openssl(qw(req -new -key p256.key -subj /CN=x -config o.cnf -out x.csr));
    like(tool('csr', 'x.csr'), qr/^others 3$/m, 'C6 other kinds are counted');
    for my $alg (['EC', 'ec_paramgen_curve:P-224'],
        ['EC', 'ec_paramgen_curve:secp256k1'], ['ED448']) {
        my ($type, $opt) = @$alg;
        openssl('genpkey', '-algorithm', $type, '-out', 'x.key',
            $opt ? ('-pkeyopt', $opt) : ());
        openssl(qw(req -new -key x.key -subj /CN=x -out x.csr));
        ($rc) = run($tool, 'csr', 'x.csr');
        isnt($rc, 0, "C3 $type " . ($opt // ''));
    }
    openssl(qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
        -pkeyopt ec_param_enc:explicit -out x.key));
    openssl(qw(req -new -key x.key -subj /CN=x -out x.csr));
    ($rc) = run($tool, 'csr', 'x.csr');
    isnt($rc, 0, 'C3 explicit curve parameters');
};

subtest 'our requests' => sub {
    for (@keys) {
        my ($name) = @$_;
        spew('our.csr', tool('make-csr', "$name.key", 'a.example.com',
            '10.0.0.1', 'a@b.example', 'spiffe://x/y'));
        my ($rc, $out, $err) = run(qw(openssl req -in our.csr -verify -text));
        is($rc, 0, "$name: openssl verifies");
        like("$out$err", qr/verify OK/i);
        like($out, qr/Subject: CN = a\.example\.com\n/);
        like($out, qr/DNS:a.example.com, email:a\@b.example, IP Address:10.0.0.1/,
            'names in groups');
        SKIP: {
            skip 'no certtool', 1 if $no_certtool;
            out(qw(certtool --crq-info --infile our.csr));
        }
    }
};

subtest 'our certificates' => sub {
    for (@keys) {
        my ($name, undef) = @$_;
        spew("$name-root.pem", tool('root', "$name.key", 'Root CA'));
        spew("$name-ca.pem",
            tool('ca', 'p384.key', 'Sub CA', "$name-root.pem", "$name.key"));
        spew('leaf.pem', tool('leaf', 'p256.csr', "$name-ca.pem", 'p384.key'));
        like(openssl(qw(verify -x509_strict -CAfile), "$name-root.pem",
                '-untrusted', "$name-ca.pem", qw(-purpose sslserver
                -verify_hostname a.example.com leaf.pem)),
            qr/^leaf\.pem: OK$/m, "$name root: verified strictly");
        my ($rc) = run(qw(openssl verify -x509_strict -CAfile),
            "$name-root.pem", 'leaf.pem');
        isnt($rc, 0, 'not without the intermediate');
        SKIP: {
            skip 'no certtool', 2 if $no_certtool;
            spew('chain.pem', slurp('leaf.pem') . slurp("$name-ca.pem"));
            like(out(qw(certtool --verify --infile chain.pem
                    --load-ca-certificate), "$name-root.pem"),
                qr/Chain verification output: Verified\. The certificate is tr/,
                'certtool verifies');
        }
    }
};

subtest 'what a leaf says' => sub {
    spew('leaf.pem', tool('leaf', 'p256.csr', 'rsa-root.pem', 'rsa.key'));
    my $text = openssl(qw(x509 -in leaf.pem -noout -text -nameopt utf8));
    like($text, qr/Version: 3 \(0x2\)/);
    like($text, qr/Issuer: C=DE, ?O=J\xc3\xbcrgen & Co, ?CN=Root CA\n/);
    like($text, qr/Subject: CN=a\.example\.com\n/);
    like($text, qr/Signature Algorithm: sha256WithRSAEncryption/);
    my @exts = $text =~ /^ {12}(\S.*?): ?(?:critical)?$/mg;
    is_deeply(\@exts, [
        'X509v3 Key Usage', 'X509v3 Extended Key Usage',
        'X509v3 Subject Key Identifier', 'X509v3 Authority Key Identifier',
        'X509v3 Subject Alternative Name', '1.3.6.1.4.1.37476.9000.64.1',
    ], 'extensions in their order');
    like($text, qr/DNS:a\.example\.com, DNS:\*\.b\.example, email:a\@b\.example/,
        'names in groups');
    my $ski = openssl(qw(x509 -in rsa-root.pem -noout -ext
        subjectKeyIdentifier)) =~ s/.*\n\s+//sr;
    my $aki = openssl(qw(x509 -in leaf.pem -noout -ext
        authorityKeyIdentifier)) =~ s/.*\n\s+//sr;
    is($aki, $ski, 'AKI is the SKI of the issuer');

    openssl(qw(x509 -in leaf.pem -outform DER -out leaf.der));
    my ($serial) = openssl(qw(x509 -in leaf.pem -noout -serial))
        =~ /=([0-9A-F]+)/;
    cmp_ok(length $serial, '<=', 32, 'C16 at most 128 bits');
    unlike($text, qr/Serial Number:\s*-|\(Negative\)/, 'C16 positive');
    openssl(qw(x509 -in rsa-root.pem -outform DER -out root.der));
    my ($subject) = slurp('root.der') =~
        /(\x30.\x31\x0b\x30\x09\x06\x03\x55\x04\x06.*?Root CA)/s;
    ok(defined $subject && index(slurp('leaf.der'), $subject) >= 0,
        'issuer is the subject of the root byte for byte');
};

subtest 'verification agrees' => sub {
    openssl(qw(x509 -req -in p256.csr -CA p384-root.pem -CAkey p384.key
        -copy_extensions copy -days 1 -out theirs.pem));
    tool('verify', 'theirs.pem', 'p384-root.pem', 'a.example.com');
    tool('verify', 'theirs.pem', 'p384-root.pem', '10.0.0.1');
    my ($rc) = run($tool, 'verify', 'theirs.pem', 'p384-root.pem', 'b.c');
    isnt($rc, 0, 'another host');
    ($rc) = run($tool, 'verify', 'theirs.pem', 'rsa-root.pem', 'a.example.com');
    isnt($rc, 0, 'another root');
};

done_testing;
