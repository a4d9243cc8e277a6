#!/usr/bin/perl
# stepc crypto keypair, jwk, jwt against openssl and jose.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $man = abs_path(($ENV{top_srcdir} // '.') . '/man/stepc-crypto.1');
my $stepc = abs_path(($ENV{top_builddir} // '.') . '/stepc');
my $dir = tempdir(CLEANUP => 1);
chdir $dir or die;
delete @ENV{grep /^STEP/, keys %ENV};
$ENV{HOME} = $ENV{STEPPATH} = $dir;
$ENV{NO_COLOR} = 1;
umask 022;

# Run a command with text on stdin and no terminal: (status, stdout, stderr).
sub run {
    my ($in, @cmd) = @_;
    spew('.in', $in);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        require POSIX;
        POSIX::setsid();
        open STDIN, '<', '.in' or die;
        open STDOUT, '>', '.out' or die;
        open STDERR, '>', '.err' or die;
        exec @cmd or die "$cmd[0]: $!";
    }
    waitpid $pid, 0;
    my $rc = $? & 127 ? "signal $?" : $? >> 8;
    return ($rc, slurp('.out'), slurp('.err'));
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

sub crypto { return run('', $stepc, 'crypto', @_) }
sub crypto_in { my $in = shift; return run($in, $stepc, 'crypto', @_) }

# stdout of a command that must succeed.
sub out {
    my ($in, @cmd) = @_;
    my ($rc, $out, $err) = run($in, @cmd);
    fail("@cmd: $err") if $rc;
    return $out;
}

sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

# A failing command: its message, and that it wrote nothing on stdout.
sub refused {
    my ($name, $message, $in, @args) = @_;
    my ($rc, $out, $err) = crypto_in($in, @args);
    is("$rc $out", '1 ', "$name: exit status 1, nothing on stdout");
    is($err, "$message\n", "$name: message");
}

sub have {
    my ($rc) = run('', 'sh', '-c', "command -v $_[0]");
    return !$rc;
}
my $have_jose = have('jose');

spew('pw', "correct horse\n");
spew('wrong', "correct mule\n");
spew('empty', "\n");

# --- keypair --------------------------------------------------------------

my %kind = (
    'EC' => [[], 'EC PRIVATE KEY', qr/NIST CURVE: P-256/],
    'P-384' => [[qw(--kty EC --curve P-384)], 'EC PRIVATE KEY',
        qr/NIST CURVE: P-384/],
    'P-521' => [[qw(--kty EC --crv P-521)], 'EC PRIVATE KEY',
        qr/NIST CURVE: P-521/],
    'RSA' => [[qw(--kty RSA)], 'RSA PRIVATE KEY', qr/\(2048 bit/],
    'RSA-3072' => [[qw(--kty RSA --size 3072)], 'RSA PRIVATE KEY',
        qr/\(3072 bit/],
    'OKP' => [[qw(--kty OKP)], 'PRIVATE KEY', qr/ED25519/],
);
for my $k (sort keys %kind) {
    my ($flags, $label, $text) = @{$kind{$k}};
    my ($rc, $o, $err) = crypto('keypair', "$k.pub", "$k.key", @$flags,
        '--password-file', 'pw');
    is($rc, 0, "keypair $k") or diag $err;
    is($o, '', "keypair $k: nothing on stdout");
    is($err, "Your public key has been saved in $k.pub.\n"
          . "Your private key has been saved in $k.key.\n",
        "keypair $k: what it says");
    is(mode("$k.key") . mode("$k.pub"), '06000600', "keypair $k: modes");
    like(slurp("$k.key"),
        $k eq 'OKP' ? qr/^-----BEGIN ENCRYPTED PRIVATE KEY-----/
        : qr/^-----BEGIN $label-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,/,
        "keypair $k: encrypted");
    my $pub = out('', 'openssl', 'pkey', '-in', "$k.key", '-passin',
        'file:pw', '-pubout');
    is($pub, slurp("$k.pub"), "keypair $k: openssl reads both");
    like(out('', 'openssl', 'pkey', '-pubin', '-in', "$k.pub", '-noout',
            '-text'), $text, "keypair $k: kind of key");
    my ($bad) = run('', 'openssl', 'pkey', '-in', "$k.key", '-passin',
        'file:wrong', '-noout');
    isnt($bad, 0, "keypair $k: not with another password");
}
out('', $stepc, qw(crypto keypair plain.pub plain.key --no-password
        --insecure));
like(slurp('plain.key'), qr/^-----BEGIN EC PRIVATE KEY-----\n[^:]*$/,
    'keypair --no-password --insecure: plain');
is(mode('plain.key'), '0600', '... but not for others');

my $before = slurp('plain.key');
my ($rc, $o, $err) = crypto(qw(keypair plain.pub plain.key --no-password
        --insecure));
is($rc, 1, 'existing files are not overwritten without a terminal');
is(slurp('plain.key'), $before, '... and stay');
out('', $stepc, qw(crypto keypair plain.pub plain.key --no-password
        --insecure -f));
isnt(slurp('plain.key'), $before, '--force overwrites');

refused('--no-password alone',
    q(flag '--no-password' requires the '--insecure' flag), '',
    qw(keypair a b --no-password));
refused('--no-password and --password-file',
    q(flag '--no-password' is incompatible with '--password-file'), '',
    qw(keypair a b --no-password --insecure --password-file pw));
refused('same file twice',
    q(positional arguments <pub_file> and <priv_file> cannot be equal in )
      . q('stepc crypto keypair <pub_file> <priv_file> [flags]'), '',
    qw(keypair a a));
refused('--curve without --kty',
    q(flag '--curve' requires the '--kty' flag), '',
    qw(keypair a b --curve P-256));
refused('--size with EC',
    q(flag '--size' is incompatible with flag '--kty EC'), '',
    qw(keypair a b --kty EC --size 2048));
refused('--curve with RSA',
    q(flag '--curve' is incompatible with flag '--kty RSA'), '',
    qw(keypair a b --kty RSA --curve P-256));
refused('curve of another type',
    q(flag '--kty OKP' is incompatible with flag '--curve P-256'; )
      . q(options are Ed25519), '',
    qw(keypair a b --kty OKP --curve P-256));
refused('short RSA key', q(flag '--size' requires at least 2048), '',
    qw(keypair a b --kty RSA --size 2047));
refused('size that is no number', q(invalid value 'x' for flag '--size'), '',
    qw(keypair a b --kty RSA --size x));
refused('--from-jwk with --kty',
    q(flag '--from-jwk' is incompatible with '--kty'), '',
    qw(keypair a b --from-jwk x --kty EC));
refused('empty password', 'password must not be empty', '',
    qw(keypair a b --password-file empty));
refused('no password file',
    'open nowhere failed: no such file or directory', '',
    qw(keypair a b --password-file nowhere));
ok(!-e 'a' && !-e 'b', 'refused commands wrote nothing');

# --- jwk ------------------------------------------------------------------

my %jwk = (
    'EC' => [[], { kty => 'EC', crv => 'P-256', alg => 'ES256' }],
    'P-384' => [[qw(--kty EC --crv P-384)],
        { kty => 'EC', crv => 'P-384', alg => 'ES384' }],
    'P-521' => [[qw(--kty EC --crv P-521)],
        { kty => 'EC', crv => 'P-521', alg => 'ES512' }],
    'RSA' => [[qw(--kty RSA)], { kty => 'RSA', alg => 'RS256' }],
    'PS384' => [[qw(--kty RSA --size 2048 --alg PS384)],
        { kty => 'RSA', alg => 'PS384' }],
    'OKP' => [[qw(--kty OKP)],
        { kty => 'OKP', crv => 'Ed25519', alg => 'EdDSA' }],
    'enc' => [[qw(--use enc)], { kty => 'EC', alg => 'ECDH-ES' }],
    'RSA-enc' => [[qw(--kty RSA --use enc)],
        { kty => 'RSA', alg => 'RSA-OAEP-256' }],
);
for my $k (sort keys %jwk) {
    my ($flags, $want) = @{$jwk{$k}};
    my ($pub, $priv) = ("$k.pub.jwk", "$k.priv.jwk");
    my ($bad, $o, $err) = crypto(qw(jwk create), $pub, $priv, @$flags,
        qw(--password-file pw));
    is($bad, 0, "jwk create $k") or diag $err;
    is($err, "Your public key has been saved in $pub.\n"
          . "Your private key has been saved in $priv.\n",
        "jwk create $k: what it says");
    is(mode($pub) . mode($priv), '06000600', "jwk create $k: modes");
    my $j = decode_json(slurp($pub));
    is($j->{$_}, $want->{$_}, "jwk create $k: $_") for sort keys %$want;
    is($j->{use}, $k =~ /enc/ ? 'enc' : 'sig', "jwk create $k: use");
    ok(!exists $j->{d}, "jwk create $k: public");
    like(slurp($pub), qr/\A\{\n  "use": "[^\n]*\n  "kty": .*"\n\}\z/s,
        "jwk create $k: layout");
    is(out(slurp($pub), $stepc, qw(crypto jwk thumbprint)), "$j->{kid}\n",
        "jwk create $k: kid is the thumbprint");
    if ($have_jose && $k ne 'OKP') {
        is(out('', qw(jose jwk thp -i), $pub), $j->{kid},
            "jwk create $k: says jose too");
    }
    my $e = decode_json(slurp($priv));
    is(join(' ', sort keys %$e), 'ciphertext encrypted_key iv protected tag',
        "jwk create $k: flattened JWE");
    like(slurp($priv), qr/\A\{\n  "protected": .*\n  "encrypted_key": .*
  "iv": .*\n  "ciphertext": .*\n  "tag": "[^\n]*"\n\}\z/,
        "jwk create $k: layout of the JWE");
}
like(out('{"a":1}', $stepc, qw(crypto jwt sign --subtle --key EC.priv.jwk
            --password-file pw)), qr/^[\w.-]+\n$/, 'the JWE is the key');

out('', $stepc, qw(crypto jwk create n.pub.jwk n.priv.jwk --no-password
        --insecure --kid my-key));
my $n = decode_json(slurp('n.priv.jwk'));
ok($n->{d} && $n->{kid} eq 'my-key', 'jwk create --no-password --kid');
is(out(slurp('n.priv.jwk'), $stepc, qw(crypto jwk public)),
    slurp('n.pub.jwk') . "\n", 'jwk public');
if ($have_jose) {
    my $t = decode_json(out('', qw(jose jwk pub -i n.priv.jwk)));
    is($t->{x}, $n->{x}, 'jwk public: jose agrees');
}
out('', $stepc, qw(crypto jwk create p.pub.jwk p.priv.jwk --from-pem
        plain.key --no-password --insecure));
out('', $stepc, qw(crypto keypair back.pub back.key --from-jwk p.priv.jwk
        --no-password --insecure));
is(slurp('back.key'), slurp('plain.key'),
    'PEM to JWK and back: the same private key');
($rc, $o, $err) = crypto(qw(jwk create q.pub.jwk q.priv.jwk --from-pem
        plain.pub));
is($rc, 0, 'jwk create from a public key asks for nothing');
is($err, "Your public key has been saved in q.pub.jwk.\n"
      . "Only the public JWK was generated.\n"
      . "Cannot retrieve a private key from a public one.\n",
    '... and says so');
ok(!-e 'q.priv.jwk', '... and writes one file');
($rc, $o, $err) = crypto(qw(keypair r.pub r.key --from-jwk p.pub.jwk));
is($err, "Your public key has been saved in r.pub.\n"
      . "Only the public PEM was generated.\n"
      . "Cannot retrieve a private key from a public one.\n",
    'keypair from a public JWK');
is(slurp('r.pub'), slurp('plain.pub'), '... is the same key');

refused('alg of another curve',
    q(alg 'ES384' is not compatible with this key), '',
    qw(jwk create a b --alg ES384));
refused('Ed25519 for encryption',
    q(an Ed25519 key cannot be used for encryption), '',
    qw(jwk create a b --kty OKP --use enc));
refused('use that does not exist',
    q(invalid value 'x' for flag '--use'; options are sig, enc), '',
    qw(jwk create a b --use x));
refused('jwk --no-password alone',
    q(flag '--no-password' requires the '--insecure' flag), '',
    qw(jwk create a b --no-password));
ok(!-e 'a' && !-e 'b', 'refused commands wrote nothing');
($rc, $o, $err) = crypto_in('{"kty":"oct","k":"AAAA"}', qw(jwk thumbprint));
is("$rc$o", '1', 'a symmetric key is not supported');
($rc, $o, $err) = crypto_in('nonsense', qw(jwk public));
is("$rc$o", '1', 'jwk public of nonsense');
like($err, qr/^error reading JWK: /, '... says so');

# --- jwt ------------------------------------------------------------------

my @claims = qw(--iss joe --aud https://a.example --sub auth
    --exp 253402300799);
my $token = out('', $stepc, qw(crypto jwt sign --key n.priv.jwk), @claims);
like($token, qr/\A[\w-]+\.[\w-]+\.[\w-]+\n\z/, 'jwt sign prints a token');
my $seen = decode_json(out($token, $stepc, qw(crypto jwt inspect
            --insecure)));
is_deeply($seen->{header}, { alg => 'ES256', kid => 'my-key', typ => 'JWT' },
    'header');
my $p = $seen->{payload};
is(join(' ', sort keys %$p), 'aud exp iat iss jti nbf sub', 'claims');
is($p->{aud}, 'https://a.example', 'one audience is a string');
is($p->{exp}, 253402300799, 'exp');
cmp_ok(abs($p->{iat} - time), '<=', 60, 'iat is now');
is($p->{nbf}, $p->{iat}, 'nbf as well');
like($p->{jti}, qr/^[0-9a-f]{64}$/, 'jti');
isnt(decode_json(out(out('', $stepc, qw(crypto jwt sign --key n.priv.jwk),
                @claims), $stepc, qw(crypto jwt inspect --insecure)))
      ->{payload}{jti}, $p->{jti}, 'jti is another each time');
my $shown = out($token, $stepc, qw(crypto jwt inspect --insecure));
like($shown, qr/\A\{\n  "header": \{\n    "alg": "ES256",\n    "kid": /,
    'inspect: layout');
(my $sig) = $token =~ /([\w-]+)\n\z/;
is($seen->{signature}, $sig, 'inspect: signature');
is(out($token, $stepc, qw(crypto jwt verify --key n.pub.jwk --iss joe --aud
            https://a.example)), $shown, 'verify prints what inspect prints');

sub payload {
    my ($in, @args) = @_;
    my $t = out($in, $stepc, qw(crypto jwt sign --key n.priv.jwk), @args);
    return decode_json(out($t, $stepc, qw(crypto jwt inspect --insecure)));
}
is_deeply(payload('', @claims, qw(--aud b --aud c))->{payload}{aud},
    [qw(https://a.example b c)], 'several audiences');
like(payload('', @claims, '--jti', '')->{payload}{jti}, qr/^[0-9a-f]{40}$/,
    'empty --jti');
is(payload('', @claims, '--jti', 'x')->{payload}{jti}, 'x', '--jti');
is(payload('{"sub":"other","n":[1,2]}', @claims)->{payload}{sub}, 'other',
    'the payload on stdin overrules flags');
spew('payload.json', '{"sub":"file","f":1.5}');
is(payload('', 'payload.json', @claims)->{payload}{sub}, 'file',
    'payload from a file');
is(payload('{"sub":"dash"}', '-', @claims)->{payload}{sub}, 'dash',
    'payload from -');
$seen = payload('', @claims, '--header', 'a=b', '--header', 'c=d=e',
    '--no-kid');
is_deeply($seen->{header},
    { alg => 'ES256', typ => 'JWT', a => 'b', c => 'd=e' },
    '--header, --no-kid');
is(payload('', @claims, qw(--nbf 5 --iat 6))->{payload}{nbf}, 5, '--nbf');
ok(!exists payload('', '--subtle')->{payload}{exp}, '--subtle: no exp');

for my $c (qw(iss aud sub exp)) {
    my @less = @claims;
    my ($i) = grep $less[$_] eq "--$c", 0 .. $#less;
    splice @less, $i, 2;
    refused("jwt sign without --$c",
        "flag '--$c' is required unless '--subtle' is used", '',
        qw(jwt sign --key n.priv.jwk), @less);
}
refused('exp in the past',
    q(flag '--exp' must be in the future unless '--subtle' is used), '',
    qw(jwt sign --key n.priv.jwk --iss a --aud b --sub c --exp 1));
refused('exp that is no number', q(invalid value '1h' for flag '--exp'; )
      . 'want seconds since 1970', '',
    qw(jwt sign --key n.priv.jwk --iss a --aud b --sub c --exp 1h));
refused('public key', 'cannot use a public key for signing', '',
    qw(jwt sign --key n.pub.jwk), @claims);
refused('key for encryption',
    q(invalid jwk use: found 'enc', expecting 'sig' (signature)), '',
    qw(jwt sign --key enc.priv.jwk --password-file pw), @claims);
refused('alg of another kind', 'alg RS256 does not match the alg on '
      . 'n.priv.jwk', '', qw(jwt sign --key n.priv.jwk --alg RS256), @claims);
refused('other kid', 'kid x does not match the kid on n.priv.jwk', '',
    qw(jwt sign --key n.priv.jwk --kid x), @claims);
refused('no key', 'one of flag --key or --jwks is required', '',
    qw(jwt sign), @claims);
refused('two keys',
    q(flag '--key' and flag '--jwks' are mutually exclusive), '',
    qw(jwt sign --key a --jwks b), @claims);
refused('set without kid', q(flag '--jwks' requires the '--kid' flag), '',
    qw(jwt sign --jwks b), @claims);
refused('wrong password', 'failed to decrypt JWE: invalid password', '',
    qw(jwt sign --key EC.priv.jwk --password-file wrong), @claims);
refused('bad header', q(invalid value 'ab' for flag '--header'), '',
    qw(jwt sign --key n.priv.jwk --header ab), @claims);
($rc, $o, $err) = crypto_in('[1]', qw(jwt sign --key n.priv.jwk), @claims);
like("$rc$o$err", qr/^1error decoding JSON from STDIN: /,
    'a payload that is not an object');

# PEM keys, all kinds; jose verifies
for my $k (qw(EC P-384 P-521 RSA OKP)) {
    my $t = out('', $stepc, qw(crypto jwt sign --password-file pw --key),
        "$k.key", @claims);
    my @need = $k eq 'RSA' ? qw(--alg RS256) : ();
    my ($bad) = crypto_in($t, qw(jwt verify --iss joe --aud
            https://a.example --key), "$k.pub", @need);
    is($bad, 0, "signed with $k.key, verified with $k.pub");
    ($bad) = crypto_in($t, qw(jwt verify --iss joe --aud https://a.example
            --insecure --key), $k eq 'EC' ? 'P-384.pub' : 'EC.pub');
    is($bad, 1, '... but not with another key');
    next if !$have_jose || $k eq 'OKP';
    out('', $stepc, qw(crypto jwk create -f for-jose.jwk unused --from-pem),
        "$k.pub");
    chomp $t;
    ($bad) = run($t, qw(jose jws ver -i - -k for-jose.jwk));
    is($bad, 0, "... and jose agrees");
}
refused('RSA key without alg', q(flag '--alg' is required with the given key),
    out('', $stepc, qw(crypto jwt sign --password-file pw --key RSA.key),
        @claims), qw(jwt verify --key RSA.pub --iss joe --aud
        https://a.example));

# sets
my $set = encode_json({ keys => [map decode_json(slurp($_)), 'n.priv.jwk',
        'p.priv.jwk'] });
spew('set.jwks', $set);
my $kid = decode_json(slurp('p.pub.jwk'))->{kid};
my $t = out('', $stepc, qw(crypto jwt sign --jwks set.jwks --kid), $kid,
    @claims);
($rc) = crypto_in($t, qw(jwt verify --jwks set.jwks --iss joe --aud
        https://a.example));
is($rc, 0, 'the kid of the token chooses from the set');
refused('kid not in the set', 'cannot find key with kid nix on set.jwks', '',
    qw(jwt sign --jwks set.jwks --kid nix), @claims);
refused('wrong key of the set', 'validation failed: invalid signature', $t,
    qw(jwt verify --jwks set.jwks --kid my-key --iss joe --aud
        https://a.example));

# what verify refuses
my @v = qw(jwt verify --key n.pub.jwk);
refused('no --iss', q(flag '--iss' is required unless the '--subtle' flag is )
      . 'provided', $token, @v, qw(--aud x));
refused('no --aud', q(flag '--aud' is required unless the '--subtle' flag is )
      . 'provided', $token, @v, qw(--iss joe));
refused('other issuer',
    'validation failed: invalid issuer claim (iss)', $token, @v,
    qw(--iss jo --aud https://a.example));
refused('other audience',
    'validation failed: invalid audience claim (aud)', $token, @v,
    qw(--iss joe --aud https://b.example));
refused('both', 'validation failed: invalid issuer claim (iss), '
      . 'invalid audience claim (aud)', $token, @v, qw(--iss x --aud y));
refused('alg that is not the one of the token',
    'alg ES384 does not match the alg on n.pub.jwk', $token, @v,
    qw(--iss joe --aud https://a.example --alg ES384));
(my $broken = $token) =~ s/\.([\w-])([\w-]*)\n\z/'.' . ($1 eq 'A' ? 'B' : 'A') . "$2\n"/e;
refused('broken signature', 'validation failed: invalid signature', $broken,
    @v, qw(--iss joe --aud https://a.example));
my @ok = qw(--iss joe --aud https://a.example);
my $old = out('', $stepc, qw(crypto jwt sign --key n.priv.jwk --subtle --iss
        joe --aud https://a.example --exp 1000000000 --nbf 1));
($rc, $o, $err) = crypto_in($old, @v, @ok);
like("$rc$o$err",
    qr/^1validation failed: token is expired by \d+h\d+m\d+s \(exp\)\n$/,
    'expired');
is((crypto_in($old, @v, @ok, qw(--no-exp-check --insecure)))[0], 0,
    '--no-exp-check --insecure');
refused('--no-exp-check alone',
    q(flag '--no-exp-check' requires the '--insecure' flag), $old, @v, @ok,
    '--no-exp-check');
my $early = out('', $stepc, qw(crypto jwt sign --key n.priv.jwk --iss joe
        --aud https://a.example --sub x --exp 253402300799 --nbf
        253402300798));
refused('not yet', 'validation failed: token not valid yet (nbf)', $early,
    @v, @ok);
is((crypto_in(out('', $stepc, qw(crypto jwt sign --key n.priv.jwk --subtle)),
    @v, '--subtle'))[0], 0, '--subtle needs no claims');

# T1: alg none, and an unsigned copy of a good token
my ($head, $body) = split /\./, $token;
for my $bad ("eyJhbGciOiJub25lIn0.$body.", "$head.$body.", "$head.$body",
    "eyJhbGciOiJub25lIn0.$body.AAAA", '', "\n", 'x.y.z') {
    my ($rc, $o, $err) = crypto_in($bad, @v, @ok);
    is("$rc$o", '1', 'T1 refused: ' . encode_json([$bad]));
    like($err, qr/^error parsing token: /, '... when parsing');
}
# T2: HMAC with the public key: refused, but can be looked at
my $hs = "eyJhbGciOiJIUzI1NiJ9.$body.AAAA";
is((crypto_in($hs, @v, @ok))[0], 1, 'T2 HS256 does not verify');
is(decode_json(out($hs, $stepc, qw(crypto jwt inspect --insecure)))
      ->{header}{alg}, 'HS256', 'inspect shows any token');
refused('inspect without --insecure',
    q('stepc crypto jwt inspect' requires the '--insecure' flag), $token,
    qw(jwt inspect));
refused('inspect of two parts',
    'error decoding token: JWT must have three parts', 'a.b',
    qw(jwt inspect --insecure));

# tokens of others
if ($have_jose) {
    spew('pl', '{"iss":"joe","aud":["x","https://a.example"]}');
    my $theirs = out('', qw(jose jws sig -I pl -k n.priv.jwk -c -s),
        '{"protected":{"alg":"ES256","kid":"my-key"}}');
    is((crypto_in($theirs, @v, @ok))[0], 0, 'we verify a token of jose');
    (my $bad = $token) =~ s/\n//;
    my ($r) = run($bad, qw(jose jws ver -i - -k n.pub.jwk));
    is($r, 0, 'jose verifies our token');
}

# x5c, x5t
out('', qw(openssl req -x509 -new -key plain.key -subj /CN=leaf -days 2 -out
        leaf.pem));
my $der = out('', qw(openssl x509 -in leaf.pem -outform DER));
$seen = decode_json(out(out('', $stepc, qw(crypto jwt sign --x5c-cert leaf.pem
                --x5c-key plain.key), @claims), $stepc,
        qw(crypto jwt inspect --insecure)));
require MIME::Base64;
is_deeply($seen->{header}{x5c}, [MIME::Base64::encode_base64($der, '')],
    'x5c');
$seen = decode_json(out(out('', $stepc, qw(crypto jwt sign --x5c-cert leaf.pem
                --key plain.key --x5c-insecure), @claims), $stepc,
        qw(crypto jwt inspect --insecure)));
ok($seen->{header}{x5cInsecure} && !$seen->{header}{x5c}, '--x5c-insecure');
$seen = decode_json(out(out('', $stepc, qw(crypto jwt sign --x5t-cert leaf.pem
                --x5t-key plain.key), @claims), $stepc,
        qw(crypto jwt inspect --insecure)));
my $fp = out('', qw(openssl x509 -in leaf.pem -noout -fingerprint -sha1));
$fp =~ s/.*=|://g;
(my $x5t = MIME::Base64::encode_base64(pack('H*', $fp =~ s/\s//r), '')) =~
  tr{+/}{-_};
is($seen->{header}{x5t}, $x5t, 'x5t');
refused('certificate of another key', 'error validating x5c certificate and '
      . 'key for use in x5c header: they do not belong together', '',
    qw(jwt sign --x5c-cert leaf.pem --key n.priv.jwk), @claims);

# --- prompts --------------------------------------------------------------

# Without a terminal there is nobody to ask.
($rc, $o, $err) = crypto(qw(keypair x.pub x.key));
is($rc, 1, 'no password, no terminal');
like($err, qr/error allocating terminal/, '... says so');
ok(!-e 'x.pub' && !-e 'x.key', '... and nothing was written');

my ($no_pty) = run('', '/usr/bin/python3', '-c', 'import pty');
SKIP: {
    skip 'no python3 to make a terminal', 6 if $no_pty;
    spew('terminal.py', <<'PY');
import os, pty, sys
answers = sys.argv[1].split(',')
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
text = b''
while True:
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    text += got
    if text.rstrip().endswith(b':') and answers:
        os.write(fd, answers.pop(0).encode() + b'\r')
        text += b'<answered>'
sys.stdout.buffer.write(text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
    my @pty = ('/usr/bin/python3', 'terminal.py');
    ($rc, $o) = run('', @pty, 'correct horse', $stepc,
        qw(crypto keypair x.pub x.key));
    is($rc, 0, 'keypair with a prompt');
    like($o, qr/Please enter the password to encrypt the private key: /,
        '... its text');
    unlike($o, qr/correct horse/, '... does not show the password');
    is(out('', qw(openssl pkey -in x.key -passin file:pw -pubout)),
        slurp('x.pub'), '... and uses it');
    ($rc, $o) = run('', @pty, 'correct horse', $stepc,
        qw(crypto jwk create x.pub.jwk x.priv.jwk));
    like($o, qr/Please enter the password to encrypt the private JWK: /,
        'jwk create: text of the prompt');
    # three tries for a JWE
    ($rc, $o) = run('', @pty, 'a,b,correct horse', $stepc,
        qw(crypto jwt sign --subtle --key x.priv.jwk payload.json));
    is($rc, 0, 'the third password is good');
    is(() = $o =~ /Please enter the password to decrypt x.priv.jwk: /g, 3,
        '... of three');
    ($rc, $o) = run('', @pty, 'a,b,c,correct horse', $stepc,
        qw(crypto jwt sign --subtle --key x.priv.jwk payload.json));
    is($rc, 1, 'the fourth is not asked for');
    like($o, qr/failed to decrypt JWE: invalid password\r?\n\z/,
        '... and the message says why');
}

# --- the manual page knows every flag -------------------------------------

my $page = slurp($man);
for my $cmd ('keypair', 'jwk create', 'jwk public', 'jwk thumbprint',
    'jwt sign', 'jwt verify', 'jwt inspect') {
    like($page, qr/^\.Nm stepc crypto $cmd$/m, "page has $cmd");
    for my $flag (out('', $stepc, 'crypto', split(/ /, $cmd), '--help') =~
        /^  (?:-\w, )?--([a-z0-9-]+)/mg) {
        like($page, qr/\b?Fl -\Q$flag\E( |$)/m, "page has --$flag ($cmd)");
    }
}

done_testing();
