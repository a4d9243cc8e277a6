#!/usr/bin/perl
# The crypto layer against jose, python3-jwcrypto, openssl and ssh-keygen:
# what one writes the others read.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $src = $ENV{top_srcdir} // '.';
my $tool = ($ENV{top_builddir} // '.') . '/t/foreign/josetool';
my $py = "$src/t/foreign/pyjose.py";
my $dir = tempdir(CLEANUP => 1);
my $payload = '{"sub":"svc.example.com","n":1}';

# Run a command with text on stdin; (exit status, stdout, stderr).
sub run {
    my ($in, @cmd) = @_;
    spew("$dir/.in", $in);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', "$dir/.in" or die;
        open STDOUT, '>', "$dir/.out" or die;
        open STDERR, '>', "$dir/.err" or die;
        exec @cmd or die "$cmd[0]: $!";
    }
    waitpid $pid, 0;
    return ($?, slurp("$dir/.out"), slurp("$dir/.err"));
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
    my ($in, @cmd) = @_;
    my ($rc, $out, $err) = run($in, @cmd);
    fail("@cmd: $err") if $rc;
    return $out;
}

sub have {
    my ($rc) = run('', 'sh', '-c', "command -v $_[0]");
    return !$rc;
}

my $have_jose = have('jose');
my ($no_py) = run('', '/usr/bin/python3', '-c', 'import jwcrypto');

my %kinds = (
    'EC P-256' => ['EC', 'P-256', 0, 'ES256'],
    'EC P-384' => ['EC', 'P-384', 0, 'ES384'],
    'EC P-521' => ['EC', 'P-521', 0, 'ES512'],
    'Ed25519' => ['OKP', '', 0, 'EdDSA'],
    'RSA' => ['RSA', '', 2048, qw(RS256 RS384 RS512 PS256 PS384 PS512)],
);
my %key;    # kind => [private file, public file]
for my $kind (sort keys %kinds) {
    my ($kty, $curve, $bits) = @{$kinds{$kind}};
    (my $f = "$dir/$kind") =~ tr/ /_/;
    spew("$f.jwk", out('', $tool, 'generate', $kty, $curve, $bits));
    spew("$f.pub", out('', $tool, 'public', "$f.jwk"));
    unlike(slurp("$f.pub"), qr/"d"/, "$kind: public JWK has no secret");
    $key{$kind} = ["$f.jwk", "$f.pub"];
}

# --- signatures -----------------------------------------------------------

sub break {
    my ($token) = @_;
    return '' if $token eq '';
    my $i = rindex($token, '.') + 5;
    substr($token, $i, 1) = substr($token, $i, 1) eq 'A' ? 'B' : 'A';
    return $token;
}

for my $kind (sort keys %kinds) {
    my ($priv, $pub) = @{$key{$kind}};
    my @algs = @{$kinds{$kind}}[3 .. $#{$kinds{$kind}}];
    for my $alg (@algs) {
        # others hold an RSA key to the one alg that it names
        ($priv, $pub) = map {
            (my $text = slurp($_)) =~ s/"alg":"RS256"/"alg":"$alg"/;
            spew("$_.alg", $text)
        } @{$key{$kind}};
        my $t = out($payload, $tool, 'sign', $priv, $alg);
        is(out($t, $tool, 'verify', $pub, $alg), $payload,
            "$alg: own signature verifies");
        my ($rc) = run(break($t), $tool, 'verify', $pub, $alg);
        isnt($rc, 0, "$alg: broken signature does not");
        SKIP: {
            skip 'jose is not installed', 4 if !$have_jose;
            skip 'jose has no EdDSA', 4 if $alg eq 'EdDSA';
            my ($bad) =
              run($t, 'jose', 'jws', 'ver', '-i', '-', '-k', $pub);
            is($bad, 0, "$alg: jose verifies ours");
            ($bad) = run(break($t), 'jose', 'jws', 'ver', '-i', '-',
                '-k', $pub);
            isnt($bad, 0, "$alg: jose refuses ours when broken");
            spew("$dir/p", $payload);
            my $theirs = out('', 'jose', 'jws', 'sig', '-I', "$dir/p",
                '-k', $priv, '-s', qq({"protected":{"alg":"$alg"}}), '-c');
            is(out($theirs, $tool, 'verify', $pub, $alg), $payload,
                "$alg: we verify jose's");
            my ($b) = run(break($theirs), $tool, 'verify', $pub, $alg);
            isnt($b, 0, "$alg: we refuse jose's when broken");
        }
        SKIP: {
            skip 'python3-jwcrypto is not installed', 2 if $no_py;
            is(out($t, $py, 'verify', $pub, $alg), $payload,
                "$alg: jwcrypto verifies ours");
            my $theirs = out($payload, $py, 'sign', $priv, $alg);
            is(out($theirs, $tool, 'verify', $pub, $alg), $payload,
                "$alg: we verify jwcrypto's");
        }
    }
    my $thp = out('', $tool, 'thumbprint', $pub);
    SKIP: {
        skip 'jose is not installed', 1 if !$have_jose;
        skip 'jose has no OKP', 1 if $kind eq 'Ed25519';
        is(out('', 'jose', 'jwk', 'thp', '-i', $pub), $thp,
            "$kind: jose has the same thumbprint");
    }
    SKIP: {
        skip 'python3-jwcrypto is not installed', 1 if $no_py;
        is(out('', $py, 'thumbprint', $pub), $thp,
            "$kind: jwcrypto has the same thumbprint");
    }
}

# keys made by others
SKIP: {
    skip 'jose is not installed', 5 if !$have_jose;
    for my $alg (qw(ES256 ES384 ES512 RS256 PS512)) {
        spew("$dir/theirs.jwk",
            out('', 'jose', 'jwk', 'gen', '-i', qq({"alg":"$alg"})));
        my $t = out($payload, $tool, 'sign', "$dir/theirs.jwk", $alg);
        my ($rc) = run($t, 'jose', 'jws', 'ver', '-i', '-', '-k',
            "$dir/theirs.jwk");
        is($rc, 0, "$alg with a key of jose");
    }
}

# --- JWE ------------------------------------------------------------------

my $pw = spew("$dir/pw", "correct horse\n");
my $wrong = spew("$dir/wrong", "correct mule\n");
my $secret = slurp($key{'EC P-256'}[0]);
for my $form (qw(compact json)) {
    my $jwe = out($secret, $tool, 'encrypt', $pw, $form);
    is(out($jwe, $tool, 'decrypt', $pw), $secret, "JWE $form: own");
    my ($rc, $o) = run($jwe, $tool, 'decrypt', $wrong);
    ok($rc != 0 && $o eq '', "JWE $form: wrong password");
    SKIP: {
        skip 'jose is not installed', 1 if !$have_jose;
        # the password only reaches jose through its terminal prompt or a
        # symmetric key; the latter is the former's bytes
        my $oct = out('', 'sh', '-c',
            'printf %s "correct horse" | jose b64 enc -I -');
        spew("$dir/oct.jwk", qq({"kty":"oct","k":"$oct"}));
        my ($bad, $plain) = run($jwe, 'jose', 'jwe', 'dec', '-i', '-',
            '-k', "$dir/oct.jwk");
        # later ones refuse any p2c above 32768
        skip 'this jose refuses 600000 rounds', 1 if $bad;
        is($plain, $secret, "JWE $form: jose decrypts ours");
    }
    SKIP: {
        skip 'python3-jwcrypto is not installed', 1 if $no_py;
        my ($bad, $plain, $err) = run($jwe, $py, 'decrypt', $pw);
        is($plain, $secret, "JWE $form: jwcrypto decrypts ours")
          or diag $err;
    }
}
SKIP: {
    skip 'python3-jwcrypto is not installed', 18 if $no_py;
    for my $alg ('PBES2-HS256+A128KW', 'PBES2-HS384+A192KW',
        'PBES2-HS512+A256KW') {
        for my $enc (qw(A128GCM A192GCM A256GCM A128CBC-HS256 A192CBC-HS384
            A256CBC-HS512)) {
            my $jwe = out($secret, $py, 'encrypt', $pw, $alg, $enc);
            is(out($jwe, $tool, 'decrypt', $pw), $secret,
                "$alg $enc: we decrypt jwcrypto's");
        }
    }
}
SKIP: {
    skip 'jose is not installed', 3 if !$have_jose;
    my $oct =
      out('', 'sh', '-c', 'printf %s "correct horse" | jose b64 enc -I -');
    spew("$dir/oct.jwk", qq({"kty":"oct","k":"$oct"}));
    spew("$dir/plain", $secret);
    for my $alg ('PBES2-HS256+A128KW', 'PBES2-HS384+A192KW',
        'PBES2-HS512+A256KW') {
        my ($rc, $jwe, $err) = run('', 'jose', 'jwe', 'enc', '-I',
            "$dir/plain", '-k', "$dir/oct.jwk", '-i',
            qq({"protected":{"alg":"$alg","enc":"A128CBC-HS256"}}));
        fail("jose: $err") if $rc;
        is(out($jwe, $tool, 'decrypt', $pw), $secret,
            "$alg: we decrypt jose's");
    }
}

# --- PEM ------------------------------------------------------------------

my %label = (
    'EC P-256' => 'EC PRIVATE KEY',
    'EC P-384' => 'EC PRIVATE KEY',
    'EC P-521' => 'EC PRIVATE KEY',
    'RSA' => 'RSA PRIVATE KEY',
    'Ed25519' => 'PRIVATE KEY',
);
my %by_openssl = (    # other forms that must be read
    'EC P-256' => [[qw(-traditional)], [qw(-traditional -des3)],
        [qw(-traditional -aes128)], [], [qw(-aes256)], [qw(-des3)]],
    'EC P-384' => [[qw(-traditional -aes192)], [qw(-aes192)]],
    'EC P-521' => [[qw(-traditional -aes256)], [qw(-aes128)]],
    'RSA' => [[qw(-traditional)], [qw(-traditional -des3)],
        [qw(-traditional -aes256)], [], [qw(-aes256)]],
    'Ed25519' => [[], [qw(-aes256)], [qw(-des3)]],
);

for my $kind (sort keys %kinds) {
    my ($priv, $pub) = @{$key{$kind}};
    my $want = out('', 'openssl', 'pkey', '-pubin', '-in',
        spew("$dir/pub.pem", out('', $tool, 'topubpem', $pub)), '-pubout');
    is($want, slurp("$dir/pub.pem"), "$kind: openssl reads our PUBLIC KEY");
    is(out('', $tool, 'frompubpem', "$dir/pub.pem"), slurp($pub),
        "$kind: so do we");

    my $pem = spew("$dir/plain.pem", out('', $tool, 'topem', $priv));
    like(slurp($pem), qr/^-----BEGIN $label{$kind}-----\n/,
        "$kind: label $label{$kind}");
    is(out('', 'openssl', 'pkey', '-in', $pem, '-pubout'),
        $want, "$kind: openssl reads our private key");
    is(out('', $tool, 'frompem', $pem), slurp($priv), "$kind: so do we");

    my $enc = spew("$dir/enc.pem", out('', $tool, 'topem', $priv, $pw));
    if ($kind eq 'Ed25519') {
        like(slurp($enc), qr/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/,
            "$kind: encrypted as PKCS#8");
        my $asn1 = out('', 'openssl', 'asn1parse', '-in', $enc);
        like($asn1, qr/:PBES2\n.*:PBKDF2\n/s, "$kind: PBES2, PBKDF2");
        like($asn1, qr/INTEGER\s+:0927C0\n.*:hmacWithSHA256\n.*:aes-256-cbc/s,
            "$kind: 600000 rounds of HMAC-SHA256, AES-256-CBC");
        like($asn1, qr/OCTET STRING\s+\[HEX DUMP\]:[0-9A-F]{32}\n/,
            "$kind: 16 octets of salt");
    } else {
        like(slurp($enc), qr/^-----BEGIN $label{$kind}-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,[0-9A-F]{32}\n\n/, "$kind: encrypted as legacy PEM");
    }
    is(out('', 'openssl', 'pkey', '-in', $enc, '-passin',
            "file:$pw", '-pubout'),
        $want, "$kind: openssl reads it with the password");
    is(out('', $tool, 'frompem', $enc, $pw), slurp($priv), "$kind: so do we");
    my ($rc, $o, $err) = run('', $tool, 'frompem', $enc, $wrong);
    ok($rc != 0 && $o eq '' && $err =~ /wrong password/,
        "$kind: wrong password is refused") or diag $err;
    ($rc, $o, $err) = run('', $tool, 'frompem', $enc);
    ok($rc != 0 && $err =~ /needs a password/, "$kind: no password is told");

    for my $form (@{$by_openssl{$kind}}) {
        my @pass = grep(!/^-trad/, @$form) ? ('-passout', "file:$pw") : ();
        my $theirs = "$dir/theirs.pem";
        out('', 'openssl', 'pkey', '-in', $pem, @$form, @pass, '-out',
            $theirs);
        is(out('', $tool, 'frompem', $theirs, @pass ? $pw : ()),
            slurp($priv), "$kind: we read openssl pkey @$form");
    }

    # OpenSSH's own format, and its key line
    SKIP: {
        skip 'ssh-keygen is not installed', 14 if !have('ssh-keygen');
        my $ssh = spew("$dir/ssh", slurp($kind eq 'Ed25519' ? '/dev/null'
            : $pem));
        chmod 0600, $ssh;
        if ($kind eq 'Ed25519') {
            unlink $ssh;
            out('', 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C',
                'a comment', '-f', $ssh);
        } else {
            out('', 'ssh-keygen', '-q', '-p', '-N', '', '-f', $ssh);
        }
        like(slurp($ssh), qr/BEGIN OPENSSH PRIVATE KEY/,
            "$kind: ssh-keygen wrote its format");
        my ($bad, $jwk, $msg) = run('', $tool, 'frompem', $ssh);
        is($bad, 0, "$kind: we read it") or diag $msg;
        is($jwk, slurp($priv), "$kind: it is the same key")
          if $kind ne 'Ed25519';
        my $plain = $jwk;
        spew("$dir/ssh.jwk", $jwk);
        my ($type, $blob) = split ' ', out('', 'ssh-keygen', '-y', '-f',
            $ssh);
        is(out('', $tool, 'ssh', "$dir/ssh.jwk"), "$type $blob",
            "$kind: same key line");
        my $sig = out($payload, $tool, 'sign', "$dir/ssh.jwk",
            $kinds{$kind}[3]);
        is(out($sig, $tool, 'verify', "$dir/ssh.jwk", $kinds{$kind}[3]),
            $payload, "$kind: it signs");
        out('', 'ssh-keygen', '-q', '-p', '-N', 'correct horse', '-f', $ssh);
        for my $how ([], [qw(-Z aes128-cbc -a 3)], [qw(-Z aes192-ctr)],
            [qw(-Z aes256-cbc)]) {
            out('', 'ssh-keygen', '-q', '-p', '-P', 'correct horse', '-N',
                'correct horse', @$how, '-f', $ssh);
            is(out('', $tool, 'frompem', $ssh, $pw), $plain,
                "$kind: encrypted by ssh-keygen @$how: the same key");
        }
        ($bad, $jwk, $msg) = run('', $tool, 'frompem', $ssh, $wrong);
        ok($bad != 0 && $jwk eq '' && $msg =~ /wrong password/,
            "$kind: wrong password is refused") or diag $msg;
        ($bad, $jwk, $msg) = run('', $tool, 'frompem', $ssh);
        ok($bad != 0 && $msg =~ /needs a password/,
            "$kind: no password is told") or diag $msg;
        out('', 'ssh-keygen', '-q', '-p', '-P', 'correct horse', '-N',
            'correct horse', qw(-Z aes256-gcm@openssh.com), '-f', $ssh);
        ($bad, $jwk, $msg) = run('', $tool, 'frompem', $ssh, $pw);
        ok($bad != 0 && $jwk eq '' && $msg =~ /ssh-keygen -p/,
            "$kind: other encryption: told what to do") or diag $msg;

        # ours, read by theirs
        my $ours = spew("$dir/ours", out('', $tool, 'tossh', "$dir/ssh.jwk",
            $pw));
        chmod 0600, $ours;
        ($type, $blob) = split ' ', out('', 'ssh-keygen', '-y', '-P',
            'correct horse', '-f', $ours);
        is(out('', $tool, 'ssh', "$dir/ssh.jwk"), "$type $blob",
            "$kind: ssh-keygen reads ours with the password");
        ($bad) = run('', 'ssh-keygen', '-y', '-P', 'correct mule', '-f', $ours);
        isnt($bad, 0, "$kind: and not with another");
    }
}

# the file that openssl ecparam -genkey writes has its parameters first
out('', qw(openssl ecparam -name prime256v1 -genkey -out), "$dir/ec.pem");
like(slurp("$dir/ec.pem"), qr/^-----BEGIN EC PARAMETERS-----/,
    'openssl ecparam -genkey');
like(out('', $tool, 'frompem', "$dir/ec.pem"), qr/"d":/,
    'its EC PARAMETERS are skipped');

# the key inside a certificate and a request
for my $what ([], ['-x509']) {
    out('', 'openssl', 'req', '-new', @$what, '-subj', '/CN=x', '-key',
        spew("$dir/k.pem", out('', $tool, 'topem', $key{'EC P-256'}[0])),
        '-out', "$dir/c.pem");
    is(out('', $tool, 'frompubpem', "$dir/c.pem"), slurp($key{'EC P-256'}[1]),
        "key of openssl req -new @$what");
}

done_testing();
