#!/usr/bin/perl
# The built handler behind a raw FastCGI client: split, huge, wrong, cut off
# and aborted records.  After each, the next good request is answered by the
# same process.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;

my $build = abs_path($ENV{top_builddir} // '.');
my $dir = tempdir(CLEANUP => 1);
delete @ENV{grep /^(STEP|LISTEN_)/, keys %ENV};
$ENV{STEPPATH} = "$dir/ca";
open(my $pw, '>', "$dir/pw") or die;
print $pw "password\n";
close $pw;
system("$build/stepc ca init --name T --dns localhost --address :443 "
    . "--provisioner admin --password-file $dir/pw >$dir/init 2>&1") == 0
    or do { diag(slurp("$dir/init")); BAIL_OUT('stepc ca init') };
$ENV{STEPC_CONFIG} = "$dir/ca/config/ca.json";
$ENV{STEPC_PASSWORD_FILE} = "$dir/pw";
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { BAIL_OUT('nothing happens') };
alarm 300;

sub slurp {
	open(my $f, '<', $_[0]) or return '';
	local $/;
	return <$f> // '';
}

# start PROGRAM, DESCRIPTOR, [SOCKET]: with a listening socket there.
sub start {
	my ($program, $fd, $l) = @_;
	my $path = "$dir/$program.sock";
	if (!$l) {
		unlink $path;
		$l = IO::Socket::UNIX->new(Local => $path, Listen => 64)
		    or die $!;
	}
	my $pid = fork // die;
	if (!$pid) {
		open(STDERR, '>>', "$dir/log") or die;
		if ($fd) {
			$ENV{LISTEN_FDS} = 1;
			$ENV{LISTEN_PID} = $$;
			open(STDIN, '<', '/dev/null') or die;
		}
		POSIX::dup2(fileno $l, $fd) unless fileno $l == $fd;
		if (fileno $l == $fd) {
			use Fcntl;
			fcntl($l, F_SETFD, 0);
		}
		exec "$build/handlers/$program" or die;
	}
	return ($pid, $path);
}

my ($pid, $path) = start('roots', 0);

# --- the protocol ---------------------------------------------------------

use constant { BEGIN_REQUEST => 1, ABORT => 2, PARAMS => 4, F_STDIN => 5,
    F_STDOUT => 6, END_REQUEST => 3, DATA => 8 };

sub record {
	my ($type, $data, $padding, $id) = @_;
	return pack('CCnnCC', 1, $type, $id // 1, length $data,
	    $padding // 0, 0) . $data . ("\xaa" x ($padding // 0));
}

sub stream {
	my ($type, $data, $padding) = @_;
	my $out = '';
	$out .= record($type, substr($data, 0, 65535, ''), $padding)
	    while length $data;
	return $out . record($type, '', $padding);
}

sub size { return $_[0] < 128 ? pack('C', $_[0]) : pack('N', $_[0] | 1 << 31) }

sub pairs {
	my $out = '';
	while (my ($n, $v) = splice(@_, 0, 2)) {
		$out .= size(length $n) . size(length $v) . $n . $v;
	}
	return $out;
}

sub begin {
	my ($role) = @_;
	return record(BEGIN_REQUEST, pack('nCx5', $role // 1, 0));
}

# request URI, [METHOD, BODY, LENGTH, PADDING, MORE]
sub request {
	my ($uri, %o) = @_;
	my $body = $o{body} // '';
	return begin($o{role}) . stream(PARAMS, pairs(
	    REQUEST_METHOD => $o{method} // 'GET', REQUEST_URI => $uri,
	    CONTENT_LENGTH => $o{length} // length $body,
	    @{$o{more} // []}), $o{padding}) . stream(F_STDIN, $body, $o{padding});
}

sub dial { return IO::Socket::UNIX->new(Peer => $path) // die "$path: $!" }

# Everything to the end of the connection: stdout, whether it was ended.
sub answer {
	my ($s) = @_;
	my ($in, $out, $ended) = ('', '', 0);
	while (IO::Select->new($s)->can_read(30)) {
		last unless sysread($s, $in, 65536, length $in);
	}
	while (length $in >= 8) {
		my (undef, $type, undef, $n, $pad) = unpack('CCnnC', $in);
		last if length $in < 8 + $n + $pad;
		$out .= substr($in, 8, $n) if $type == F_STDOUT;
		$ended = 1 if $type == END_REQUEST;
		substr($in, 0, 8 + $n + $pad, '');
	}
	return ($out, $ended);
}

sub ask {
	my ($bytes) = @_;
	my $s = dial();
	syswrite($s, $bytes) // 0;
	my ($out) = answer($s);
	return $out;
}

sub status { return $_[0] =~ /^Status: (\d+)/ ? $1 : 'none' }

my $good = request('/health');

# The same process still answers.
sub alive {
	my ($name) = @_;
	my $out = ask($good);
	ok($out =~ /^Status: 200 OK\r\n.*\r\n\r\n\{"status":"ok"\}\n\z/s &&
	    kill(0, $pid) && waitpid($pid, POSIX::WNOHANG()) == 0,
	    "$name: the next request is answered") or diag($out);
}

sub try {
	my ($name, $want, $bytes) = @_;
	is(status(ask($bytes)), $want, "$name: $want");
	alive($name);
}

alive('start');

# --- F3 -------------------------------------------------------------------

{
	my $bad = 0;
	for my $at (1 .. length($good) - 1) {
		my $s = dial();
		syswrite($s, substr($good, 0, $at));
		# The handler has to have read the first part by itself.
		select(undef, undef, undef, 0.0005);
		syswrite($s, substr($good, $at));
		my ($out) = answer($s);
		$bad++ if status($out) ne 200;
	}
	is($bad, 0, 'F3 split at every byte: ' . (length($good) - 1));
	alive('F3 split at every byte');
}
{
	my $s = dial();
	syswrite($s, $_) for split //, $good;
	my ($out, $ended) = answer($s);
	is(status($out), 200, 'F3 a byte at a time');
	ok($ended, 'F3 ended by a record');
}
try('F3 padding of 255', 200, request('/health', padding => 255));
try('F3 duplicate parameters: one of them counts', 200,
    request('/health', more => [REQUEST_URI => '/nowhere']));
try('F3 10,000 parameters', 200,
    request('/health', more => [map { ("P$_", 'v') } 1 .. 10000]));
try('F3 a name of 64 KB', 200,
    request('/health', more => ['N' x 65536, 'v']));
try('F3 a value of 64 KB', 200, request('/health', more => [V => 'v' x 65536]));
try('F3 an empty name', 200, request('/health', more => ['', '']));
try('F3 NUL in a value: cut there', 200, request("/health\0/nowhere"));
try('F3 NUL in a name', 404,
    begin() . stream(PARAMS, pairs("REQUEST_URI\0X" => '/health',
	REQUEST_URI => '/x', REQUEST_METHOD => 'GET')) . stream(F_STDIN, ''));
try('F3 FILTER', 501, request('/health', role => 3) . stream(DATA, ''));
try('F3 AUTHORIZER', 501, begin(2) . stream(PARAMS, pairs(
    REQUEST_METHOD => 'GET', REQUEST_URI => '/health')));

for my $case (['nothing at all', ''], ['half a header', substr($good, 0, 5)],
    ['no parameters', begin()],
    ['half of the parameters', substr($good, 0, 40)],
    ['a wrong version', "\x02" . substr($good, 1)],
    ['an unknown type first', record(77, 'x')],
    ['a length that runs over the record', begin() .
	record(PARAMS, "\xff\xff\xff\xffab") . record(PARAMS, '')],
    ['a name length of 2 GB', begin() .
	record(PARAMS, "\xff\xff\xff\xff\xff\xff\xff\xffab")],
    ['noise', pack('C*', map { ($_ * 167 + 13) % 256 } 1 .. 4000)]) {
	my $s = dial();
	syswrite($s, $case->[1]) if length $case->[1];
	shutdown($s, 1);
	my ($out) = answer($s);
	isnt(status($out), 200, "F3 $case->[0]: no document");
	alive("F3 $case->[0]");
}
{
	my $s = dial();
	syswrite($s, begin() . record(PARAMS, pairs(REQUEST_METHOD => 'POST'))
	    . record(ABORT, ''));
	shutdown($s, 1);
	answer($s);
	alive('F3 ABORT_REQUEST among the parameters');
	$s = dial();
	syswrite($s, begin() . stream(PARAMS, pairs(REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/health', CONTENT_LENGTH => 9)) .
	    record(F_STDIN, 'abc') . record(ABORT, ''));
	answer($s);
	alive('F3 ABORT_REQUEST in the body');
	$s = dial();
	syswrite($s, $good . $good);
	my ($out) = answer($s);
	is(() = $out =~ /^Status: /mg, 1,
	    'F3 two requests at once on a connection: the first is answered');
	alive('F3 two requests at once');
}

# --- F1 F2 F4 F5 F11 F13 ----------------------------------------------------

try("F1 CONTENT_LENGTH '$_'", 400, request('/health', length => $_))
    for '-1', '+5', ' 5', '0x5', '99999999999999999999', '1e3';
try('F1 absent', 200, begin() . stream(PARAMS, pairs(REQUEST_METHOD => 'GET',
    REQUEST_URI => '/health')) . stream(F_STDIN, ''));
try('F1 smaller than the body', 200,
    request('/health', body => 'x' x 100000, length => 0));
try('F2 a body where none belongs', 413, request('/health', body => 'x'));
try("F4 $_", 405, request('/health', method => $_))
    for 'POST', 'OPTIONS', 'PUT', 'TRACE', 'get', '', 'G' x 40960;
{
	my $out = ask(request('/health', method => 'HEAD'));
	like($out, qr/^Status: 200 .*Content-Length: 16\r\n.*\r\n\r\n\z/s,
	    'F4 HEAD: the length, no body');
}
try("F5 $_", 404, request($_))
    for '//health', '/health/', '/HEALTH', '/1.0/%68ealth',
    '/1.0/../1.0/health', '/health;x', '/1.0', '/';
try("F5 $_", 200, request($_)) for '/1.0/health', '/health?x=%00', '/health?';
{
	my $out = ask(request('/health', more => [HTTP_X_REQUEST_ID =>
	    "a\r\nSet-Cookie: x"]));
	unlike($out, qr/Set-Cookie/, 'F11 no header from a request id');
	$out = ask(request("/root/a%0d%0aSet-Cookie:%20x"));
	is(status($out), 404, 'F11 CR LF in a path');
	unlike($out, qr/^Set-Cookie/m, 'F11 no header from a path');
	ask(request("/x\nlevel=error msg=\"forged\"\e[2J" . 'y' x 5000));
	my @lines = grep { /forged/ } split /\n/, slurp("$dir/log");
	is(@lines, 1, 'F13 one line');
	like($lines[0], qr/^time=/, 'F13 that is ours');
	unlike($lines[0], qr/[\x00-\x1f\x7f]/, 'F13 no control characters');
	cmp_ok(length $lines[0], '<', 8192, 'F13 of bounded size');
}

# --- F8, ends ---------------------------------------------------------------

{
	my $s = dial();
	syswrite($s, request('/provisioners'));
	close $s;
	alive('F8 gone before the answer');
}
# Until the process waits: poll, read.
sub await_state {
	my ($call) = @_;
	my $n = 0;
	until (slurp("/proc/$pid/wchan") =~ $call || $n++ > 2000) {
		select(undef, undef, undef, 0.005);
	}
}

for my $signal ('TERM', 'HUP') {
	my $began = time;
	await_state(qr/poll/);
	kill $signal, $pid;
	waitpid $pid, 0;
	is($?, 0, "SIG$signal while waiting: ends with 0");
	cmp_ok(time - $began, '<', 20, "SIG$signal while waiting: at once");
	($pid, $path) = start('roots', 0);
	alive("after SIG$signal");

	my $s = dial();
	syswrite($s, substr($good, 0, 30));
	await_state(qr/sock|unix|skb/);
	kill $signal, $pid;
	syswrite($s, substr($good, 30));
	my ($out) = answer($s);
	is(status($out), 200, "SIG$signal in a request: it is answered");
	waitpid $pid, 0;
	is($?, 0, "SIG$signal in a request: ends with 0");
	($pid, $path) = start('roots', 0);
	alive("again after SIG$signal");
}
kill 'TERM', $pid;
waitpid $pid, 0;
($pid, $path) = start('roots', 3);
alive('the socket on descriptor 3');
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, 'the socket on descriptor 3: ends with 0');

# --- time -------------------------------------------------------------------

# With a limit of one second, each time on the same socket: as a supervisor
# does, a new worker follows the one that was ended.
{
	local $ENV{STEPC_REQUEST_SECONDS} = 1;
	my $body = begin() . stream(PARAMS, pairs(REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/sign', CONTENT_LENGTH => 1000));
	$path = "$dir/slow.sock";
	my $l = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die $!;
	for my $case (['in the parameters', substr($good, 0, 40)],
	    ['in the body', $body . record(F_STDIN, 'x' x 500)],
	    ['in the head of a record', $body . "\1"]) {
		my ($name, $bytes) = @$case;
		($pid) = start('sign', 0, $l);
		my $s = dial();
		syswrite($s, $bytes);
		# The next one waits behind it.
		my $next = dial();
		syswrite($next, $good);
		my ($out) = answer($s);
		is($out, '', "F2 stalled $name: dropped");
		waitpid $pid, 0;
		is($?, POSIX::SIGALRM(), "F2 stalled $name: by the limit");
		($pid) = start('sign', 0, $l);
		($out) = answer($next);
		isnt(status($out), 'none', "F2 stalled $name: the next request");
		kill 'TERM', $pid;
		waitpid $pid, 0;
		is($?, 0, "F2 stalled $name: nothing else to end it");
	}
	($pid) = start('sign', 0, $l);
	my $s = dial();
	syswrite($s, $body);
	for (1 .. 1000) {
		last unless syswrite($s, record(F_STDIN, 'x'));
		last if IO::Select->new($s)->can_read(0.02);
	}
	waitpid $pid, 0;
	is($?, POSIX::SIGALRM(), 'F2 a byte now and then: the limit holds');
	for my $wrong ('0', '61', '1s') {
		local $ENV{STEPC_REQUEST_SECONDS} = $wrong;
		($pid) = start('roots', 0, $l);
		waitpid $pid, 0;
		is($? >> 8, 1, "STEPC_REQUEST_SECONDS=$wrong is refused");
	}
}

# --- plain CGI ----------------------------------------------------------------

{
	local @ENV{qw(REQUEST_METHOD REQUEST_URI)} = ('GET', '/1.0/health');
	my $out = `$build/handlers/roots 2>>$dir/log </dev/null`;
	is($?, 0, 'CGI: exit status');
	like($out, qr/^Status: 200 OK\r\n.*\r\n\r\n\{"status":"ok"\}\n\z/s,
	    'CGI: answer');
	local @ENV{qw(REQUEST_METHOD REQUEST_URI CONTENT_LENGTH)} =
	    ('POST', '/sign', 2);
	$out = `printf '{}' | $build/handlers/sign 2>>$dir/log`;
	like($out, qr/^Status: 400 .*: missing csr\./s, 'CGI: with a body');
}
unlike(slurp("$dir/log"), qr/Sanitizer|runtime error:/,
    'no sanitizer report');
done_testing();
