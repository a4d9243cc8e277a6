#!/bin/sh
# Includes point downwards only (HACKING.md): a file of one layer may include
# headers of its own layer and of those below it.  TAP.

set -u
cd "${top_srcdir:-.}" || exit 99

# allowed FOLDER LAYER...: the project headers that FOLDER may include.
count=0
allowed() {
	folder=$1
	shift
	pattern=$(printf '%s|' "$@")
	bad=$(grep -rnE --include='*.[ch]' '^[ 	]*#[ 	]*include[ 	]*"[^"]*/' \
		"$folder" 2>/dev/null |
		grep -vE "\"(${pattern%|})/[^\"/]*\"" | sort)
	count=$((count + 1))
	if [ -z "$bad" ]; then
		echo "ok $count - $folder includes nothing above it"
	else
		echo "not ok $count - $folder includes nothing above it"
		printf '%s\n' "$bad" | sed 's/^/# /'
	fi
}

# only PATTERN MESSAGE FOLDER...: a library's header stays behind its layer.
only() {
	pattern=$1 message=$2
	shift 2
	bad=$(grep -rnE --include='*.[ch]' \
		"^[ 	]*#[ 	]*include[ 	]*<($pattern)" "$@" 2>/dev/null)
	count=$((count + 1))
	if [ -z "$bad" ]; then
		echo "ok $count - $message"
	else
		echo "not ok $count - $message"
		printf '%s\n' "$bad" | sed 's/^/# /'
	fi
}

echo "1..12"
allowed common/base base
allowed common/crypto crypto base
allowed common/store store crypto base
allowed common/config config store crypto base
allowed common/provisioner provisioner config store crypto base
allowed common/authority authority provisioner config store crypto base
allowed common/web web authority provisioner config store crypto base
allowed handlers handlers web authority provisioner config store crypto base
allowed client client authority provisioner config store crypto base
only 'fcgi' 'nothing outside common/web knows libfcgi' \
	common/base common/crypto common/store common/config \
	common/provisioner common/authority handlers client
only 'gdbm' 'nothing outside common/store knows GDBM' \
	common/base common/crypto common/config common/provisioner \
	common/authority common/web handlers client
only 'openssl|fcgi|gdbm' 'handlers know no OpenSSL, libfcgi or GDBM' handlers
