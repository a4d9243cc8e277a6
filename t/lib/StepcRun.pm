# What the tests of stepc's commands share: an empty $STEPPATH, running a
# command without a terminal, files.
package StepcRun;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Temp qw(tempdir);
use POSIX ();

our @EXPORT = qw($stepc $src $dir run stepc terminal slurp spew mode have edit);
our $src = abs_path($ENV{top_srcdir} // '.');
our $stepc = abs_path(($ENV{top_builddir} // '.') . '/stepc');
our $dir = tempdir(CLEANUP => 1);

chdir $dir or die "$dir: $!";
delete @ENV{grep /^STEP/, keys %ENV};
$ENV{HOME} = $dir;
$ENV{STEPPATH} = "$dir/step";
$ENV{NO_COLOR} = 1;
umask 022;

# Run a command with text on stdin and no terminal: (status, stdout, stderr).
sub run {
    my ($in, @cmd) = @_;
    spew("$dir/.in", $in);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        POSIX::setsid();
        open STDIN, '<', "$dir/.in" or die;
        open STDOUT, '>', "$dir/.out" or die;
        open STDERR, '>', "$dir/.err" or die;
        exec @cmd or die "$cmd[0]: $!";
    }
    waitpid $pid, 0;
    my $rc = $? & 127 ? "signal $?" : $? >> 8;
    return ($rc, slurp("$dir/.out"), slurp("$dir/.err"));
}

sub stepc { return run('', $stepc, @_) }

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
    close $fh or die "$path: $!";
    return $path;
}

# Replace in a file; dies when there was nothing to replace.
sub edit {
    my ($path, $from, $to) = @_;
    my $text = slurp($path);
    $text =~ s/$from/$to/ or die "$path: nothing like $from";
    return spew($path, $text);
}

sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

sub have {
    my ($rc) = run('', 'sh', '-c', "command -v $_[0]");
    return !$rc;
}

# Run an expect script at a terminal: (status of what it spawned, what was
# shown, stderr). "want TEXT" waits for TEXT.
sub terminal {
    my ($script) = @_;
    spew('script', <<"END");
set timeout 20
proc want {t} {
    expect {
        -ex \$t {}
        timeout { puts "NOT SEEN: \$t"; exit 9 }
        eof { puts "END, NOT SEEN: \$t"; exit 9 }
    }
}
$script
expect {
    eof {}
    timeout { puts "NO END"; exit 9 }
}
lassign [wait] a b c d
exit \$d
END
    return run('', 'expect', 'script');
}

1;
