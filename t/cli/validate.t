#!/usr/bin/perl
# stepc ca validate: each broken configuration gets a message that names file
# and member, and exit status 1; an authority of the reference's making passes.
use strict;
use warnings;
no warnings 'qw'; # commas belong to the values
use JSON::PP;
use Test::More;
use StepcRun;

my $s = $ENV{STEPPATH};
my $json = "$s/config/ca.json";
spew('pw', "correct horse\n");
spew('other', "another one\n");

sub ok_run {
    my ($rc, $out, $err) = run('', @_);
    $rc == 0 or die "@_: $err";
    return $out;
}

sub validate { return stepc('ca', 'validate', @_) }

ok_run($stepc, qw(ca init --name Demo --dns ca.example.com --address :9443
        --provisioner admin --password-file pw --ssh));
my $good = slurp($json);

my ($rc, $out, $err) = validate('--password-file', 'pw');
is($rc, 0, 'what init made is good') or diag $err;
unlike($err, qr/\342\234\227/, '... no error');
for my $line ("root: $s/certs/root_ca.crt",
    "crt: $s/certs/intermediate_ca.crt: chains to root",
    "key: $s/secrets/intermediate_ca_key: is the key of crt",
    "ssh.hostKey: $s/secrets/ssh_host_ca_key",
    'authority.provisioners: "admin" (JWK)',
    "db.dataSource: $s/db/stepc: will be made") {
    like($err, qr/^\342\234\224 \Q$line\E$/m, "... $line");
}
($rc, $out, $err) = validate();
is($rc, 0, 'without password and terminal');
like($err, qr/^\342\232\240 key: \S+: is encrypted and was not opened/m,
    '... the keys are not opened');

# Change the good configuration, look, put it back.
sub broken {
    my ($name, $message, $break, $mend) = @_;
    $break->();
    my ($st, $o, $e) = validate('--password-file', 'pw');
    is($st, 1, "$name: exit status");
    like($e, qr/^\342\234\227 .*$message/m, "$name: message");
    $mend->() if $mend;
    spew($json, $good);
}

sub config_with {
    my ($name, $message, $change) = @_;
    my $c = decode_json($good);
    broken($name, $message, sub { $change->($c);
        spew($json, JSON::PP->new->canonical->encode($c)) });
}

broken('no ca.json', qr{open \Q$json\E failed: no such file}i,
    sub { unlink $json });
broken('not JSON', qr{\Q$json\E: .*line 2 column 1}, sub { spew($json, "{\n!") });
broken('a member twice', qr{\Q$json\E: .*line 4 column 2: duplicate member},
    sub { edit($json, qr/"crt"/, '"root"') });
config_with("no $_", qr{\Q$json\E: $_ cannot be}, sub { delete $_[0]{$_} })
    for qw(root crt key address authority);
config_with('address without port', qr{invalid address localhost},
    sub { $_[0]{address} = 'localhost' });
config_with('wrong type', qr{\Q$json\E: .*address},
    sub { $_[0]{address} = 443 });
config_with('bad claim',
    qr{\Q$json\E: authority\.claims\.maxTLSCertDuration},
    sub { $_[0]{authority}{claims} = {maxTLSCertDuration => 'long'} });
config_with('contradicting claims', qr{\Q$json\E: authority\.claims},
    sub { $_[0]{authority}{claims} = {maxTLSCertDuration => '1m'} });
config_with('policy', qr{authority\.policy\.x509\.allow\.dns\[1\]: "\*"},
    sub { $_[0]{authority}{policy} =
            {x509 => {allow => {dns => ['*.x', '*']}}} });
config_with('dnsNames', qr{dnsNames: "a\.\.b"},
    sub { $_[0]{dnsNames} = ['a..b'] });
config_with('provisioner without key',
    qr{authority\.provisioners: "admin": key is missing},
    sub { delete $_[0]{authority}{provisioners}[0]{key} });
config_with('provisioner with an altered key',
    qr{authority\.provisioners: "admin": key}, sub {
        $_[0]{authority}{provisioners}[0]{key}{x} = 'A' x 43 });
config_with('two of one name', qr{authority\.provisioners: .*admin}, sub {
        push @{$_[0]{authority}{provisioners}},
            $_[0]{authority}{provisioners}[0] });
config_with("$_->[0] is not there", qr{$_->[1]: open /nowhere failed}, $_->[2])
    for ['root', 'root', sub { $_[0]{root} = '/nowhere' }],
    ['crt', 'crt', sub { $_[0]{crt} = '/nowhere' }],
    ['key', 'key', sub { $_[0]{key} = '/nowhere' }],
    ['federated root', 'federatedRoots',
        sub { $_[0]{federatedRoots} = ['/nowhere'] }],
    ['SSH host key', 'ssh\.hostKey', sub { $_[0]{ssh}{hostKey} = '/nowhere' }],
    ['OCSP signer', 'ocsp\.crt', sub { $_[0]{ocsp} = {enabled => JSON::PP::true,
                crt => '/nowhere', key => '/nowhere'} }];
config_with("OCSP $_->[0]", qr{\Q$json\E: ocsp\.$_->[0]: "$_->[1]"},
    sub { $_[0]{ocsp} = {enabled => JSON::PP::true, $_->[0] => $_->[1]} })
    for ['url', 'ftp://ca/ocsp'], ['cacheDuration', '1s'];
config_with('OCSP signer that is a CA', qr{ocsp\.crt: .*OCSP signer}, sub {
        $_[0]{ocsp} = {enabled => JSON::PP::true, key => "$dir/plain",
            crt => "$s/certs/intermediate_ca.crt"};
        system("openssl ecparam -genkey -name prime256v1 -noout -out $dir/plain")
            == 0 or die });
config_with('root without certificate', qr{root: \Q$dir\E/pw: contains no PEM},
    sub { $_[0]{root} = "$dir/pw" });
config_with('key without key', qr{key: \Q$dir\E/pw},
    sub { $_[0]{key} = "$dir/pw" });
config_with('key of another', qr{key: \S+: is not the key of \Q$s\E/certs/int},
    sub { $_[0]{key} = $_[0]{ssh}{userKey} });
config_with('db.dataSource is a file',
    qr{db\.dataSource: \Q$dir\E/pw: is not a folder},
    sub { $_[0]{db}{dataSource} = "$dir/pw" });
config_with('db.type', qr{\Q$json\E: db\.type: "mysql"},
    sub { $_[0]{db}{type} = 'mysql' });

my $key = "$s/secrets/intermediate_ca_key";
broken('key for anybody', qr{key: \Q$key\E: anybody has access \(mode 0644\)},
    sub { chmod 0644, $key }, sub { chmod 0600, $key });
($rc, $out, $err) = validate('--password-file', 'other');
is($rc, 1, 'wrong password');
like($err, qr/^\342\234\227 key: .*\Q$key\E: wrong password$/m, '... named');

# --- certificates by openssl, with dates relative to today --------------------

# A root and an intermediate whose validity starts and ends in so many days.
sub make_ca {
    my (%o) = (from => 0, root_to => 3650, to => 3649, ca => 'TRUE', @_);
    my $day = sub { my $t = `date -u -d '$_[0] days' +%Y%m%d%H%M%SZ`; chomp $t;
        return $t };
    spew('ca.cnf', "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
          . "new_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n"
          . "unique_subject=no\n[p]\ncommonName=supplied\n[r]\n"
          . "basicConstraints=critical,CA:TRUE\n"
          . "keyUsage=critical,keyCertSign,cRLSign\n"
          . "subjectKeyIdentifier=hash\n[i]\n"
          . "basicConstraints=critical,CA:$o{ca}\n"
          . "keyUsage=critical,keyCertSign,cRLSign\n"
          . "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
    spew('index.txt', '');
    for my $n ('r', 'i') {
        ok_run(qw(openssl genpkey -algorithm EC -pkeyopt
                ec_paramgen_curve:P-256 -out), "$n.key") if !-e "$n.key";
        ok_run(qw(openssl req -new -subj), "/CN=$n", '-key', "$n.key",
            '-out', "$n.csr");
    }
    chmod 0600, 'i.key';
    ok_run(qw(openssl ca -batch -notext -config ca.cnf -selfsign -keyfile r.key
            -in r.csr -out r.crt -extensions r -startdate), $day->(-20),
        '-enddate', $day->($o{root_to}));
    ok_run(qw(openssl ca -batch -notext -config ca.cnf -cert r.crt -keyfile
            r.key -in i.csr -out i.crt -extensions i -startdate),
        $day->($o{from} - 1), '-enddate', $day->($o{to}));
    my $c = decode_json($good);
    @$c{qw(root crt key)} = map { "$dir/$_" } qw(r.crt i.crt i.key);
    spew($json, JSON::PP->new->canonical->encode($c));
    return validate('--password-file', 'pw');
}
for (['in order', 0, ''], ['expired', 1, 'expired on', from => -9, to => -1],
    ['not yet valid', 1, 'is not valid before', from => 20, to => 30],
    ['7 days', 0, 'expires in less than 7 days', to => 6],
    ['30 days', 0, 'expires in less than 30 days', to => 29],
    ['90 days', 0, 'expires in less than 90 days', to => 89],
    ['outlives the root', 0, 'outlives every root', root_to => 1000],
    ['no authority', 1, '"i" is not a certificate authority', ca => 'FALSE'],
    ['expired root', 1, 'root: .* expired on', root_to => -1,
        from => -9, to => -2]) {
    my ($name, $status, $message, @args) = @$_;
    ($rc, $out, $err) = make_ca(@args);
    is($rc, $status, "$name: exit status") or diag $err;
    $message ? like($err, qr/^(?:\342\234\227|\342\232\240) .*$message/m,
        "$name: message")
        : unlike($err, qr/less than|expired|outlives/, "$name: nothing");
}
make_ca();
config_with('intermediate of another root',
    qr{crt: \S+: does not chain to root},
    sub { $_[0]{crt} = "$dir/i.crt"; $_[0]{key} = "$dir/i.key" });

# --- an authority as the reference's files look -------------------------------

# legacy-encrypted EC key, PBES2 Ed25519 key, RSA intermediate, JWK by jose
SKIP: {
    skip 'no jose', 4 if !have('jose');
    my $old = "$dir/old";
    mkdir "$old$_" for '', '/certs', '/secrets', '/config', '/db';
    my $ext = "basicConstraints=critical,CA:TRUE\n"
        . "keyUsage=critical,keyCertSign,cRLSign\n";
    ok_run(qw(openssl ecparam -genkey -name prime256v1 -noout -out plain));
    ok_run(qw(openssl ec -aes-256-cbc -passout file:pw -in plain -out),
        "$old/secrets/root_ca_key");
    like(slurp("$old/secrets/root_ca_key"), qr/^Proc-Type: 4,ENCRYPTED$/m,
        'legacy-encrypted EC key');
    ok_run(qw(openssl req -x509 -new -key plain -days 3650 -subj /O=Old/CN=Root
            -addext basicConstraints=critical,CA:TRUE -addext
            keyUsage=critical,keyCertSign,cRLSign -out),
        "$old/certs/root_ca.crt");
    ok_run(qw(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out
            rsa));
    ok_run(qw(openssl rsa -traditional -aes-256-cbc -passout file:pw -in rsa
            -out), "$old/secrets/intermediate_ca_key");
    ok_run(qw(openssl req -new -key rsa -subj /O=Old/CN=Intermediate -out
            int.csr));
    ok_run(qw(openssl x509 -req -in int.csr -CAkey plain -days 3000 -extfile),
        spew('ext', $ext), '-CA', "$old/certs/root_ca.crt", '-out',
        "$old/certs/intermediate_ca.crt");
    ok_run(qw(openssl genpkey -algorithm ed25519 -aes-256-cbc -pass file:pw
            -out), "$old/secrets/ssh_user_ca_key");
    ok_run(qw(cp plain), "$old/secrets/ssh_host_ca_key");
    chmod 0600, glob "$old/secrets/*";
    my $jwk = decode_json(ok_run(qw(jose jwk gen -i), '{"alg":"ES256"}'));
    delete @$jwk{qw(d key_ops)};
    spew('pub.jwk', encode_json($jwk));
    chomp(my $kid = ok_run(qw(jose jwk thp -a S256 -i pub.jwk)));
    my $c = {root => "$old/certs/root_ca.crt", federatedRoots => undef,
        crt => "$old/certs/intermediate_ca.crt",
        key => "$old/secrets/intermediate_ca_key", address => ':443',
        insecureAddress => '', dnsNames => ['old.example'],
        ssh => {hostKey => "$old/secrets/ssh_host_ca_key",
            userKey => "$old/secrets/ssh_user_ca_key"},
        logger => {format => 'text'},
        db => {type => 'badgerv2', dataSource => "$old/db",
            badgerFileLoadingMode => ''},
        authority => {provisioners => [{type => 'JWK', name => 'you@old',
                    key => {%$jwk, kid => $kid, use => 'sig'}}]}};
    spew("$old/config/ca.json", JSON::PP->new->canonical->encode($c));
    ($rc, $out, $err) = stepc(qw(ca validate --password-file pw --ca-config),
        "$old/config/ca.json");
    is($rc, 0, 'files of the reference') or diag $err;
    like($err, qr/^\342\234\224 key: \S+: is the key of crt$/m, '... RSA key');
    like($err, qr/^\342\234\224 ssh\.userKey: /m, '... Ed25519 key');
}

# The key of an issuer, in every form in which step writes one.
my @no = qw(--no-password --insecure);
my @form = (    # name, what makes "form" of "key", kinds
    ['as it is', [], 'EC RSA OKP'],
    ['PKCS #8', [qw(openssl pkcs8 -topk8 -nocrypt -in key -out form)],
        'EC RSA'],
    ['legacy encryption', [qw(openssl pkey -traditional -aes-256-cbc -passout
            file:pw -in key -out form)], 'EC RSA'],
    ['PKCS #8, PBES2', [qw(openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf
            hmacWithSHA256 -iter 600000 -passout file:pw -in key -out form)],
        'EC RSA OKP'],
    ['OpenSSH', [qw(ssh-keygen -q -p -N), '', qw(-f form)], 'EC RSA'],
    ['OpenSSH, encrypted', [qw(ssh-keygen -q -p -N), 'correct horse',
            qw(-f form)], 'EC RSA'],
);
mkdir 'forms';
chdir 'forms' or die;
spew('pw', "correct horse\n");
ok_run($stepc, qw(certificate create Root root.crt root.key --profile root-ca),
    @no);
for my $kty (qw(EC RSA OKP)) {
    ok_run($stepc, qw(certificate create Int int.crt key --profile
            intermediate-ca --ca root.crt --ca-key root.key --force --kty),
        $kty, @no);
    my $c = decode_json($good);
    @$c{qw(root crt key)} = map { "$dir/forms/$_" } qw(root.crt int.crt form);
    spew($json, JSON::PP->new->canonical->encode($c));
    for my $f (grep { $_->[2] =~ /\b$kty\b/ &&
            ($_->[0] !~ /SSH/ || have('ssh-keygen')) } @form) {
        spew('form', slurp('key'));
        chmod 0600, 'form';
        ok_run(@{$f->[1]}) if @{$f->[1]};
        my ($label) = slurp('form') =~ /^-----BEGIN (.*)-----$/m;
        ($rc, $out, $err) = validate('--password-file', "$dir/pw");
        like($err, qr{^\342\234\224 key: \S+/form: is the key of crt$}m,
            "$kty, $f->[0] ($label)") or diag $err;
        next if $f->[0] !~ /encr|PBES2/;
        spew('bad', "correct mule\n");
        ($rc, $out, $err) = validate('--password-file', 'bad');
        is($rc, 1, '... not with another password');
        like($err, qr/^\342\234\227 key: .*form: wrong password$/m,
            '... and told');
    }
}
chdir $dir or die;
spew($json, $good);

# As after a command that root has run beside handlers of another user.
SKIP: {
    skip 'not root', 6 if $> != 0;
    ok_run($stepc, qw(ca certificate --offline a.example a.crt a.key
            --provisioner admin --password-file pw));
    my @files = glob "$s/db/stepc/*";
    chown 65534, -1, "$s/db/stepc", @files or die;
    ($rc, $out, $err) = validate('--password-file', 'pw');
    is($rc, 0, 'a store of one owner') or diag $err;
    chown 0, -1, $files[0] or die;
    broken('a file of another owner', quotemeta("db.dataSource: $files[0]: ")
            . 'belongs to user 0, the folder to 65534: chown it', sub {});
    chown 0, -1, @files or die;
    broken('several', ' and others: belongs to user 0,', sub {});
    chown 0, -1, "$s/db/stepc" or die;
    ($rc) = validate('--password-file', 'pw');
    is($rc, 0, 'all of them chowned');
}

done_testing();
