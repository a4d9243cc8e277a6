#!/usr/bin/perl
# stepc ca init: what it writes, read by openssl, ssh-keygen and jose; what it
# asks; what it refuses; that nothing is overwritten unasked.
use strict;
use warnings;
no warnings 'qw'; # commas belong to the values
use JSON::PP;
use Test::More;
use StepcRun;

my $s = $ENV{STEPPATH};
my @flags = (qw(ca init --name Demo --dns ca.example.com,10.1.2.3
        --dns [2001:db8::1] --address 127.0.0.1:9443 --provisioner admin
        --password-file pw));
spew('pw', "correct horse\n");
spew('other', "another one\n");
spew('empty', " \n");

# stdout of a command that must succeed.
sub out {
    my ($rc, $out, $err) = run('', @_);
    fail("@_: $err") if $rc;
    return $out;
}

sub refused {
    my ($name, $message, @args) = @_;
    my ($rc, $out, $err) = stepc(@args);
    is("$rc $out", '1 ', "$name: exit status 1, nothing on stdout");
    ref $message ? like($err, $message, "$name: message")
        : is($err, "$message\n", "$name: message");
}

# Every file below a folder with its contents.
sub snapshot {
    my ($top) = @_;
    my %all;
    for my $f (split /\n/, out('find', $top, '-type', 'f')) {
        $all{$f} = slurp($f);
    }
    return \%all;
}

# The value of a member of ca.json as members in order of appearance.
sub members {
    my ($text) = @_;
    return join ' ', $text =~ /^\t"(\w+)":/mg;
}

# --- by flags, with SSH -------------------------------------------------

my ($rc, $o, $err) = stepc(@flags, '--ssh');
is($rc, 0, 'init by flags') or diag $err;
is($o, '', 'nothing on stdout');
my $fp = lc out('openssl', 'x509', '-in', "$s/certs/root_ca.crt", '-noout',
    '-fingerprint', '-sha256');
$fp =~ s/.*=|:|\n//g;
my $v = "\342\234\224";
is($err, <<"END", 'what it says');
Generating root certificate... done!
Generating intermediate certificate... done!
Generating user and host SSH certificate signing keys... done!

$v Root certificate: $s/certs/root_ca.crt
$v Root private key: $s/secrets/root_ca_key
$v Root fingerprint: $fp
$v Intermediate certificate: $s/certs/intermediate_ca.crt
$v Intermediate private key: $s/secrets/intermediate_ca_key
$v SSH user public key: $s/certs/ssh_user_ca_key.pub
$v SSH user private key: $s/secrets/ssh_user_ca_key
$v SSH host public key: $s/certs/ssh_host_ca_key.pub
$v SSH host private key: $s/secrets/ssh_host_ca_key
$v Database folder: $s/db
$v Templates folder: $s/templates
$v Default configuration: $s/config/defaults.json
$v Certificate Authority configuration: $s/config/ca.json

Your PKI is ready to go. To generate certificates for individual services see 'stepc help ca'.
END

my @tpl = map { "templates/ssh/$_.tpl" }
    qw(ca config known_hosts sshd_config step_config step_includes);
my %mode = (
    (map { $_ => '0700' } qw(certs secrets config templates templates/ssh db)),
    (map { $_ => '0600' } qw(certs/root_ca.crt certs/intermediate_ca.crt
            certs/ssh_host_ca_key.pub certs/ssh_user_ca_key.pub
            secrets/root_ca_key secrets/intermediate_ca_key
            secrets/ssh_host_ca_key secrets/ssh_user_ca_key)),
    (map { $_ => '0644' } qw(config/ca.json config/defaults.json), @tpl));
is(join("\n", map { "$_ " . mode("$s/$_") } sort keys %mode),
    join("\n", map { "$_ $mode{$_}" } sort keys %mode), 'modes');
my @found = sort split /\n/, out('find', $s, '-mindepth', '1', '-printf',
    '%P\n');
is_deeply(\@found, [sort keys %mode], 'these files and no others');

# --- certificates and keys, by openssl and ssh-keygen --------------------

sub x509 { return out('openssl', 'x509', '-in', @_) }
my $root = x509("$s/certs/root_ca.crt", qw(-noout -text -subject -issuer));
my $crt = x509("$s/certs/intermediate_ca.crt",
    qw(-noout -text -subject -issuer));
like(out(qw(openssl verify -x509_strict -CAfile), "$s/certs/root_ca.crt",
        "$s/certs/intermediate_ca.crt"), qr/: OK$/,
    'openssl verifies the intermediate, strictly');
like($root, qr/^subject=O = Demo, CN = Demo Root CA$/m, 'root: subject');
like($root, qr/^issuer=O = Demo, CN = Demo Root CA$/m, 'root: issuer');
like($root, qr/CA:TRUE, pathlen:1\n/, 'root: path length');
unlike($root, qr/Authority Key Identifier|Extended Key Usage/,
    'root: nothing else');
like($crt, qr/^subject=O = Demo, CN = Demo Intermediate CA$/m,
    'intermediate: subject');
like($crt, qr/CA:TRUE, pathlen:0\n/, 'intermediate: path length');
for ($root, $crt) {
    like($_, qr/Key Usage: critical\s+Certificate Sign, CRL Sign\n/,
        'key usage');
    like($_, qr/Signature Algorithm: ecdsa-with-SHA256/, 'signature');
    like($_, qr/ASN1 OID: prime256v1/, 'key');
    my ($from, $to) = map { out('date', '-d', $_, '+%s') }
        /Not Before: (.*)\n\s+Not After : (.*)\n/;
    is($to - $from, 87600 * 3600, 'ten years');
}
for (qw(root_ca intermediate_ca ssh_host_ca ssh_user_ca)) {
    my $k = "$s/secrets/${_}_key";
    like(slurp($k), qr/^-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,/,
        "$_: encrypted");
    my ($bad) = run('', qw(openssl pkey -noout -passin file:other -in), $k);
    isnt($bad, 0, "$_: not with another password");
    my $pub = out(qw(openssl pkey -passin file:pw -pubout -in), $k);
    if (/ssh/) {
        my $p = "$s/certs/${_}_key.pub";
        like(slurp($p), qr/^ecdsa-sha2-nistp256 [A-Za-z0-9+\/]+=*\n\z/,
            "$_: public key line");
        is(out('ssh-keygen', '-e', '-m', 'PKCS8', '-f', $p), $pub,
            "$_: ssh-keygen: a pair");
    } else {
        is(x509("$s/certs/$_.crt", qw(-noout -pubkey)), $pub, "$_: a pair");
    }
}

# --- ca.json and defaults.json --------------------------------------------

my $text = slurp("$s/config/ca.json");
my $ca = decode_json($text);
is(members($text), 'root federatedRoots crt key address insecureAddress '
      . 'dnsNames ssh logger db authority tls templates',
    'ca.json: members in order');
like($text, qr/^\{\n\t"root": "[^"]*",\n\t"federatedRoots": null,\n/,
    'ca.json: indent');
unlike($text, qr/\n\z/, 'ca.json: no LF at the end');
like($text, qr/"minVersion": 1\.2,\n\t\t"maxVersion": 1\.3,\n/,
    'ca.json: TLS versions');
is($ca->{root}, "$s/certs/root_ca.crt", 'root');
is($ca->{crt}, "$s/certs/intermediate_ca.crt", 'crt');
is($ca->{key}, "$s/secrets/intermediate_ca_key", 'key');
is("$ca->{address} $ca->{insecureAddress}", '127.0.0.1:9443 ', 'address');
is_deeply($ca->{dnsNames}, ['ca.example.com', '10.1.2.3', '2001:db8::1'],
    'dnsNames');
is_deeply($ca->{ssh}, {hostKey => "$s/secrets/ssh_host_ca_key",
        userKey => "$s/secrets/ssh_user_ca_key"}, 'ssh');
is_deeply($ca->{logger}, {format => 'text'}, 'logger');
is_deeply($ca->{db}, {type => 'badgerv2', dataSource => "$s/db",
        badgerFileLoadingMode => ''}, 'db');
my ($jwk, $sshpop) = @{$ca->{authority}{provisioners}};
is("$jwk->{type} $jwk->{name}", 'JWK admin', 'first provisioner');
ok($jwk->{claims}{enableSSHCA}, '... may do SSH');
is("$sshpop->{type} $sshpop->{name}", 'SSHPOP sshpop', 'SSHPOP provisioner');
is(join(' ', $text =~ /"key": \{([^}]*)\}/s ? $1 =~ /"(\w+)":/g : ()),
    'use kty kid crv alg x y', 'JWK: members in order');
my %names = map { ("templates/ssh/$_->{name}" => 1,
        $_->{template} => 1) } map { @$_ } @{$ca->{templates}{ssh}}{qw(user host)};
is_deeply([sort keys %names], [sort @tpl], 'templates: names and files');
is_deeply($ca->{templates}{data}, {}, 'templates: data');

my $defaults = slurp("$s/config/defaults.json");
is($defaults, <<"END" =~ s/\n\z//r, 'defaults.json');
{
\t"ca-url": "https://ca.example.com:9443",
\t"ca-config": "$s/config/ca.json",
\t"fingerprint": "$fp",
\t"root": "$s/certs/root_ca.crt"
}
END

my ($head) = split /\./, $jwk->{encryptedKey};
$head =~ tr{-_}{+/};
require MIME::Base64;
like(MIME::Base64::decode_base64($head),
    qr/^\{"alg":"PBES2-HS256\+A128KW","cty":"jwk\+json","enc":"A256GCM","p2c":600000,"p2s":"[\w-]{22}"\}$/,
    'encryptedKey: header');

# jose refuses 600000 rounds; jwcrypto can be told.
my $py = "$src/t/foreign/pyjose.py";
SKIP: {
    my ($none) = run('', '/usr/bin/python3', '-c', 'import jwcrypto');
    skip 'no python3-jwcrypto', 6 if $none;
    my ($st, $plain, $why) = run($jwk->{encryptedKey}, '/usr/bin/python3',
        $py, 'decrypt', 'pw');
    is($st, 0, 'jwcrypto opens encryptedKey with the password') or diag $why;
    my $private = $st ? {} : decode_json($plain);
    is_deeply({%$private, d => 'D'}, {%{$jwk->{key}}, d => 'D'},
        '... the private half of key');
    spew('private.jwk', encode_json($private));
    is(out('/usr/bin/python3', $py, 'thumbprint', 'private.jwk'),
        $jwk->{key}{kid}, '... its kid is the thumbprint');
    ($st) = run($jwk->{encryptedKey}, '/usr/bin/python3', $py, 'decrypt',
        'other');
    isnt($st, 0, '... and not with another password');
    $ENV{STEPPATH} = "$dir/two";
    stepc(@flags, '--provisioner-password-file', 'other');
    my $two = decode_json(slurp("$dir/two/config/ca.json"));
    ($st) = run($two->{authority}{provisioners}[0]{encryptedKey},
        '/usr/bin/python3', $py, 'decrypt', 'other');
    is($st, 0, '--provisioner-password-file');
    ($st) = run('', qw(openssl pkey -noout -passin file:pw -in),
        "$dir/two/secrets/intermediate_ca_key");
    is($st, 0, '... which is not that of the keys');
    $ENV{STEPPATH} = $s;
}

# --- nothing is overwritten unasked ----------------------------------------

my $before = snapshot($s);
refused('files are there', qr/^.*error allocating terminal/s, @flags, '--ssh');
is_deeply(snapshot($s), $before, '... and stay as they were');
chmod 0500, "$s/config";
SKIP: {
    skip 'root may write everywhere', 2 if $> == 0;
    refused('no access to a folder', qr/Permission denied/, @flags, '--ssh',
        '--force');
    is_deeply(snapshot($s), $before, '... nothing at all was replaced');
}
chmod 0700, "$s/config";
rename "$s/config/ca.json", "$s/config/kept" or die;
mkdir "$s/config/ca.json" or die;
refused('a folder in the way', qr{^\Q$s\E/config/ca.json: file is a directory$}m,
    @flags, '--ssh', '--force');
rmdir "$s/config/ca.json" or die;
rename "$s/config/kept", "$s/config/ca.json" or die;
is_deeply(snapshot($s), $before, '... nothing at all was replaced');
($rc, $o, $err) = stepc(@flags, '--force');
is($rc, 0, '--force') or diag $err;
isnt(slurp("$s/certs/root_ca.crt"), $before->{"$s/certs/root_ca.crt"},
    '... overwrites');

# --- flags -------------------------------------------------------------------

# ca.json and defaults.json of a run with these flags in a fresh folder.
my $count = 0;
sub made {
    my ($name, @more) = @_;
    $ENV{STEPPATH} = "$dir/made" . ++$count;
    my ($st, $out, $msg) = stepc(@more);
    is($st, 0, $name) or diag $msg;
    my ($c, $d) = map { -f $_ ? decode_json(slurp($_)) : {} }
        map { "$ENV{STEPPATH}/config/$_.json" } qw(ca defaults);
    return ($c, $d, $msg);
}
my ($c, $d, $msg) = made('--no-db, port 443, no SSH', qw(ca init --name X
        --dns x.example --address :443 --provisioner sshpop --password-file
        pw --no-db));
ok(!exists $c->{db}, '... no db');
is($d->{'ca-url'}, 'https://x.example', '... no port in ca-url');
is(members(slurp("$ENV{STEPPATH}/config/ca.json")), 'root federatedRoots crt '
      . 'key address insecureAddress dnsNames logger authority tls',
    '... neither ssh nor templates');
is_deeply([map { $_->{name} } @{$c->{authority}{provisioners}}], ['sshpop'],
    '... one provisioner');
ok(!exists $c->{authority}{provisioners}[0]{claims}, '... without claims');
($c) = made('a provisioner called sshpop', @flags, '--ssh',
    '--provisioner', 'sshpop');
is_deeply([map { $_->{name} } @{$c->{authority}{provisioners}}],
    [qw(sshpop sshpop-1)], '... the other makes room');
($c, $d) = made('--with-ca-url', @flags, qw(--with-ca-url ca.test:8443));
is($d->{'ca-url'}, 'https://ca.test:8443', '... in defaults.json');
($c, $d) = made('IPv6', qw(ca init --name X --dns ::1 --address [::1]:9000
        --provisioner a --password-file pw));
is($d->{'ca-url'}, 'https://[::1]:9000', '... brackets in ca-url');
($c, $d, $msg) = made('--pki', qw(ca init --pki --name X --password-file pw));
ok(!-e "$ENV{STEPPATH}/config", '... no configuration');
like(out(qw(openssl verify -CAfile), "$ENV{STEPPATH}/certs/root_ca.crt",
        "$ENV{STEPPATH}/certs/intermediate_ca.crt"), qr/OK/, '... a PKI');

# --- an existing root -----------------------------------------------------------

out(qw(openssl req -x509 -newkey rsa:2048 -keyout old.key -out old.crt -days
        3650 -subj /CN=Old -passout file:other -addext
        basicConstraints=critical,CA:TRUE -addext
        keyUsage=critical,keyCertSign,cRLSign));
($c, $d, $msg) = made('--root, --key', @flags, qw(--root old.crt --key old.key
        --key-password-file other));
like($msg, qr/^Copying root certificate\.\.\. done!\n/, '... says so');
unlike($msg, qr/Root private key/, '... its key is not copied');
ok(!-e "$ENV{STEPPATH}/secrets/root_ca_key", '... really not');
is(slurp("$ENV{STEPPATH}/certs/root_ca.crt"),
    out(qw(openssl x509 -in old.crt)), '... the certificate is');
like(out(qw(openssl verify -CAfile old.crt),
        "$ENV{STEPPATH}/certs/intermediate_ca.crt"), qr/OK/,
    '... and has signed the intermediate');
$ENV{STEPPATH} = "$dir/none";
refused('--root alone', q(flag '--root' requires the '--key' flag), @flags,
    qw(--root old.crt));
refused('--key alone', q(flag '--key' requires the '--root' flag), @flags,
    qw(--key old.key));
refused('another key', 'pw.key is not the key of old.crt', @flags,
    qw(--root old.crt --key), spew('pw.key', out(qw(openssl genpkey -algorithm
            ed25519))));
refused('wrong password of the key', qr/old\.key/, @flags,
    qw(--root old.crt --key old.key --key-password-file pw));
out(qw(openssl req -x509 -newkey ed25519 -nodes -keyout leaf.key -out leaf.crt
        -days 10 -subj /CN=leaf -addext basicConstraints=critical,CA:FALSE));
refused('a root that is a leaf',
    'the root certificate is not a certificate authority', @flags,
    qw(--root leaf.crt --key leaf.key));
refused('no such root', 'open nothing.crt failed: no such file or directory',
    @flags, qw(--root nothing.crt --key old.key));

# --- refusals ----------------------------------------------------------------

refused("--$_->[0]", "flag '--$_->[0]' is not supported yet", @flags,
    "--$_->[0]", @$_[1 .. $#$_])
    for ['acme'], ['remote-management'], ['helm'], ['kms', 'azurekms'],
    ['ra', 'StepCAS'], ['context', 'x'];
refused('--deployment-type hosted',
    q(deployment type 'hosted' is not supported yet; use standalone), @flags,
    qw(--deployment-type hosted));
refused("--address $_->[0]",
    "invalid value '$_->[0]' for flag '--address'; $_->[1]", @flags,
    '--address', $_->[0])
    for ['9443', 'it needs a port, as in :443'],
    [':x', 'its port is not a number up to 65535'],
    [':65536', 'its port is not a number up to 65535'],
    ['::1:443', 'an IPv6 address needs brackets'],
    ['[::1:443', 'its brackets do not match'];
refused("--dns '$_'", qr/^invalid value '\Q$_\E' for flag '--dns'; /,
    qw(ca init --name D --address :1 --provisioner a --password-file pw
        --dns), $_)
    for 'x.example:443', 'a@b', '*.x', 'a..b', ' ';
refused('empty name', q(invalid value '' for flag '--name'; )
      . 'it cannot be empty', @flags, '--name', '');
refused('empty password file', 'empty: there is no password', @flags,
    '--password-file', 'empty');
refused("--with-ca-url $_", qr/^invalid value '\Q$_\E' for flag '--with-ca-url'/,
    @flags, '--with-ca-url', $_) for 'http://x', 'https://u@x', 'https://';
refused('no terminal, no --name',
    qr/^flag '--name' is not given and there is nobody to ask: error allocating terminal: /m,
    qw(ca init --deployment-type standalone));
ok(!-e "$dir/none", 'nothing was written by any of these');

# What the files of another authority say is no answer.
spew('defaults', '{"root": "/nowhere", "provisioner": "x", "name": "y"}');
$ENV{STEP_NAME} = 'z';
refused('defaults.json and environment', qr/'--name' is not given/, qw(ca init
        --config defaults --deployment-type standalone));
delete $ENV{STEP_NAME};

# --- at a terminal -------------------------------------------------------------

SKIP: {
    skip 'no expect', 12 if !have('expect');
    $ENV{STEPPATH} = "$dir/talk";
    my ($st, $talk) = terminal(<<"END");
spawn $stepc ca init
want "What deployment type would you like to configure?"
want "Standalone"
send "\\r"
want "What would you like to name your new PKI?"
want "(e.g. Smallstep): "
send "\\r"
want "cannot be empty"
want "(e.g. Smallstep): "
send "Talk & Co\\r"
want "What DNS names or IP addresses will clients use to reach your CA?"
want "(e.g. ca.example.com\\[,10.1.2.3,etc.\\]): "
send "talk.example, 10.0.0.1\\r"
want "What IP and port will your new CA bind to? (:443 will bind to 0.0.0.0:443)"
want "(e.g. :443 or 127.0.0.1:443): "
send "443\\r"
want "needs a port"
want "(e.g. :443 or 127.0.0.1:443): "
send ":8443\\r"
want "What would you like to name the CA's first provisioner?"
want "(e.g. you\@smallstep.com): "
send "you\@talk.example\\r"
want "Choose a password for your CA keys and first provisioner."
want "\\[leave empty and we'll generate one\\]: "
send "correct horse\\r"
want "Your PKI is ready to go."
END
    is($st, 0, 'answers at a terminal') or diag $talk;
    unlike($talk, qr/correct horse/, 'the password is not shown');
    my $made = decode_json(slurp("$dir/talk/config/ca.json") || '{}');
    is_deeply($made->{dnsNames}, ['talk.example', '10.0.0.1'], '... names');
    is($made->{address}, ':8443', '... address');
    is($made->{authority}{provisioners}[0]{name}, 'you@talk.example',
        '... provisioner');
    like(x509("$dir/talk/certs/root_ca.crt", qw(-noout -subject)),
        qr/Talk & Co Root CA/, '... name');
    my ($bad) = run('', qw(openssl pkey -noout -passin file:pw -in),
        "$dir/talk/secrets/root_ca_key");
    is($bad, 0, '... password');

    my $was = snapshot("$dir/talk");
    my $quoted = join ' ', map { "{$_}" } @flags;
    ($st, $talk) = terminal("spawn $stepc $quoted\n"
          . "want \"Would you like to overwrite $dir/talk/certs/root_ca.crt "
          . "\\[y/n\\]: \"\nsend \"n\\r\"\n");
    is($st, 1, 'n to the question');
    like($talk, qr/file exists/, '... file exists');
    is_deeply(snapshot("$dir/talk"), $was, '... and stays');

    $ENV{STEPPATH} = "$dir/generated";
    ($st, $talk) = terminal("spawn $stepc ca init --name X --dns x.example "
          . "--address :1 --provisioner a --deployment-type standalone\n"
          . "want \"generate one\\]: \"\nsend \"\\r\"\nwant \"Password: \"\n"
          . "send \"\\r\"\nwant \"ready to go\"\n");
    is($st, 0, 'a generated password') or diag $talk;
    my ($password) = $talk =~ /Password: ([A-Za-z0-9]{32})\r/;
    spew('generated.pw', $password // '');
    ($bad) = run('', qw(openssl pkey -noout -passin file:generated.pw -in),
        "$dir/generated/secrets/root_ca_key");
    is($bad, 0, '... is shown and is the password');
}

done_testing();
