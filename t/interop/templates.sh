#!/bin/sh
# The table of templates against its origin: Go's text/template with sprig.
# With --write the results there become the table's.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
gopath=${STEPC_GOPATH:-/usr/share/gocode}

if ! command -v go >/dev/null 2>&1; then
	echo "1..0 # SKIP no go: install golang-go"
	exit 0
fi
if ! [ -d "$gopath/src/github.com/Masterminds/sprig" ]; then
	echo "1..0 # SKIP no sprig: install golang-github-masterminds-sprig-dev"
	exit 0
fi

tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepc-templates.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
GO111MODULE=off GOPATH=$gopath GOCACHE=$tmp/cache go build -o "$tmp/run" \
	"$srcdir/t/interop/templates/main.go" >"$tmp/log" 2>&1 || {
	sed 's/^/# /' "$tmp/log"
	echo "Bail out! the Go program does not build"
	exit 1
}

TZ=UTC python3 - "$tmp/run" "$srcdir/t/cases/templates" "$@" <<'END'
import glob, json, os, subprocess, sys

program, folder = sys.argv[1:3]
write = sys.argv[3:] == ["--write"]
files = sorted(glob.glob(os.path.join(folder, "*.json")))
print("1..%d" % len(files))
failed = False
for number, path in enumerate(files, 1):
    with open(path) as f:
        cases = json.load(f)
    told = json.loads(subprocess.run([program], input=json.dumps(cases),
        capture_output=True, text=True, check=True).stdout)
    same = True
    for case, go in zip(cases, told):
        if go.get("output") != case.get("output"):
            same = False
            print("# %s: Go has %r" % (case["template"], go.get("output")))
            case.pop("output", None)
            case.pop("error", None)
            if go.get("output") is None:
                case["error"] = True
            else:
                case["output"] = go["output"]
    if write and not same:
        with open(path, "w") as f:
            f.write("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
    failed = failed or not same
    print("%s %d - %s: %d cases" % ("ok" if same else "not ok", number,
        os.path.basename(path), len(cases)))
sys.exit(failed)
END
