/*
 * crypto key format.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "client/command.h"
#include "client/crypto/any_key.h"
#include "client/crypto/crypto_jwk.h"
#include "client/crypto/crypto_key.h"
#include "crypto/cert.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "crypto/ssh_key.h"

static const struct sc_opt options[] = {
    {.name = "pem",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "write PEM; the default for all that is not PEM"},
    {.name = "der",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "write DER, never encrypted; the default for PEM"},
    {.name = "ssh",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "write a line as in authorized_keys; public keys only"},
    {.name = "jwk",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "write a JWK"},
    {.name = "pkcs8",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "PKCS #8 for private EC and RSA keys in PEM and DER, too"},
    {.name = "out",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the key to FILE"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of the key, old and new"},
    {.name = "no-password",
	.kind = SC_OPT_BOOL,
	.help = "do not encrypt the private key"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "allow what puts a key at risk"},
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.help = "overwrite files without asking"},
    SC_OPT_END};

/* In the order of enum sc_key_form. */
static const char *const forms[] = {"pem", "der", "ssh", "jwk"};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static int
check(const struct sc_args *a, struct sc_error *e)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < FORMS; i++)
		for (k = i + 1; r == 0 && k < FORMS; k++)
			r = sc_args_check_conflict(a, forms[i], forms[k], e);
	if (r == 0 && sc_args_bool(a, "no-password"))
		r = sc_args_check_insecure(a, "no-password", e);
	return r;
}

static enum sc_key_form
choose(const struct sc_args *a, enum sc_key_form from)
{
	size_t i;

	for (i = 0; i < FORMS; i++)
		if (sc_args_bool(a, forms[i]))
			return (enum sc_key_form)i;
	return from == SC_FORM_PEM ? SC_FORM_DER : SC_FORM_PEM;
}

/* *pw NULL: not to be encrypted. */
static int
new_password(const struct sc_args *a, char **pw, struct sc_error *e)
{
	int r;

	*pw = NULL;
	if (sc_args_bool(a, "no-password"))
		return 0;
	r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter the password to encrypt the private key", pw, e);
	if (r == 0 && **pw == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "password must not be empty");
	return r;
}

static int
private_pem(const struct sc_args *a, const struct sc_key *key, const char *pw,
    char **out, struct sc_error *e)
{
	if (sc_args_bool(a, "pkcs8"))
		return sc_key_to_pkcs8_pem(key, pw, out, e);
	return sc_key_to_pem(key, pw, out, e);
}

static int
put_pem(const struct sc_args *a, const struct sc_key *key, struct sc_buf *b,
    struct sc_error *e)
{
	char *pem = NULL, *pw = NULL;
	int r;

	if (!sc_key_is_private(key)) {
		r = sc_key_public_to_pem(key, &pem);
		if (r != 0)
			return sc_fail_nomem(e);
	} else {
		r = new_password(a, &pw, e);
		if (r == 0)
			r = private_pem(a, key, pw, &pem, e);
	}
	if (r == 0)
		(void)sc_buf_puts(b, pem);
	sc_free_secret(pem);
	sc_free_secret(pw);
	return r;
}

static int
put_der(const struct sc_args *a, const struct sc_key *key, struct sc_buf *b,
    struct sc_error *e)
{
	char *pem = NULL, *label = NULL;
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (sc_key_is_private(key)) {
		r = private_pem(a, key, NULL, &pem, e);
		if (r == 0)
			r = sc_pem_to_der(
			    pem, strlen(pem), &der, &n, &label, e);
	} else {
		r = sc_key_to_spki(key, &der, &n);
		if (r != 0)
			return sc_fail_nomem(e);
	}
	if (r == 0)
		(void)sc_buf_put(b, der, n);
	sc_freezero(der, n);
	free(label);
	sc_free_secret(pem);
	return r;
}

static int
put_ssh(const struct sc_key *key, struct sc_buf *b, struct sc_error *e)
{
	struct sc_ssh_key *ssh = NULL;
	char *line = NULL;
	int r;

	if (sc_key_is_private(key))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "private keys in OpenSSH's format are read, not written; "
		    "ssh reads PEM as well");
	r = sc_ssh_key_new(key, &ssh, e);
	if (r == 0 && sc_ssh_key_to_line(ssh, NULL, &line) != 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		(void)sc_buf_putf(b, "%s\n", line);
	free(line);
	sc_ssh_key_free(ssh);
	return r;
}

static int
put_jwk(const struct sc_args *a, struct sc_key *key, struct sc_buf *b,
    struct sc_error *e)
{
	char *plain = NULL, *pw = NULL, *jwe = NULL;
	bool private = sc_key_is_private(key);
	struct sc_jwk *j = NULL;
	int r;

	r = sc_jwk_from_key(key, &j, e);
	if (r == 0 && private)
		r = new_password(a, &pw, e);
	if (r == 0)
		r = sc_jwk_text(j, private, "  ", &plain, e);
	if (r == 0 && pw != NULL)
		r = sc_jwe_encrypt(
		    pw, "jwk+json", plain, strlen(plain), 0, &jwe, e);
	if (r == 0)
		(void)sc_buf_putf(b, "%s\n", jwe != NULL ? jwe : plain);
	free(jwe);
	sc_free_secret(plain);
	sc_free_secret(pw);
	sc_jwk_free(j);
	return r;
}

static int
put(const struct sc_args *a, struct sc_key *key, enum sc_key_form to,
    struct sc_buf *b, struct sc_error *e)
{
	int r;

	switch (to) {
	case SC_FORM_PEM:
		r = put_pem(a, key, b, e);
		break;
	case SC_FORM_DER:
		r = put_der(a, key, b, e);
		break;
	case SC_FORM_SSH:
		r = put_ssh(key, b, e);
		break;
	default:
		r = put_jwk(a, key, b, e);
	}
	if (r == 0 && sc_buf_error(b) != 0)
		r = sc_fail_nomem(e);
	return r;
}

static int
format(struct sc_args *a, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_PEM_FILE);
	struct sc_key *key = NULL;
	enum sc_key_form from;
	int r;

	r = check(a, e);
	if (r == 0)
		r = sc_any_key_load(sc_crypto_key_file(a),
		    sc_args_str(a, "password-file"), &key, &from, e);
	if (r == 0)
		r = put(a, key, choose(a, from), b, e);
	if (r == 0)
		r = sc_crypto_key_out(
		    a, "Your key", sc_buf_data(b), sc_buf_len(b), e);
	sc_key_free(key);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_crypto_key_format = {.name = "format",
    .args = "[<key-file>]",
    .help = "convert a key to another format",
    .notes = "PEM becomes DER, anything else PEM, unless a flag says what.",
    .max_args = 1,
    .options = {options},
    .run = format};
