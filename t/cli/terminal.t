#!/usr/bin/perl
# stepc at a terminal: passwords, choices, questions, Ctrl-C; and what is left
# of a file that could not be written (K3, K7).  The questions of ca init are
# asked in init.t.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(decode_base64url);
use Test::More;
use StepcRun;

plan skip_all => 'no expect' if !have('expect');

my $s = $ENV{STEPPATH};
my $pick = 'What provisioner key do you want to use?';
my $ask = 'Please enter the password to decrypt the provisioner key: ';
my $pw = 'correct horse';
spew('pw', "$pw\n");
spew('other', "another one\n");

sub ok_run {
    my ($rc, $out, $err) = run('', @_);
    $rc == 0 or die "@_: $err";
    return $out;
}

# An authority with two provisioners, first and second.
for (['second', "$dir/two"], ['first', $s]) {
    my ($name, $path) = @$_;
    local $ENV{STEPPATH} = $path;
    ok_run($stepc, qw(ca init --name Demo --dns localhost --address :9443
            --password-file pw --provisioner), $name);
}
my $config = decode_json(slurp("$s/config/ca.json"));
my $second = decode_json(slurp("$dir/two/config/ca.json"));
push @{$config->{authority}{provisioners}},
    @{$second->{authority}{provisioners}};
spew("$s/config/ca.json", encode_json($config));

# The issuer a token in a file names; '' without a token.
sub issuer {
    my (undef, $payload) = split /\./, slurp($_[0]);
    return '' if !defined $payload;
    return decode_json(decode_base64url($payload))->{iss};
}

sub token {
    my ($to, @more) = @_;
    return "spawn $stepc ca token localhost --offline --output-file $to @more";
}

# --- passwords ------------------------------------------------------------

my ($st, $talk) = terminal(token('a.tok', qw(--provisioner first)) . <<"END");

want "$ask"
send "$pw\\r"
END
is($st, 0, 'K7 a password at the terminal') or diag $talk;
unlike($talk, qr/correct|horse/, 'K7 ... is not shown');
is(issuer('a.tok'), 'first', '... a token');
is(mode('a.tok'), '0600', '... for its owner only');

($st, $talk) = terminal(token('b.tok', qw(--provisioner first)) . <<"END");

want "$ask"
send "wrong one\\r"
want "That is not the password."
want "$ask"
send "wromg\\177\\177\\177ng\\025$pw\\r"
END
is($st, 0, 'K7 wrong, then right with corrections') or diag $talk;
unlike($talk, qr/wrong one|wro|horse/, 'K7 ... neither is shown');
is(issuer('b.tok'), 'first', '... a token');

($st, $talk) = terminal(token('no.tok', qw(--provisioner first)) . <<"END");

for {set i 0} {\$i < 3} {incr i} {
    want "$ask"
    send "wrong one\\r"
}
want "failed to decrypt JWE: invalid password"
END
is($st, 1, 'K7 wrong three times') or diag $talk;
ok(!-e 'no.tok', '... nothing is written');

# --- one of two provisioners ----------------------------------------------

for (['Enter', '\\r', 'first'], ['arrow down', '\\033\\[B\\r', 'second'],
    ['down and up', '\\033\\[B\\033\\[A\\r', 'first'],
    ['beyond the end', '\\033OB\\033OB\\033OB\\r', 'second'],
    ['number 2', '2', 'second'], ['number 1', '1', 'first'],
    ['a number there is not', '3\\r', 'first']) {
    my ($name, $keys, $who) = @$_;
    unlink 'c.tok';
    ($st, $talk) = terminal(token('c.tok', qw(--provisioner-password-file pw))
          . "\nwant \"$pick\"\nwant \"2. second (JWK)\"\nsend \"$keys\"\n");
    is($st, 0, "choice: $name") or diag $talk;
    is(issuer('c.tok'), $who, "... $who");
}

# --- a file that is there --------------------------------------------------

my $over = 'Would you like to overwrite kept.tok \\[y/n\\]: ';
for (['n', 1], ['y', 0]) {
    my ($answer, $want) = @$_;
    spew('kept.tok', "kept\n");
    ($st, $talk) = terminal(token('kept.tok', qw(--provisioner first
            --provisioner-password-file pw)) . <<"END");

want "$over"
send "maybe\\r"
want "$over"
send "$answer\\r"
END
    is($st, $want, "$answer to the question") or diag $talk;
    is(issuer('kept.tok'), $want ? '' : 'first', '... is done');
}

# --- Ctrl-C -----------------------------------------------------------------

for (['a password', $ask, '--provisioner first'],
    ['a choice', '2. second (JWK)', '']) {
    my ($name, $wait, $more) = @$_;
    my $run = "$stepc ca token localhost --offline --output-file no.tok $more";
    spew('run.sh', "stty -a >before\n$run\necho status \$?\nstty -a >after\n");
    ($st, $talk) = terminal("spawn sh run.sh\nwant \"$wait\"\n"
          . "send \"\\003\"\nwant \"status 1\"\n");
    is($st, 0, "Ctrl-C at $name") or diag $talk;
    like($talk, qr/error running prompt: \^C/, '... says so');
    like(slurp('before'), qr/(?<!-)icanon.*(?<!-)echo /s, '... a terminal');
    is(slurp('after'), slurp('before'), '... left as it was');
    ok(!-e 'no.tok', '... nothing is written');
}

# --- no terminal -------------------------------------------------------------

for (['a password', '--provisioner', 'first'], ['a choice']) {
    my ($name, @more) = @$_;
    my ($rc, $out, $err) = stepc(qw(ca token localhost --offline), @more);
    is("$rc $out", '1 ', "$name without a terminal: refused");
    like($err, qr{error allocating terminal: open /dev/tty: .*\n\z},
        '... says why');
}

{
    my ($rc, $out, $err) = stepc(qw(ca token localhost --offline));
    my $kid = qr/\(JWK\) \[kid: \S+\]/;
    like($err, qr/; choose with .* from first $kid, second $kid\n\z/,
        '... and what there is to choose from');
}

# A provisioner for which nobody can make a token is no choice.
ok_run($stepc, qw(ca provisioner remove second));
ok_run($stepc, qw(ca provisioner add acme --type ACME));
ok_run($stepc, qw(ca provisioner add az --type Azure --azure-tenant t));
{
    my ($rc, $out, $err) = stepc(qw(ca token localhost --offline
            --provisioner-password-file pw --force --output-file one.tok));
    is($rc, 0, 'one of three can vouch: no question') or diag $err;
    is(issuer('one.tok'), 'first', '... and it does');
}
{
    my ($rc, $out, $err) = stepc(qw(ca token localhost --offline
            --provisioner acme));
    is("$rc $out", '1 ', 'another one by name: refused');
    like($err, qr/no token can be made for a provisioner of type ACME/,
        '... says why');
}

# --- files that cannot be written ---------------------------------------------

my @make = ($stepc, qw(ca token localhost --offline --provisioner first
        --provisioner-password-file pw --force --output-file));
mkdir 'links';
spew('links/target', "old\n");
symlink 'target', 'links/name';
my ($rc, undef, $err) = run('', @make, 'links/name');
is($rc, 0, 'K3 a symbolic link') or diag $err;
is(readlink 'links/name', 'target', 'K3 ... stays');
is(issuer('links/target'), 'first', 'K3 ... its target is written');

for (['crypto', 'keypair', 'loose.pub', 'loose'],
    ['certificate', 'create', 'Root', 'loose.crt', 'loose', '--profile',
        'root-ca']) {
    spew('loose', "old\n");
    chmod 0666, 'loose';
    ($rc, undef, $err) = stepc(@$_, qw(--no-password --insecure --force));
    is($rc, 0, "K3 @$_[0, 1] over a file that all may read") or diag $err;
    is(mode('loose'), '0600', 'K3 ... closed to others');
}

# In a mount namespace of its own: nothing is left of it afterwards.
mkdir 'small';
spew('mount.sh', <<'END');
mount -t tmpfs -o size=16k none small || exit 77
echo old >small/kept
END
($rc) = run('', qw(unshare -m sh mount.sh));
SKIP: {
    skip 'no mount namespace (needs root)', 8 if $rc;
    for (['read-only', 'mount -o remount,ro small', qr/read-only/i],
        ['full', 'cat /dev/zero >small/fill 2>fill.err', qr/no space left/i]) {
        my ($name, $how, $message) = @$_;
        spew('full.sh', ". ./mount.sh\n$how\n\"\$@\" small/kept\nr=\$?\n"
              . "cat small/kept >seen\nls -A small >left\nexit \$r\n");
        my ($r, undef, $e) = run('', qw(unshare -m sh full.sh), @make);
        is($r, 1, "K3 $name: refused");
        like($e, $message, "K3 $name: says why");
        is(slurp('seen'), "old\n", "K3 $name: the old file is intact");
        is(join(' ', grep { $_ ne 'fill' } split /\n/, slurp('left')), 'kept',
            "K3 $name: nothing beside it");
    }
}

done_testing();
