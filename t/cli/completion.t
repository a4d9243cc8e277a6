#!/usr/bin/perl
# stepc completion bash: what a shell offers at any place of the line; that it
# knows every command and flag that help shows.
use strict;
use warnings;
use Test::More;
use StepcRun;

plan skip_all => 'no bash' if !have('bash');

my ($rc, $script, $err) = stepc(qw(completion bash));
is($rc, 0, 'a script') or diag $err;
spew('completion', $script);
is_deeply([run('', qw(bash -n completion))], [0, '', ''], 'bash reads it');
SKIP: {
    skip 'no shellcheck', 1 if !have('shellcheck');
    my ($bad, $said) = run('', qw(shellcheck completion));
    is($bad, 0, 'shellcheck has nothing against it') or diag $said;
}
($rc, undef, $err) = stepc(qw(completion fish));
is("$rc $err", "1 no completion for 'fish'; there is one for bash\n",
    'another shell is refused');

spew('ask.sh', <<'END');
. ../completion
while read -r line; do
    IFS=' ' read -ra COMP_WORDS <<<"$line"
    [[ $line == *. ]] && COMP_WORDS[-1]=${COMP_WORDS[-1]%.}
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    _stepc
    echo "${COMPREPLY[*]}"
done
END

# What is offered for each line; a full stop ends the word at the cursor.
mkdir 'here';
chdir 'here' or die;
spew($_, '') for qw(a.crt b.key);

sub offered {
    my ($bad, $out, $why) =
        run(join('', map { "$_\n" } @_), qw(bash ../ask.sh));
    is("$bad $why", '0 ', 'no complaint');
    return split /\n/, $out, -1;
}

my @case = (
    ['stepc c.', 'ca certificate crl crypto completion'],
    ['stepc ca to.', 'token'],
    ['stepc crypto jwk .', 'create public thumbprint keyset --config --help'],
    ['stepc nosuch cr.', 'crl crypto'],
    ['stepc ca token --se.', '--set --set-file'],
    ['stepc ca token a --cnf-file a.crt --se.', '--set --set-file'],
    # a value that is called like a command
    ['stepc ca token --issuer ca --se.', '--set --set-file'],
    ['stepc ca token ca --se.', '--set --set-file'],
    ['stepc --config x ca to.', 'token'],
    ['stepc ca health .', '--ca-url --root --timeout --config --help'],
    # values
    ['stepc ca certificate --kty .', 'EC RSA OKP'],
    ['stepc ca certificate --kty R.', 'RSA'],
    ['stepc ca certificate --kty = R.', 'RSA'],
    ['stepc ca certificate --kty =.', 'EC RSA OKP'],
    ['stepc certificate inspect a.crt --format .', 'text json pem'],
    ['stepc ca certificate --root a.', 'a.crt'],
    ['stepc ca certificate --force a.', 'a.crt'],
    ['stepc ca certificate a.example b.', 'b.key'],
    ['stepc certificate inspect .', 'a.crt b.key'],
    # words without flags and files
    ['stepc help cr.', 'crl crypto'],
    ['stepc help ca to.', 'token'],
    ['stepc help ca token .', ''],
    ['stepc completion .', 'bash'],
    ['stepc path .', '--base --config --help'],
);
my @got = offered(map { $_->[0] } @case);
is(join(' ', sort split / /, $got[$_]),
    join(' ', sort split / /, $case[$_][1]), "'$case[$_][0]'")
    for 0 .. $#case;

# Every command and flag that help shows is offered.
my (@line, @want);

sub section {
    my ($text, $name) = @_;
    return $text =~ /^$name\n((?:  .*\n|\n(?=  ))*)/m ? $1 : '';
}

sub walk {
    my (@path) = @_;
    my (undef, $help) = stepc('help', @path);
    for my $flag (section($help, 'FLAGS') =~ /(?:^|[ ,])(--[a-z][a-z0-9-]*)/mg)
    {
        push @line, join ' ', 'stepc', @path, "$flag.";
        push @want, $flag;
    }
    for my $sub (section($help, 'COMMANDS') =~ /^  ([a-z][a-z-]*) /mg) {
        push @line, join ' ', 'stepc', @path, "$sub.";
        push @want, $sub;
        walk(@path, $sub);
    }
}
walk();
cmp_ok(scalar @line, '>', 300, 'commands and flags of help');
@got = offered(@line);
my @missing = grep { " $got[$_] " !~ / \Q$want[$_]\E / } 0 .. $#line;
is(join("\n", map { $line[$_] } @missing), '', 'each of them is offered');

chdir $dir or die;
done_testing();
