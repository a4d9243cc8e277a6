#!/usr/bin/perl
# ca policy: rules shown, changed and asked about; ca.json is replaced only by
# one that is valid, and the one before is kept.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use StepcRun;

my $s = $ENV{STEPPATH};
my $json = "$s/config/ca.json";
spew('pw', "correct horse\n");
my ($rc, $out, $err) = stepc(qw(ca init --name P --dns ca.example.com --address
        :443 --provisioner admin --password-file pw --ssh));
is($rc, 0, 'an authority') or diag $err;

sub config { return decode_json(slurp($json)) }

# A command that changes ca.json; what it prints, decoded.
sub changed {
    my ($name, @args) = @_;
    my $before = slurp($json);
    ($rc, $out, $err) = stepc(qw(ca policy), @args);
    is($rc, 0, "$name: exit status") or diag $err;
    isnt(slurp($json), $before, "$name: ca.json is another one");
    is(slurp("$json.old"), $before, "$name: the one before is kept");
    is_deeply([glob "$json.new*"], [], "$name: nothing else is left");
    return $out eq '' ? undef : decode_json($out);
}

sub refused {
    my ($name, $message, @args) = @_;
    my $before = slurp($json);
    ($rc, $out, $err) = stepc(qw(ca policy), @args);
    is($rc, 1, "$name: exit status");
    like($err, $message, "$name: message");
    is(slurp($json), $before, "$name: ca.json is as it was");
    is_deeply([glob "$json.new*"], [], "$name: nothing is left");
}

my $first = slurp($json);
refused('no policy to show', qr/certificate issuance policy does not exist/,
    qw(authority view));
refused('no policy to remove', qr/certificate issuance policy does not exist/,
    qw(authority remove));
refused('... of a provisioner', qr/certificate issuance policy does not exist/,
    qw(provisioner view --provisioner admin));
chmod 0640, $json;
is_deeply(changed('allow', qw(authority x509 allow dns *.example.com one.test)),
    {x509 => {allow => {dns => ['*.example.com', 'one.test']}}},
    'the rules are shown');
is_deeply(config()->{authority}{policy},
    {x509 => {allow => {dns => ['*.example.com', 'one.test']}}},
    '... and in ca.json');
is((stat $json)[2] & 07777, 0640, 'its mode stays');
is((stat "$json.old")[2] & 07777, 0640, "... and is the old one's");
my $other = decode_json($first);
$other->{authority}{policy} = config()->{authority}{policy};
is_deeply(config(), $other, 'nothing else is changed');
like(slurp($json), qr/"minVersion": 1\.2,/, 'numbers are as they were');
like($out, qr/^\{\n   "x509": \{\n      "allow"/, 'indented by three blanks');
($rc, $out, $err) = stepc(qw(ca policy authority x509 allow dns ONE.test));
is_deeply(config()->{authority}{policy}{x509}{allow}{dns},
    ['*.example.com', 'one.test'], 'a rule that is there is not added again');
changed('deny', qw(authority x509 deny dns no.example.com));
changed('addresses', qw(authority x509 allow ip 10.0.0.0/8));
changed('denied addresses', qw(authority x509 deny ip 10.1.0.0/16));
changed('mail', qw(authority x509 allow email @example.com));
changed('URIs', qw(authority x509 allow uri *.example.com));
changed('common names', qw(authority x509 allow cn), 'My Name');
changed('wildcards', qw(authority x509 wildcards allow));
is(config()->{authority}{policy}{x509}{allowWildcardNames}, JSON::PP::true,
    'wildcards are on');
changed('no wildcards', qw(authority x509 wildcards deny));
changed('users', qw(authority ssh user allow principal joe ann));
changed('users by mail', qw(authority ssh user allow email @example.com));
changed('no root', qw(authority ssh user deny principal root));
changed('hosts', qw(authority ssh host allow dns *.example.com));
changed('a provisioner', qw(provisioner --provisioner admin x509 deny dns
        two.example.com));
is_deeply(config()->{authority}{provisioners}[0]{options},
    {x509 => {policy => {deny => {dns => ['two.example.com']}}}},
    'where a provisioner has it');
changed('a provisioner, SSH', qw(provisioner ssh user deny principal ann
        --provisioner admin));
($rc, $out, $err) = stepc(qw(ca policy provisioner view --provisioner admin));
is_deeply(decode_json($out), {x509 => {deny => {dns => ['two.example.com']}},
        ssh => {user => {deny => {principal => ['ann']}}}},
    "a provisioner's rules are shown");

refused($_->[0], $_->[1], @{$_->[2]}) for
    ['no words', qr/too few|positional|argument/i, ['authority']],
    ['a wrong word', qr/'x510' is not view, remove, x509 or ssh/,
        [qw(authority x510 allow dns a)]],
    ['a wrong kind', qr/'principal' is not cn, dns, email, ip or uri/,
        [qw(authority x509 allow principal a)]],
    ['neither allow nor deny', qr/'permit' is not allow, deny or wildcards/,
        [qw(authority x509 permit dns a)]],
    ['no name', qr/expected a name after 'dns'/,
        [qw(authority x509 allow dns)]],
    ['SSH without type', qr/'allow' is not user or host/,
        [qw(authority ssh allow dns a)]],
    ['wildcards without a word', qr/expected allow or deny/,
        [qw(authority x509 wildcards)]],
    ['a rule that is none', qr/"a\.\*\.b": '\*' stands only/,
        [qw(authority x509 allow dns a.*.b)]],
    ['a range that is none', qr{"10\.0\.0\.0/33" is neither},
        [qw(authority x509 deny ip 10.0.0.0/33)]],
    ['the second is none', qr/"a b" has no host name/,
        [qw(authority x509 deny dns fine.test), 'a b']],
    ['a rule to remove that is not there', qr/there is no rule "x\.test"/,
        [qw(authority x509 allow dns x.test --remove)]],
    ['an unknown provisioner', qr/provisioner nobody not found/,
        [qw(provisioner x509 allow dns a.test --provisioner nobody)]],
    ['no provisioner', qr/requires the '--provisioner' flag/,
        [qw(provisioner x509 allow dns a.test)]],
    ['no ca.json', qr/nowhere failed/,
        [qw(authority view --ca-config /nowhere)]];

# --- which rule decides ------------------------------------------------------

sub decides {
    my ($rc_wanted, $text, @args) = @_;
    my $before = slurp($json);
    ($rc, $out, $err) = stepc(qw(ca policy check), @args);
    is($rc, $rc_wanted, "check @args: exit status") or diag $err;
    like("$out$err", $text, "check @args");
    is(slurp($json), $before, "check @args: ca.json is as it was");
}

decides(0, qr/^a\.example\.com \(dns\): allowed: a rule allows it: "\*\.example\.com" in authority\.policy\.x509\.allow\.dns\[0\]$/,
    'a.example.com');
decides(1, qr/^no\.example\.com \(dns\): not allowed: a rule denies it: "no\.example\.com" in authority\.policy\.x509\.deny\.dns\[0\]$/,
    'no.example.com');
decides(1, qr/^a\.example\.com .*: allowed: .*\nb\.test \(dns\): not allowed: no rule of authority\.policy\.x509\.allow\.dns allows it$/,
    'a.example.com', 'b.test');
decides(1, qr/\(dns\): not allowed: authority\.policy\.x509 has no allowWildcardNames/,
    '*.example.com');
decides(0, qr/\(ip\): allowed: .*"10\.0\.0\.0\/8"/, '10.2.0.1');
decides(1, qr/\(ip\): not allowed: .*"10\.1\.0\.0\/16"/, '10.1.0.1');
decides(0, qr/\(email\): allowed: .*"\@example\.com"/, 'a@example.com');
decides(0, qr/\(uri\): allowed: .*allow\.uri\[0\]/, 'https://a.example.com/');
decides(0, qr/\(cn\): allowed: .*"My Name" in .*allow\.cn\[0\]/,
    '--common-name', 'My Name');
decides(1, qr/\(cn\): not allowed/, '--common-name', 'Another Name');
decides(1, qr/not allowed: dns name "a\.example\.com\." is not a host name/,
    'a.example.com.');
decides(0, qr/^two\.example\.com \(dns\): allowed: /, 'two.example.com');
decides(1, qr/\n.*not allowed: for the provisioner, a rule denies it: "two\.example\.com" in options\.x509\.policy\.deny\.dns\[0\]$/,
    qw(two.example.com --provisioner admin));
decides(1, qr/provisioner nobody not found/,
    qw(a.example.com --provisioner nobody));
decides(0, qr/^joe \(principal\): allowed: .*allow\.principal\[0\]/,
    qw(joe --ssh user));
decides(1, qr/^root \(principal\): not allowed: /, qw(root --ssh user));
decides(0, qr/^h\.example\.com \(dns\): allowed: /,
    qw(h.example.com --ssh host));
decides(1, qr/not allowed: no certificate of this type/,
    qw(10.0.0.1 --ssh user));
decides(1, qr/not allowed: for the provisioner, /,
    qw(ann --ssh user --provisioner admin));
decides(1, qr/rules for ssh user certificates only/,
    qw(h.example.com --ssh host --provisioner admin));
decides(1, qr/invalid value 'both' for flag '--ssh'/, qw(a --ssh both));

# What it says is what happens.
for (['a.example.com', 0], ['no.example.com', 1], ['two.example.com', 1],
    ['b.test', 1]) {
    my ($name, $want) = @$_;
    ($rc) = stepc(qw(ca policy check --provisioner admin), $name);
    is($rc, $want, "check $name");
    ($rc, $out, $err) = stepc(qw(ca certificate --offline --password-file pw
            --force), $name, 'x.crt', 'x.key');
    is($rc, $want, "certificate $name") or diag $err;
}
($rc, $out, $err) = stepc(qw(ca certificate --offline --password-file pw
        ca.example.com x.crt x.key --force));
is($rc, 0, "the authority's own name is certified offline in any case")
    or diag $err;

# --- rules are taken away ----------------------------------------------------

changed('one rule goes', qw(authority x509 allow dns ONE.test --remove));
is_deeply(config()->{authority}{policy}{x509}{allow}{dns}, ['*.example.com'],
    'the other stays');
changed('a last rule goes', qw(authority x509 allow cn --remove), 'My Name');
ok(!exists config()->{authority}{policy}{x509}{allow}{cn},
    'and its list with it');
changed("the provisioner's last X.509 rule goes", qw(provisioner x509 deny dns
        two.example.com --remove --provisioner admin));
is_deeply(config()->{authority}{provisioners}[0]{options},
    {ssh => {policy => {user => {deny => {principal => ['ann']}}}}},
    'and what was around it');
changed('remove all of the provisioner', qw(provisioner remove --provisioner
        admin));
like($err, qr/^policy deleted$/m, '... is told');
changed('remove all', qw(authority remove));
like($err, qr/^policy deleted$/m, '... is told');
is_deeply(config(), decode_json($first), 'ca.json as at first');

# --- what must not be replaced -----------------------------------------------

my $whole = slurp($json);
my $c = decode_json($whole);
$c->{address} = 'nonsense';
spew($json, encode_json($c));
refused('a ca.json that is not valid otherwise', qr/\Q$json\E.*invalid address/,
    qw(authority x509 allow dns a.test));
spew($json, "{\n!");
refused('no JSON', qr/\Q$json\E: .*line 2/, qw(authority x509 allow dns a.test));
$c = decode_json($whole);
$c->{authority}{policy} = [];
spew($json, encode_json($c));
refused('a policy that is no object', qr/policy: expected an object/,
    qw(authority x509 allow dns a.test));
spew($json, $whole);
SKIP: {
    skip 'root writes anywhere', 4 if $> == 0;
    chmod 0500, "$s/config";
    refused('a folder that cannot be written', qr/ermission denied/,
        qw(authority x509 allow dns a.test));
    chmod 0700, "$s/config";
}
rename $json, "$s/real.json";
symlink "$s/real.json", $json;
($rc, $out, $err) = stepc(qw(ca policy authority x509 allow dns a.test));
ok(-l $json, 'a link stays one');
like(slurp("$s/real.json"), qr/a\.test/, '... and what it points at is changed');

done_testing();
