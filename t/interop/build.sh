#!/bin/sh
# build.sh FOLDER: builds FOLDER/reference of the Go packages that Debian has
# of the reference (golang-github-smallstep-certificates-dev).  Exits with 77
# and says what to install when they are not there; the cache for the next time
# stays in FOLDER.

set -eu
src=$(cd "$(dirname "$0")/reference" && pwd)
gopath=${STEPC_GOPATH:-/usr/share/gocode}
command -v go >/dev/null || {
	echo "no go: install golang-go"
	exit 77
}
[ -d "$gopath/src/github.com/smallstep/certificates/ca" ] || {
	echo "no reference: install golang-github-smallstep-certificates-dev"
	exit 77
}
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$src"
export GO111MODULE=off GOPATH="$gopath" GOPROXY=off GOENV=off \
	GOFLAGS=-buildvcs=false GOCACHE="$out/cache"
exec go build -o "$out/reference" . </dev/null
