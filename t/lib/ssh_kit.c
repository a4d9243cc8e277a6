#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "ssh_kit.h"
#include "tap.h"

bool
kit_have_ssh_keygen(void)
{
	static int have = -1;

	if (have < 0)
		have = system("command -v ssh-keygen >/dev/null 2>&1") == 0;
	return have != 0;
}

const char *
kit_ssh_keygen(const char *fmt, ...)
{
	static char out[65536];
	char args[2048], cmd[4096];
	va_list ap;
	size_t n;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(args, sizeof args, fmt, ap);
	va_end(ap);
	snprintf(cmd, sizeof cmd,
	    "cd %s && TZ=UTC ssh-keygen %s 2>.err </dev/null", tap_tempdir(),
	    args);
	f = popen(cmd, "r");
	if (f == NULL)
		return NULL;
	n = fread(out, 1, sizeof out - 1, f);
	out[n] = '\0';
	if (pclose(f) == 0)
		return out;
	tap_note(
	    "ssh-keygen %s: %s%s", args, out, tap_slurp(tap_path(".err"), &n));
	return NULL;
}

static struct {
	const char *name, *kty, *curve;
	struct sc_key *key;
	struct sc_ssh_key *pub;
} keys[] = {
    {"ed25519", "OKP", NULL, NULL, NULL},
    {"ed25519-2", "OKP", NULL, NULL, NULL},
    {"ec256", "EC", "P-256", NULL, NULL},
    {"ec384", "EC", "P-384", NULL, NULL},
    {"ec521", "EC", "P-521", NULL, NULL},
    {"rsa", "RSA", NULL, NULL, NULL},
};

/* Ed25519 in the one form that ssh-keygen reads. */
static int
generate_ed25519(const char *name, struct sc_key **key)
{
	size_t n;
	char *pem;

	if (kit_ssh_keygen("-q -N '' -t ed25519 -f %s", name) == NULL ||
	    (pem = tap_slurp(tap_path(name), &n)) == NULL)
		return SC_ERR_IO;
	return sc_key_from_pem(pem, n, name, NULL, NULL, key, NULL);
}

static int
generate(size_t i)
{
	if (strcmp(keys[i].kty, "OKP") == 0 && kit_have_ssh_keygen())
		return generate_ed25519(keys[i].name, &keys[i].key);
	return sc_key_generate(
	    keys[i].kty, keys[i].curve, 0, &keys[i].key, NULL);
}

static size_t
find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(keys[i].name, name) == 0)
			break;
	if (i == sizeof keys / sizeof keys[0])
		abort();
	if (keys[i].key == NULL &&
	    (generate(i) != 0 ||
		sc_ssh_key_new(keys[i].key, &keys[i].pub, NULL) != 0))
		abort();
	return i;
}

const struct sc_key *
kit_ssh_key(const char *name)
{
	return keys[find(name)].key;
}

const struct sc_ssh_key *
kit_ssh_public(const char *name)
{
	return keys[find(name)].pub;
}

const char *
kit_ssh_key_file(const char *name)
{
	char *pem = NULL;
	const char *path;

	if (sc_key_type(kit_ssh_key(name)) == SC_KEY_ED25519)
		return tap_path(name); /* made there */
	if (sc_key_to_pem(kit_ssh_key(name), NULL, &pem, NULL) != 0)
		abort();
	path = tap_file(name, pem, strlen(pem));
	sc_free_secret(pem);
	if (chmod(path, 0600) != 0)
		abort();
	return path;
}

struct sc_ssh_cert *
kit_ssh_cert_read(const char *name)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_ssh_cert *c = NULL;
	size_t n = 0;
	char *text = tap_slurp(tap_path(name), &n);

	if (text == NULL)
		tap_note("%s: no such file", name);
	else if (sc_ssh_cert_from_line(text, n, &c, NULL, &e) != 0)
		tap_note("%s: %s", name, e.msg);
	return c;
}
