#!/usr/bin/perl
# stepc crypto key, hash and rand beside openssl, ssh-keygen and coreutils.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha1_hex);
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64 decode_base64url);
use Test::More;
use StepcRun;

sub out {
    my ($in, @cmd) = @_;
    my ($rc, $out, $err) = run($in, @cmd);
    is($rc, 0, "@cmd[0 .. ($#cmd < 3 ? $#cmd : 3)]") or diag $err;
    return $out;
}
sub crypto { return out('', $stepc, 'crypto', @_) }
sub openssl { return out('', 'openssl', @_) }

sub refused {
    my ($name, $message, @args) = @_;
    my ($rc, $out, $err) = run('', $stepc, 'crypto', @args);
    is("$rc $out", '1 ', "$name: exit status 1, nothing on stdout");
    is($err, "$message\n", "$name: message");
}

spew('pw', "correct horse\n");
spew('wrong', "correct mule\n");
spew('msg', "to be signed\n");
my %keys = (
    p256 => [qw(EC -pkeyopt ec_paramgen_curve:P-256)],
    p384 => [qw(EC -pkeyopt ec_paramgen_curve:P-384)],
    p521 => [qw(EC -pkeyopt ec_paramgen_curve:P-521)],
    rsa => [qw(RSA -pkeyopt rsa_keygen_bits:2048)],
    ed => [qw(ED25519)]);

# --- key ---------------------------------------------------------------

# What openssl shows as numbers, by its names; without leading zeros.
sub numbers {
    my ($text) = @_;
    my (%n, $name);
    for (split /\n/, $text) {
        if (/^(?:\s{4})([0-9a-f:]+)$/) { $n{$name} .= $1 }
        elsif (/^([\w #]+):/) { $name = $1 }
    }
    for (values %n) { s/://g; s/^(?:00)+// }
    return \%n;
}

for my $n (sort keys %keys) {
    openssl('genpkey', '-algorithm', @{$keys{$n}}, '-out', "$n.pem");
    my $pub = openssl('pkey', '-in', "$n.pem", '-pubout', '-out', "$n.pub");
    $pub = slurp("$n.pub");
    is(crypto(qw(key public), "$n.pem"), $pub, "$n: public");
    is(out(slurp("$n.pem"), $stepc, qw(crypto key public -)), $pub,
        "$n: public, standard input");
    like((stepc(qw(crypto key public --out), "$n.copy", "$n.pem"))[2],
        qr/^The public key has been saved in \Q$n\E\.copy\.$/, "$n: --out");
    is(slurp("$n.copy"), $pub, "$n: ... is it");

    # inspect: all that openssl knows is there, and nothing else.
    my $shown = numbers(crypto(qw(key inspect), "$n.pem"));
    my $theirs = numbers(openssl('pkey', '-in', "$n.pem", '-noout', '-text'));
    if ($n eq 'ed') {
        is_deeply($shown, {Public => $theirs->{pub},
            Private => $theirs->{priv}}, "$n: inspect");
    } elsif ($n eq 'rsa') {
        is_deeply($shown, {Modulus => $theirs->{modulus},
            'Private Exponent' => $theirs->{privateExponent},
            'Prime #1' => $theirs->{prime1}, 'Prime #2' => $theirs->{prime2},
            'Exponent #1' => $theirs->{exponent1},
            'Exponent #2' => $theirs->{exponent2},
            'Coefficient' => $theirs->{coefficient}}, "$n: inspect");
    } else {
        my $half = {p256 => 64, p384 => 96, p521 => 132}->{$n};
        my $d = slurp("$n.pem");
        $theirs->{pub} =~ s/^04//;
        is_deeply($shown, {
                X => substr($theirs->{pub}, 0, $half) =~ s/^(?:00)+//r,
                Y => substr($theirs->{pub}, $half) =~ s/^(?:00)+//r,
                D => $theirs->{priv}}, "$n: inspect");
    }
    unlike(crypto(qw(key inspect), "$n.pub"), qr/^(D|Private|Prime)/m,
        "$n: inspect of the public key has no secret");

    # fingerprint
    my $der = openssl('pkey', '-pubin', '-in', "$n.pub", '-outform', 'DER');
    is(crypto(qw(key fingerprint --pkix), "$n.pem"),
        'SHA256:' . encode_base64(sha256($der)), "$n: fingerprint --pkix");
    openssl('req', '-new', '-x509', '-key', "$n.pem", '-subj', '/CN=x',
        '-addext', 'subjectKeyIdentifier=hash', '-out', "$n.crt");
    my $ski = openssl('x509', '-in', "$n.crt", '-noout', '-ext',
        'subjectKeyIdentifier');
    $ski = lc join '', $ski =~ /^\s+([0-9A-F:]+)$/m;
    $ski =~ s/://g;
    is(crypto(qw(key fingerprint --sha1), "$n.pem"), "SHA1:$ski\n",
        "$n: fingerprint --sha1 is the key identifier");
    my $raw = crypto(qw(key fingerprint --raw), "$n.crt");
    is(sha1_hex($raw), $ski, "$n: fingerprint --raw");
    is(crypto(qw(key fingerprint), "$n.crt"),
        'SHA256:' . encode_base64(sha256($raw)), "$n: fingerprint");
    my $line = crypto(qw(key format --ssh), "$n.pub");
    spew("$n.ssh", $line);
    my ($sshfp) = out('', qw(ssh-keygen -lf), "$n.ssh") =~ /(SHA256:\S+)/;
    is(crypto(qw(key fingerprint --ssh --format base64-raw), "$n.pem"),
        "$sshfp\n", "$n: fingerprint --ssh is ssh-keygen's");

    # format, there and back
    is(crypto(qw(key format), "$n.pub"), $der, "$n: public DER");
    spew("$n.der", $der);
    is(crypto(qw(key format), "$n.der"), $pub, "$n: and PEM");
    is(crypto(qw(key format), "$n.ssh"), $pub, "$n: SSH to PEM");
    spew("$n.jwk", crypto(qw(key format --jwk), "$n.crt"));
    is(crypto(qw(key format), "$n.jwk"), $pub, "$n: JWK to PEM");
    ok(!exists decode_json(slurp("$n.jwk"))->{d}, "$n: ... a public one");
    spew("$n.pder", crypto(qw(key format), "$n.pem"));
    is(openssl('pkey', '-inform', 'DER', '-in', "$n.pder", '-pubout'), $pub,
        "$n: private DER");
    for my $how ([], ['--pkcs8']) {
        my $pem = crypto(qw(key format --pem --password-file pw), @$how,
            "$n.pder");
        like($pem, $n eq 'ed' || @$how ? qr/^-----BEGIN ENCRYPTED PRIVATE KEY/
            : qr/^-----BEGIN (EC|RSA) PRIVATE KEY.*ENCRYPTED/s,
            "$n: encrypted PEM @$how");
        spew("$n.enc", $pem);
        is(openssl('pkey', '-in', "$n.enc", '-passin', 'file:pw', '-pubout'),
            $pub, "$n: ... for openssl");
        is(crypto(qw(key public --password-file pw), "$n.enc"), $pub,
            "$n: ... for stepc");
        my ($rc, $out) = stepc(qw(crypto key public --password-file wrong),
            "$n.enc");
        is("$rc $out", '1 ', "$n: ... not with another password");
        like(crypto(qw(key format --pem --no-password --insecure), @$how,
                "$n.pem"), $n eq 'ed' || @$how ? qr/^-----BEGIN PRIVATE KEY/
            : qr/^-----BEGIN (EC|RSA) PRIVATE KEY-----\n[^:]*$/,
            "$n: plain PEM @$how");
    }
    spew("$n.jwe", crypto(qw(key format --jwk --password-file pw), "$n.pem"));
    is(crypto(qw(key public --password-file pw), "$n.jwe"), $pub,
        "$n: encrypted JWK");
    is(decode_json(decode_base64url(decode_json(slurp("$n.jwe"))->{protected}))
        ->{cty}, 'jwk+json', "$n: ... is one");

    # sign and verify, both with openssl
    for my $how ($n eq 'rsa' ? ([], [qw(--alg sha512)], ['--pss'],
            [qw(--pss --alg SHA384)], [qw(--alg sha1)]) : []) {
        my $hash = "@$how" =~ /--alg (\S+)/ ? lc $1
            : {p384 => 'sha384', p521 => 'sha512'}->{$n} // 'sha256';
        my @pkeyutl = ('pkeyutl', '-rawin', '-in', 'msg');
        push @pkeyutl, '-digest', $hash if $n ne 'ed';
        push @pkeyutl, qw(-pkeyopt rsa_padding_mode:pss) if "@$how" =~ /pss/;
        spew('sig', crypto(qw(key sign --raw --key), "$n.pem", @$how, 'msg'));
        like(openssl(@pkeyutl, qw(-verify -pubin -inkey), "$n.pub",
                qw(-sigfile sig)), qr/Verified Successfully/,
            "$n: signature @$how");
        openssl(@pkeyutl, qw(-sign -inkey), "$n.pem", '-out', 'theirs');
        my $sig = encode_base64(slurp('theirs'), '');
        is(crypto(qw(key verify --key), "$n.pub", '--sig', $sig, @$how, 'msg'),
            "true\n", "$n: verify @$how");
        my ($rc, $text, $err) = run("to be signed?\n", $stepc, qw(crypto key
                verify --key), "$n.crt", '--signature', $sig, @$how);
        is("$rc $text$err", "1 false\n", "$n: verify of another message @$how");
    }
    my $sig = out(slurp('msg'), $stepc, qw(crypto key sign --key), "$n.jwe",
        qw(--password-file pw));
    chomp $sig;
    is(crypto(qw(key verify --key), "$n.ssh", '--sig', $sig, 'msg'), "true\n",
        "$n: base64, standard input, JWE and SSH keys");
}

# Keys and certificates of OpenSSH.
for my $type (qw(ed25519 ecdsa rsa)) {
    out('', qw(ssh-keygen -q -t), $type, qw(-N), '', '-f', "id_$type");
    my $pub = crypto(qw(key format --pem), "id_$type.pub");
    is(crypto(qw(key public), "id_$type"), $pub, "$type: OpenSSH private key");
    out('', qw(ssh-keygen -q -s id_ed25519 -I me -n me), "id_$type.pub");
    is(crypto(qw(key format), "id_$type-cert.pub"), $pub,
        "$type: key of an SSH certificate");
}
refused('OpenSSH private key as output', "private keys in OpenSSH's format are "
    . 'read, not written; ssh reads PEM as well', qw(key format --ssh p256.pem));
refused('two formats', "flag '--pem' is incompatible with '--jwk'",
    qw(key format --pem --jwk p256.pem));
refused('plain', "flag '--no-password' requires the '--insecure' flag",
    qw(key format --pem --no-password p256.pem));
refused('no key at all', 'error decoding msg: not a key in PEM, DER, JWK or '
    . 'SSH format', qw(key inspect msg));
refused('no such file', 'open nope failed: no such file or directory',
    qw(key public nope));
refused('a public key signs', 'p256.pub holds a public key; a private one '
    . 'signs', qw(key sign --key p256.pub msg));
refused('no key', "'stepc crypto key sign' requires the '--key' flag",
    qw(key sign msg));
refused('no signature', "'stepc crypto key verify' requires the '--signature' "
    . 'flag', qw(key verify --key p256.pub msg));
refused('bad signature', 'error decoding base64 signature', qw(key verify --key
        p256.pub --sig ??? msg));
refused('PSS with EC', "flag '--pss' requires an RSA key",
    qw(key sign --pss --key p256.pem msg));
refused('md5', "flag '--alg md5' requires the '--insecure' flag",
    qw(key sign --alg md5 --key rsa.pem msg));
refused('pkix and ssh', "flag '--pkix' and flag '--ssh' are mutually exclusive",
    qw(key fingerprint --pkix --ssh rsa.pem));
my ($rc, $text, $err) = stepc(qw(crypto key format --out p256.copy p256.pub));
is($rc, 1, 'an existing file is not replaced without a question');
chmod 0640, 'p256.pem';
stepc(qw(crypto key format --out p256.new p256.pem));
is(mode('p256.new'), '0640', '--out has the mode of the input');

# --- hash --------------------------------------------------------------

for my $alg (qw(sha1 sha224 sha256 sha384 sha512)) {
    is(crypto(qw(hash digest --alg), $alg, 'msg', 'pw'),
        out('', "${alg}sum", 'msg', 'pw'), "hash digest $alg");
}
is(crypto(qw(hash digest msg)), out('', 'sha256sum', 'msg'), 'sha256 at first');
is(crypto(qw(hash digest --alg md5 --insecure msg)), out('', 'md5sum', 'msg'),
    'md5');
for my $alg (qw(sha512-224 sha512-256)) {
    my ($theirs) = openssl('dgst', "-$alg", 'msg') =~ /= (\w+)/;
    is(crypto(qw(hash digest --alg), $alg, 'msg'), "$theirs  msg\n",
        "hash digest $alg");
    is(crypto(qw(hash compare --alg), $alg, uc $theirs, 'msg'), "ok\n",
        "hash compare $alg");
}

# A tree, computed by its definition.
mkdir $_ or die for qw(tree tree/b tree/empty);
spew('tree/a', 'A');
spew('tree/b/c', 'C' x 200000);
spew('tree/Z', '');
symlink 'b/c', 'tree/l' or die;
symlink 'b', 'tree/m' or die;
chmod 0755, qw(tree tree/b tree/empty) or die;
chmod 0644, qw(tree/a tree/b/c) or die;
chmod 04600, 'tree/Z' or die;
my ($dir_bits, $link_bits) = (0x80000000 | 0755, 0x08000000 | 0777);
my $c = sha256('C' x 200000);
my $b = sha256(pack('V', $dir_bits) . pack('V', 0644) . $c);
my $tree = sha256(pack('V', $dir_bits)
    . pack('V', 0600 | 1 << 23) . sha256('')
    . pack('V', 0644) . sha256('A')
    . $b
    . sha256(pack('V', $dir_bits))
    . pack('V', $link_bits) . $c
    . pack('V', $link_bits) . $b);
is(crypto(qw(hash digest tree)), unpack('H*', $tree) . "  tree\n",
    'digest of a folder');
is(crypto(qw(hash compare), unpack('H*', $tree), 'tree'), "ok\n",
    'compare with a folder');
refused('compare: another', 'fail', qw(hash compare 00ff msg));
refused('compare: no hash', 'error decoding xyz: it is not hexadecimal',
    qw(hash compare xyz msg));
refused('an unknown algorithm', "invalid value 'crc' for flag '--alg'",
    qw(hash digest --alg crc msg));
refused('no such file', 'open nope failed: no such file or directory',
    qw(hash digest nope));
symlink '..', 'tree/b/up' or die;
($rc, $text, $err) = stepc(qw(crypto hash digest tree));
is("$rc $text", '1 ', 'a link in a circle: an error');
like($err, qr/folders in each other|failed/, '... that is told');

# --- rand --------------------------------------------------------------

my %letters = (ascii => '!-~', alphanumeric => 'a-zA-Z0-9',
    alphabet => 'a-zA-Z', hex => '0-9a-f', dec => '0-9', lower => 'a-z',
    upper => 'A-Z');
like(crypto('rand'), qr/^[!-~]{32}\n\z/, 'rand: 32 of ASCII');
for my $f (sort keys %letters) {
    my $text = crypto('rand', '--format', $f, 5000);
    like($text, qr/^[$letters{$f}]{5000}\n\z/, "rand $f");
    my %seen = map { $_ => 1 } split //, $text =~ s/\n//r;
    my $all = () = join('', map { chr } 33 .. 126) =~ /[$letters{$f}]/g;
    is(scalar keys %seen, $all, "rand $f: all letters");
}
is(length crypto(qw(rand --format raw 10000)), 10000, 'rand raw');
like(crypto(qw(rand --format uuid)), qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n\z/,
    'rand uuid');
my %die = map { crypto(qw(rand --format die)) => 1 } 1 .. 60;
ok(!(grep { !/^[1-6]\n\z/ } keys %die) && keys %die >= 4, 'rand die');
is(crypto(qw(rand --format dice 1)), "1\n", 'rand dice with one side');
my $prime = crypto(qw(rand --format prime 256));
like(openssl('prime', $prime =~ s/\n//r), qr/is prime/, 'rand prime');
refused('a prime of one bit', 'a prime may have 2 to 16384 bits',
    qw(rand --format prime 1));
spew('words', "alpha\n beta \r\n\ngamma");
like(crypto(qw(rand --dictionary words)), qr/^((alpha|beta|gamma)(-|\n)){6}\z/,
    'rand with words');
like(crypto(qw(rand --dict words 2)), qr/^\w+-\w+\n\z/, 'two of them');
spew('none', "\n \n");
refused('no words', 'none: no word in it', qw(rand --dictionary none));
refused('a bad length', "positional argument <length> '-3' is not a number "
    . 'greater than 0', qw(rand -- -3));
refused('a bad format', "invalid value 'x' for flag '--format'",
    qw(rand --format x));
refused('both', "flag '--format' is incompatible with '--dictionary'",
    qw(rand --format hex --dictionary words));

done_testing();
