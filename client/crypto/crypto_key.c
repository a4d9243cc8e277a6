/*
 * crypto key: public, inspect, fingerprint.
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/encoding.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/any_key.h"
#include "client/crypto/crypto_key.h"
#include "crypto/der.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "crypto/ssh_key.h"

#define A_LINE 16 /* bytes shown in one */

/* --- files ------------------------------------------------------------ */

const char *
sc_crypto_key_file(const struct sc_args *a)
{
	return sc_args_pos(a, 0) != NULL ? sc_args_pos(a, 0) : "-";
}

int
sc_crypto_key_input(
    const struct sc_args *a, char **out, size_t *n, struct sc_error *e)
{
	const char *file = sc_crypto_key_file(a);

	if (sc_streq(file, "-"))
		return sc_fd_read(0, SC_MAX_SIGNED_FILE, out, n, e);
	return sc_file_read(file, SC_MAX_SIGNED_FILE, out, n, e);
}

int
sc_crypto_key_out(const struct sc_args *a, const char *what, const void *p,
    size_t n, struct sc_error *e)
{
	const char *out = sc_args_str(a, "out");
	struct stat st;
	mode_t mode = 0600;
	int r;

	if (out == NULL) {
		if (fwrite(p, 1, n, stdout) != n || fflush(stdout) != 0)
			return sc_fail(e, SC_ERR_IO, "cannot write to stdout");
		return 0;
	}
	if (stat(sc_crypto_key_file(a), &st) == 0)
		mode = st.st_mode & 0777;
	r = sc_output_write(out, p, n, mode, sc_args_bool(a, "force"), e);
	if (r == 0)
		sc_ui_info("%s has been saved in %s.", what, out);
	return r;
}

static int
load(const struct sc_args *a, struct sc_key **key, struct sc_error *e)
{
	return sc_any_key_load(sc_crypto_key_file(a),
	    sc_args_str(a, "password-file"), key, NULL, e);
}

/* --- public ----------------------------------------------------------- */

static const struct sc_opt public_options[] = {
    {.name = "out",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the key to FILE"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of the key"},
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.help = "overwrite files without asking"},
    SC_OPT_END};

static int public(struct sc_args *a, struct sc_error *e)
{
	struct sc_key *key = NULL;
	char *pem = NULL;
	int r;

	r = load(a, &key, e);
	if (r == 0 && sc_key_public_to_pem(key, &pem) != 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = sc_crypto_key_out(a, "The public key", pem, strlen(pem), e);
	free(pem);
	sc_key_free(key);
	return r;
}

/* --- inspect ---------------------------------------------------------- */

static const struct sc_opt inspect_options[] = {
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of the key"},
    SC_OPT_END};

/* Members of the JWK and what they are called. */
struct part {
	const char *member, *name;
	bool padded; /* to the size of the key */
};
static const struct part ec_parts[] = {
    {"x", "X", true}, {"y", "Y", true}, {"d", "D", true}};
static const struct part okp_parts[] = {
    {"x", "Public", true}, {"d", "Private", true}};
static const struct part rsa_parts[] = {{"d", "Private Exponent", true},
    {"p", "Prime #1", false}, {"q", "Prime #2", false},
    {"dp", "Exponent #1", false}, {"dq", "Exponent #2", false},
    {"qi", "Coefficient", false}};
static const struct part rsa_modulus = {"n", "Modulus", true};

static void
print_bytes(const char *name, const uint8_t *p, size_t n, size_t pad)
{
	size_t i;

	printf("%s:", name);
	for (i = 0; i < pad + n; i++)
		printf("%s%02x%s", i % A_LINE == 0 ? "\n    " : "",
		    i < pad ? 0 : p[i - pad], i + 1 < pad + n ? ":" : "");
	putchar('\n');
}

/* Nothing when the JWK has no such member. */
static int
print_part(struct json_object *jwk, const struct part *part, size_t size,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(jwk, part->member);
	uint8_t *bytes = NULL, *p;
	size_t n;

	if (v == NULL)
		return 0;
	if (sc_b64_decode(SC_B64_URL, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &bytes, &n) != 0)
		return sc_fail_nomem(e);
	for (p = bytes; n > 0 && *p == 0; p++)
		n--;
	print_bytes(part->name, p, n, part->padded && n < size ? size - n : 0);
	sc_freezero(bytes, n + (size_t)(p - bytes));
	return 0;
}

static int
print_parts(struct json_object *jwk, const struct part *parts, size_t count,
    size_t size, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = print_part(jwk, &parts[i], size, e);
	return r;
}

static int
print_exponent(struct json_object *jwk, bool private, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(jwk, "e");
	unsigned long long x = 0;
	uint8_t *bytes = NULL;
	size_t i, n = 0;

	if (sc_b64_decode(SC_B64_URL, json_object_get_string(v),
		(size_t)json_object_get_string_len(v), &bytes, &n) != 0)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++)
		x = x << 8 | bytes[i];
	printf("%sExponent: %llu (0x%llx)\n", private ? "Public " : "", x, x);
	free(bytes);
	return 0;
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int
print_key(const struct sc_key *key, struct json_object *jwk, struct sc_error *e)
{
	bool private = sc_key_is_private(key);
	unsigned bits = sc_key_bits(key);
	size_t size = (bits + 7) / 8;
	int r;

	switch (sc_key_type(key)) {
	case SC_KEY_EC:
		/* As the reference words it. */
		printf("EC %s-Key: (%u bit)\n",
		    private ? "PrivateKey" : "Public", bits);
		r = print_parts(jwk, ec_parts, COUNT(ec_parts), size, e);
		if (r == 0)
			printf("Curve: %s\n", sc_key_curve(key));
		return r;
	case SC_KEY_ED25519:
		printf("Ed25519 %s-Key: (%d bit)\n",
		    private ? "Private" : "Public", private ? 512 : 256);
		return print_parts(jwk, okp_parts, COUNT(okp_parts), 32, e);
	default:
		printf("RSA %s-Key: (%u bit)\n", private ? "Private" : "Public",
		    bits);
		r = print_part(jwk, &rsa_modulus, size, e);
		if (r == 0)
			r = print_exponent(jwk, private, e);
		return r != 0
		    ? r
		    : print_parts(jwk, rsa_parts, COUNT(rsa_parts), size, e);
	}
}

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	struct json_object *obj = NULL;
	struct sc_key *key = NULL;
	struct sc_jwk *j = NULL;
	int r;

	r = load(a, &key, e);
	if (r == 0)
		r = sc_jwk_from_key(key, &j, e);
	if (r == 0)
		r = sc_jwk_format(j, sc_key_is_private(key), &obj, e);
	if (r == 0)
		r = print_key(key, obj, e);
	json_object_put(obj);
	sc_jwk_free(j);
	sc_key_free(key);
	return r;
}

/* --- fingerprint ------------------------------------------------------ */

static const struct sc_opt fingerprint_options[] = {
    {.name = "pkix",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "of the whole SubjectPublicKeyInfo"},
    {.name = "ssh",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "of the key as SSH writes it"},
    {.name = "sha1",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "SHA-1, in hexadecimal: an X.509 key identifier"},
    {.name = "raw",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print the bytes themselves, for other hashes"},
    {.name = "format",
	.arg = "FORMAT",
	.flags = SC_OPT_LINE_ONLY,
	.choices = SC_ENCODINGS,
	.help = "base64 (default), hex, base64-url, base64-raw, "
		"base64-url-raw or emoji"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of the key"},
    SC_OPT_END};

/* What is hashed; malloc'ed. */
static int
key_bytes(const struct sc_args *a, const struct sc_key *key, uint8_t **out,
    size_t *n, struct sc_error *e)
{
	struct sc_ssh_key *ssh = NULL;
	struct sc_der d, spki, skip, bits;
	const uint8_t *blob;
	uint8_t *der = NULL;
	int r;

	if (sc_args_bool(a, "ssh")) {
		if ((r = sc_ssh_key_new(key, &ssh, e)) != 0)
			return r;
		blob = sc_ssh_key_blob(ssh, n);
		if ((*out = malloc(*n)) != NULL)
			memcpy(*out, blob, *n);
		sc_ssh_key_free(ssh);
		return *out != NULL ? 0 : sc_fail_nomem(e);
	}
	if (sc_key_to_spki(key, &der, n) != 0)
		return sc_fail_nomem(e);
	d = (struct sc_der){der, *n};
	if (!sc_args_bool(a, "pkix") &&
	    sc_der_get(&d, SC_DER_SEQUENCE, &spki) &&
	    sc_der_get(&spki, SC_DER_SEQUENCE, &skip) &&
	    sc_der_get(&spki, SC_DER_BIT_STRING, &bits) && bits.n > 0) {
		/* Without the octet that counts unused bits. */
		*n = bits.n - 1;
		memmove(der, bits.p + 1, *n);
	}
	*out = der;
	return 0;
}

static int
print_fingerprint(
    const struct sc_args *a, const uint8_t *p, size_t n, struct sc_error *e)
{
	bool sha1 = sc_args_bool(a, "sha1");
	const char *format = sc_args_str(a, "format");
	uint8_t sum[64];
	size_t len;
	char *text;

	if (sc_digest(sha1 ? SC_SHA1 : SC_SHA256, p, n, sum, &len) != 0)
		return sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	if (format == NULL)
		format = sha1 ? "hex" : "base64";
	text = sc_encode(format, sum, len);
	if (text == NULL)
		return sc_fail_nomem(e);
	printf("%s:%s\n", sha1 ? "SHA1" : "SHA256", text);
	free(text);
	return 0;
}

static int
fingerprint(struct sc_args *a, struct sc_error *e)
{
	struct sc_key *key = NULL;
	uint8_t *p = NULL;
	size_t n = 0;
	int r;

	r = sc_args_check_exclusive(a, "pkix", "ssh", e);
	if (r == 0)
		r = load(a, &key, e);
	if (r == 0)
		r = key_bytes(a, key, &p, &n, e);
	if (r == 0 && sc_args_bool(a, "raw"))
		(void)fwrite(p, 1, n, stdout);
	else if (r == 0)
		r = print_fingerprint(a, p, n, e);
	free(p);
	sc_key_free(key);
	return r;
}

static const struct sc_command cmd_public = {.name = "public",
    .args = "[<key-file>]",
    .help = "print the public key of a private one",
    .max_args = 1,
    .options = {public_options},
    .run = public};

static const struct sc_command cmd_inspect = {.name = "inspect",
    .args = "[<key-file>]",
    .help = "print the numbers that a key consists of",
    .notes = "Of a private key the secret ones, too.",
    .max_args = 1,
    .options = {inspect_options},
    .run = inspect};

static const struct sc_command cmd_fingerprint = {.name = "fingerprint",
    .args = "[<key-file>]",
    .help = "print the fingerprint of a public key",
    .notes = "A private key and its public one, a certificate and a request "
	     "for it have the same.",
    .max_args = 1,
    .options = {fingerprint_options},
    .run = fingerprint};

static const struct sc_command *const subs[] = {&sc_cmd_crypto_key_format,
    &cmd_public, &cmd_inspect, &cmd_fingerprint, &sc_cmd_crypto_key_sign,
    &sc_cmd_crypto_key_verify, NULL};

const struct sc_command sc_cmd_crypto_key = {.name = "key",
    .help = "show and convert keys, sign with them",
    .subs = subs};
