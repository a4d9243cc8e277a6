#!/usr/bin/perl
# stepc ca against a CA that is played by this file: what an honest one
# answers, and what a hostile or broken one may.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

BEGIN {
	eval { require IO::Socket::SSL; 1 }
	    or plan skip_all => 'no IO::Socket::SSL';
}

my $stepc = "$ENV{top_builddir}/stepc";
my $dir = tempdir(CLEANUP => 1);
$ENV{STEPPATH} = "$dir/step";
$ENV{NO_COLOR} = 1;
delete $ENV{$_} for grep { /^STEP_/ || /_proxy$/i } keys %ENV;

sub slurp {
	my ($file) = @_;
	open(my $f, '<', $file) or return '';
	local $/;
	my $text = <$f>;
	return defined $text ? $text : '';
}

sub spew {
	my ($file, $text) = @_;
	open(my $f, '>', "$file.new") or die "$file: $!";
	print $f $text;
	close($f) or die "$file: $!";
	rename("$file.new", $file) or die "$file: $!";
}

# Quiet openssl, or the end of the test.
sub openssl {
	system("openssl @_ >>$dir/openssl.log 2>&1") == 0
	    or BAIL_OUT("openssl @_: " . slurp("$dir/openssl.log"));
}

sub authority {
	my ($name) = @_;
	openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
	    "-keyout $dir/$name.key -out $dir/$name.crt -days 2",
	    "-subj '/CN=$name'");
}

sub issue {
	my ($ca, $csr, $out) = @_;
	openssl("x509 -req -in $csr -CA $dir/$ca.crt -CAkey $dir/$ca.key",
	    "-set_serial 7 -days 1 -copy_extensions copy -out $out");
}

# run ARGS: exit status, stdout, stderr.  Nobody sits at the terminal.
sub stepc {
	my (@args) = @_;
	my $line = join(' ', map { "'$_'" } @args);
	system("setsid $stepc $line >$dir/out 2>$dir/err </dev/null");
	return ($? >> 8, slurp("$dir/out"), slurp("$dir/err"));
}

sub json_string {
	my ($s) = @_;
	$s =~ s/\n/\\n/g;
	return "\"$s\"";
}

sub reply {
	my ($status, $body, @more) = @_;
	return join("\r\n", "HTTP/1.1 $status X", "Server: fake/1",
	    "Content-Length: " . length($body), "Connection: close",
	    "X-Request-Id: id-of-answer", @more, '', $body);
}

authority($_) for qw(root other);
openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
    "-keyout $dir/server.key -out $dir/server.csr -subj /CN=localhost",
    "-addext subjectAltName=DNS:localhost");
issue('root', "$dir/server.csr", "$dir/server.crt");

# The provisioner's key, made and sealed by stepc itself.
spew("$dir/pw", "secret\n");
spew("$dir/wrong", "wrong\n");
my ($status, $out, $err) = stepc(qw(crypto jwk create),
    "$dir/pub.json", "$dir/priv.json", '--password-file', "$dir/pw");
is($status, 0, 'a provisioner key') or diag($err);
my $pub = slurp("$dir/pub.json");
my ($kid) = $pub =~ /"kid":\s*"([^"]+)"/;

my $jwe = slurp("$dir/priv.json");
# Its five parts are the compact form that a CA hands out.
my %part = $jwe =~ /"(protected|encrypted_key|iv|ciphertext|tag)":\s*"([^"]*)"/g;
my $compact = join('.', @part{qw(protected encrypted_key iv ciphertext tag)});

# One request at a time; what is wrong with the answer is in a file.
sub answer {
	my ($mode, $path, $body) = @_;

	$mode = '' if $mode =~ s/^sign:// && $path ne '/sign';
	return reply(502, "<html>\n<h1>502 Bad Gateway</h1></html>")
	    if $mode eq 'html';
	return reply(400, '') if $mode eq 'empty';
	return reply(302, '', 'Location: https://evil.example/')
	    if $mode eq 'redirect';
	return reply(200, "{}\n") if $mode eq 'hollow';
	return reply(401,
	    '{"status":401,"message":"No \u001b[31mway"}') if $mode eq 'no';
	return reply(200, '{"status":"' . ('x' x (9 * 1024 * 1024)) . '"}')
	    if $mode eq 'huge';
	return reply(200, '{"status":"ok"}') if $path eq '/health';
	if ($path =~ m{^/root/}) {
		my $pem = slurp("$dir/" .
		    ($mode eq 'other-root' ? 'other' : 'root') . '.crt');
		$pem = slurp("$dir/other.crt") . $pem if $mode eq 'two-roots';
		return reply(200, '{"ca":' . json_string($pem) . '}');
	}
	return reply(201, '{"crts":[' .
	    json_string(slurp("$dir/root.crt")) . ']}') if $path eq '/roots';
	return reply(200, '{"provisioners":[{"type":"JWK","name":"joe",' .
	    "\"key\":$pub}],\"nextCursor\":\"\"}")
	    if $path =~ m{^/provisioners\?cursor=a%2Fb&};
	return reply(200, '{"provisioners":[{"type":"ACME","name":"acme"}],' .
	    '"nextCursor":"a/b"}') if $path =~ m{^/provisioners\?};
	return reply(200, '{"key":"' . ($mode =~ s/^jwe:// ? $mode : $compact) .
	    '"}') if $path eq "/provisioners/$kid/encrypted-key";
	return sign($mode, $body) if $path eq '/sign';
	return reply(404, "404 page not found\n");
}

sub sign {
	my ($mode, $body) = @_;
	my ($csr) = $body =~ /"csr":"([^"]*)"/;
	my $ca = $mode eq 'other-chain' ? 'other' : 'root';

	$csr =~ s/\\n/\n/g;
	$csr =~ s{\\/}{/}g;
	spew("$dir/signed.csr", $csr);
	spew("$dir/signed.body", $body);
	openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
	    "-keyout $dir/x.key -out $dir/signed.csr -subj /CN=a.example",
	    "-addext subjectAltName=DNS:a.example") if $mode eq 'other-key';
	if ($mode eq 'other-san') {
		spew("$dir/ext", "subjectAltName=DNS:b.example\n");
		openssl("x509 -req -in $dir/signed.csr -CA $dir/root.crt",
		    "-CAkey $dir/root.key -set_serial 8 -days 1",
		    "-extfile $dir/ext -out $dir/leaf.crt");
	} elsif ($mode eq 'more-sans') {
		spew("$dir/ext",
		    "subjectAltName=DNS:a.example,DNS:b.example\n");
		openssl("x509 -req -in $dir/signed.csr -CA $dir/root.crt",
		    "-CAkey $dir/root.key -set_serial 8 -days 1",
		    "-extfile $dir/ext -out $dir/leaf.crt");
	} else {
		issue($ca, "$dir/signed.csr", "$dir/leaf.crt");
	}
	my $leaf = json_string(slurp("$dir/leaf.crt"));
	return reply(201, "{\"crt\":$leaf,\"ca\":null,\"certChain\":[$leaf]}");
}

my $listen = IO::Socket::SSL->new(
    LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 8, ReuseAddr => 1,
    SSL_cert_file => "$dir/server.crt", SSL_key_file => "$dir/server.key",
    SSL_startHandshake => 0) or BAIL_OUT("listen: $!");
my $url = 'https://localhost:' . $listen->sockport;
my $pid = fork;
BAIL_OUT("fork: $!") if !defined $pid;
if ($pid == 0) {
	$SIG{PIPE} = 'IGNORE';
	while (1) {
		my $c = $listen->accept or next;
		IO::Socket::SSL->start_SSL($c, SSL_server => 1,
		    SSL_cert_file => "$dir/server.crt",
		    SSL_key_file => "$dir/server.key",
		    slurp("$dir/mode") eq 'old-tls' ? (SSL_version => 'TLSv1_1',
			SSL_cipher_list => 'ALL:@SECLEVEL=0') : ()) or next;
		my ($head, $body) = ('', '');
		while ($head !~ /\r\n\r\n/) {
			$c->sysread($head, 65536, length $head) or last;
		}
		($head, $body) = split(/\r\n\r\n/, $head, 2);
		my ($n) = ($head // '') =~ /Content-Length: (\d+)/i;
		while (defined $n && length($body) < $n) {
			$c->sysread($body, 65536, length $body) or last;
		}
		my ($path) = ($head // '') =~ /^\S+ (\S+)/;
		spew("$dir/head", $head // '');
		if (slurp("$dir/mode") eq 'drip') {
			# Never more than the first byte.
			$c->syswrite('H');
			$c->sysread($body, 1);
		} elsif (defined $path) {
			my $text = answer(slurp("$dir/mode"), $path, $body);
			my $at = 0;
			while ($at < length $text) {
				my $k = $c->syswrite($text, 16384, $at);
				last if !$k;
				$at += $k;
			}
		}
		$c->close;
	}
}
close($listen);
END {
	my $code = $?;
	if ($pid) {
		kill 'TERM', $pid;
		waitpid $pid, 0;
	}
	$? = $code;
}

sub mode { spew("$dir/mode", $_[0]) }
mode('');

my @ca = ('--ca-url', $url, '--root', "$dir/root.crt");
my $fp = slurp("$dir/root.crt");
$fp = `openssl x509 -in $dir/root.crt -noout -fingerprint -sha256`;
$fp =~ s/^.*=//;
$fp =~ s/[:\n]//g;

($status, $out, $err) = stepc(qw(ca health), @ca);
is("$status $out", "0 ok\n", 'health') or diag($err);
like(slurp("$dir/head"), qr/^User-Agent: stepc\//m, 'it says who it is');
like(slurp("$dir/head"), qr/^X-Request-Id: [0-9a-f-]{36}\r?$/m, 'and an id');

my @bad = (
    ['html', qr/HTTP 502 \(fake\/1\) with '502 Bad Gateway'.*not come from the CA/],
    ['empty', qr/HTTP 400 \(fake\/1\) with an empty body.*not come from the CA/],
    ['redirect', qr/redirect to https:\/\/evil.*not followed/],
    ['hollow', qr/does not match/],
    ['no', qr/^No \?\[31mway\nrequest id: id-of-answer\n\z/],
    ['huge', qr/larger than 8388608 bytes/],
    ['drip', qr/did not answer in time/]);
for (@bad) {
	my ($mode, $text) = @$_;
	mode($mode);
	($status, $out, $err) = stepc(qw(ca health --timeout 2), @ca);
	is("$status $out", '1 ', "K2 K6 $mode is refused");
	like($err, $text, "K2 K6 $mode is told");
}
mode('');

($status, $out, $err) = stepc(qw(ca health), '--ca-url', $url,
    '--root', "$dir/other.crt");
is($status, 1, 'K6 a server of another root is refused');
like($err, qr/does not chain to .*other\.crt/, 'and told');
(my $numeric = $url) =~ s/localhost/127.0.0.1/;
($status, $out, $err) = stepc(qw(ca health), '--ca-url', $numeric,
    '--root', "$dir/root.crt");
is($status, 1, 'K6 a wrong host name is refused');
like($err, qr/TLS with .* failed: .*(name|IP)/, 'and told');
mode('old-tls');
(my $address = $url) =~ s{https://}{};
like(`openssl s_client -tls1_1 -cipher ALL:\@SECLEVEL=0 -connect $address </dev/null 2>&1`,
    qr/Protocol *: TLSv1\.1/, 'a server with TLS 1.1 only');
($status, $out, $err) = stepc(qw(ca health), @ca);
is("$status $out", '1 ', 'K6 TLS 1.1 is refused');
like($err, qr/^TLS with .* failed: /, 'and told');
mode('');
(my $plain = $url) =~ s/https/http/;
($status, $out, $err) = stepc(qw(ca health), '--ca-url', $plain,
    '--root', "$dir/root.crt");
is($status, 1, 'no http');

# K1
for (['00' x 32, 'wrong'], ['00' x 20, 'SHA-1'], ['', 'empty']) {
	my ($hash, $name) = @$_;
	($status, $out, $err) = stepc(qw(ca bootstrap --ca-url), $url,
	    '--fingerprint', $hash);
	is($status, 1, "K1 $name fingerprint is refused");
}
for my $mode (qw(other-root two-roots)) {
	mode($mode);
	($status, $out, $err) = stepc(qw(ca bootstrap --ca-url), $url,
	    '--fingerprint', $fp);
	is($status, 1, "K1 $mode is refused");
	like($err, qr/does not match/, 'and told');
}
ok(!-e "$dir/step/certs/root_ca.crt" && !-e "$dir/step/config/defaults.json",
    'K1 nothing was written');
mode('');
for (['--install', qr/^flag '--install' is not supported; /],
    ['--team=x', qr/^flag '--team' is not supported; /],
    ['--team-authority=x', qr/^flag '--team-authority' is not supported; /],
    ['--min-password-length=long',
	qr/^invalid value 'long' for flag '--min-password-length'/]) {
	my ($flag, $message) = @$_;
	($status, $out, $err) = stepc(qw(ca bootstrap --ca-url), $url,
	    '--fingerprint', $fp, $flag);
	is($status, 1, "$flag is refused");
	like($err, $message, 'and told');
	ok(!-e "$dir/step/certs/root_ca.crt", 'nothing was written');
}
($status, $out, $err) = stepc(qw(ca bootstrap --ca-url), $url,
    '--fingerprint', $fp, '--min-password-length', 12);
is($status, 0, 'bootstrap') or diag($err);
like(slurp("$dir/step/config/defaults.json"),
    qr/^  "min-password-length": 12\n/m, 'a number is written as one');
is((stat "$dir/step/certs/root_ca.crt")[2] & 0777, 0600, 'mode of the root');
like(slurp("$dir/step/config/defaults.json"),
    qr/^\{\n  "ca-url": "\Q$url\E",\n  "fingerprint": /, 'defaults.json');
($status, $out, $err) = stepc(qw(ca bootstrap --ca-url), $url,
    '--fingerprint', $fp);
is($status, 1, 'no second time without being asked');
like($err, qr/error allocating terminal/, 'and there is no terminal');

($status, $out, $err) = stepc(qw(ca health));
is("$status $out", "0 ok\n", 'health with defaults') or diag($err);
($status, $out, $err) = stepc(qw(ca roots));
is($out, slurp("$dir/root.crt"), 'roots') or diag($err);
($status, $out, $err) = stepc(qw(ca provisioner list));
like($out, qr/"acme".*"joe"/s, 'provisioners of all pages') or diag($err);
# A key id may begin with "-".
($status, $out, $err) = stepc(qw(ca provisioner jwe-key --), $kid);
is($out, "$compact\n", 'encrypted key') or diag($err);

# Tokens, checked with the key by stepc's verifier and by eye.
my @joe = ('--issuer', 'joe', '--password-file', "$dir/pw");
($status, $out, $err) = stepc(qw(ca token a.example --san b.example), @joe);
is($status, 0, 'token') or diag($err);
chomp(my $token = $out);
my $payload = (split /\./, $token)[1];
$payload =~ tr{-_}{+/};
require MIME::Base64;
$payload = MIME::Base64::decode_base64($payload);
like($payload, qr/^\{"aud":"\Q$url\E\/1\.0\/sign","exp":\d+,"iat":\d+,"iss":"joe","jti":"[0-9a-f]{64}","nbf":\d+,"sans":\["b\.example"\],"sha":"\L$fp\E","sub":"a\.example","user":\{\}\}$/,
    'its claims, sorted');
($status, $out, $err) = stepc(qw(ca token a.example --issuer joe
    --password-file), "$dir/wrong");
is("$status $out", '1 ', 'K7 wrong password');
like($err, qr/failed to decrypt JWE: invalid password/, 'told');
unlike($err, qr/\bwrong\b/, 'K7 the password is not shown');
($status, $out, $err) = stepc(qw(ca token a.example --issuer nobody));
like($err, qr/invalid value 'nobody' for flag '--provisioner'/, 'no such');

# T32: what a hostile CA may hand out as the provisioner's key.
my ($head, @rest) = split /\./, $compact, -1;
(my $std = $head) =~ tr{-_}{+/};
my $header = MIME::Base64::decode_base64($std);

sub with_header {
	my ($text) = @_;
	my $b = MIME::Base64::encode_base64($text, '');
	$b =~ tr{+/}{-_};
	$b =~ s/=+$//;
	return join('.', $b, @rest);
}

# The header with the value of a member replaced.
sub changed {
	my ($name, $value) = @_;
	(my $h = $header) =~ s/"$name":("[^"]*"|\d+)/"$name":$value/ or die;
	return with_header($h);
}
(my $more = $header) =~ s/^\{/{"zip":"DEF",/;
(my $crit = $header) =~ s/^\{/{"crit":["x"],"x":1,/;
my @parts = split /\./, $compact, -1;
for (['p2c 2^31', changed('p2c', 2147483648)],
    ['p2c 2^63', changed('p2c', '9223372036854775807')],
    ['p2c 1,000,001', changed('p2c', 1000001)], ['p2c 0', changed('p2c', 0)],
    ['p2c -1', changed('p2c', -1)], ['p2c 1e9', changed('p2c', '1e9')],
    ['p2c a text', changed('p2c', '"600000"')],
    ['another p2c', changed('p2c', 1000)],
    ['p2s empty', changed('p2s', '""')],
    ['p2s another', changed('p2s', '"AAAAAAAAAAAAAAAAAAAAAA"')],
    ['alg dir', changed('alg', '"dir"')],
    ['alg none', changed('alg', '"none"')],
    ['alg RSA-OAEP', changed('alg', '"RSA-OAEP"')],
    ['alg of the other size', changed('alg', '"PBES2-HS512+A256KW"')],
    ['enc and alg swapped', with_header($header =~
	s/"alg":"([^"]*)"(.*)"enc":"([^"]*)"/"alg":"$3"$2"enc":"$1"/r)],
    ['enc of the other size', changed('enc', '"A128GCM"')],
    ['enc none', changed('enc', '"none"')],
    ['zip', with_header($more)], ['crit', with_header($crit)],
    ['tag of 12 octets', join('.', @parts[0 .. 3], substr($parts[4], 0, 16))],
    ['no tag', join('.', @parts[0 .. 3], '')],
    ['no key in it', join('.', $parts[0], '', @parts[2 .. 4])],
    ['four parts', join('.', @parts[0 .. 3])],
    ['nothing', ''], ['a plain key', 'eyJrdHkiOiJFQyJ9']) {
	my ($name, $key) = @$_;
	mode("jwe:$key");
	my @before = times;
	($status, $out, $err) = stepc(qw(ca token a.example), @joe);
	my @after = times;
	is("$status $out", '1 ', "T32 $name: no token");
	isnt($err, '', "T32 $name: told");
	unlike($err, qr/\bsecret\b/, "T32 $name: the password is not");
	cmp_ok($after[2] + $after[3] - $before[2] - $before[3], '<', 5,
	    "T32 $name: bounded work");
}
mode('');
($status, $out, $err) = stepc(qw(ca token a.example), @joe);
is($status, 0, 'T32 the right one') or diag($err);

($status, $out, $err) = stepc(qw(ca token x --cnf a --cnf-file b));
like($err, qr/flag '--cnf' is incompatible with '--cnf-file'/, 'conflict');

# Certificates
for my $mode (qw(html empty redirect hollow no other-key other-san more-sans
    other-chain)) {
	mode('');
	($status, $out, $err) = stepc(qw(ca token a.example), @joe);
	chomp($token = $out);
	mode("sign:$mode");
	($status, $out, $err) = stepc(qw(ca certificate a.example),
	    "$dir/c.crt", "$dir/c.key", '--token', $token);
	is($status, 1, "K2 $mode is refused");
	ok(!-e "$dir/c.crt" && !-e "$dir/c.key", 'K2 nothing was written');
	like($err, {html => qr/did not come from the CA/,
	    empty => qr/did not come from the CA/,
	    redirect => qr/which is not followed/,
	    hollow => qr/the CA's answer/, no => qr/request id: id-of/,
	    'other-key' => qr/for another key/,
	    'other-san' => qr/lacks the name 'a\.example'/,
	    'more-sans' => qr/'b\.example', which was not asked for/,
	    'other-chain' => qr/does not chain/}->{$mode}, 'told');
}
mode('');
($status, $out, $err) = stepc(qw(ca certificate a.example), "$dir/c.crt",
    "$dir/c.key", @joe);
is($status, 0, 'certificate') or diag($err);
is((stat "$dir/c.crt")[2] & 0777, 0600, 'mode of the certificate');
is((stat "$dir/c.key")[2] & 0777, 0600, 'mode of the key');
like(slurp("$dir/c.key"), qr/^-----BEGIN EC PRIVATE KEY-----\n/, 'key form');
is(`openssl pkey -in $dir/c.key -pubout`,
    `openssl x509 -in $dir/c.crt -noout -pubkey`, 'they belong together');
like(slurp("$dir/signed.body"),
    qr/"notBefore":"","notAfter":""/, 'times are sent as given');
($status, $out, $err) = stepc(qw(ca certificate a.example), "$dir/c.crt",
    "$dir/c.key", @joe);
is($status, 1, 'not overwritten unasked');

openssl("req -newkey rsa:2048 -nodes -keyout $dir/r.key -out $dir/r.csr",
    "-subj /CN=r.example -addext subjectAltName=DNS:r.example,IP:10.1.2.3");
($status, $out, $err) = stepc(qw(ca sign), "$dir/r.csr", "$dir/r.crt", @joe);
is($status, 0, 'sign') or diag($err);
like(slurp("$dir/signed.body"), qr/"csr":"-----BEGIN/, 'the request is sent');
($status, $out, $err) = stepc(qw(ca sign), "$dir/root.crt", "$dir/q.crt", @joe);
like($err, qr/file is not a certificate request/, 'not a request');

openssl("pkey -in $dir/server.key -pubout -out $dir/joe.pub");
($status, $out, $err) = stepc(qw(ca token a.example --issuer joe --key),
    "$dir/joe.pub");
is($status, 1, 'a public key as --key');
like($err, qr/ holds a public key, not a private one$/m, 'told');

# As a string, as other programs may have written it.
my $defaults = slurp("$dir/step/config/defaults.json");
$defaults =~ s/: 12\n/: "12"\n/ or die;
spew("$dir/step/config/defaults.json", $defaults);
($status, $out, $err) = stepc(qw(ca health));
is("$status $out", "0 ok\n", 'a number as a string') or diag($err);

# K3
mkdir "$dir/ro" or die;
symlink("$dir/target.crt", "$dir/link.crt") or die;
spew("$dir/target.crt", "old\n");
chmod 0640, "$dir/target.crt";
($status, $out, $err) = stepc(qw(ca certificate a.example --force),
    "$dir/link.crt", "$dir/l.key", @joe);
is($status, 0, 'K3 over a link') or diag($err);
ok(-l "$dir/link.crt", 'K3 the link stays');
like(slurp("$dir/target.crt"), qr/BEGIN CERTIFICATE/, 'K3 its target is new');
($status, $out, $err) = stepc(qw(ca certificate a.example --force),
    "$dir/none/x.crt", "$dir/l2.key", @joe);
is($status, 1, 'K3 no such folder');
ok(!-e "$dir/l2.key", 'K3 no key without its certificate');

done_testing();
