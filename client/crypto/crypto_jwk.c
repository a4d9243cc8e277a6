#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/crypto_jwk.h"
#include "client/cli/jose_key.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

/* --- create ----------------------------------------------------------- */

static const struct sc_opt create_options[] = {
    {.name = "alg",
	.alias = "algorithm",
	.arg = "ALG",
	.help = "algorithm the key is for; default by type and use"},
    {.name = "use",
	.arg = "USE",
	.help = "what the key is for",
	.def = "sig",
	.choices = "sig, enc"},
    {.name = "kid", .arg = "ID", .help = "key id; default is the thumbprint"},
    {.name = "from-pem",
	.arg = "FILE",
	.help = "take the key of this PEM file instead of making one"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to encrypt the private key"},
    {.name = "no-password",
	.kind = SC_OPT_BOOL,
	.help = "do not encrypt the private key"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "allow what puts a key at risk"},
    /* The reference asks for it with certificates, which we always read. */
    {.name = "subtle", .kind = SC_OPT_BOOL, .flags = SC_OPT_HIDDEN},
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.help = "overwrite files without asking"},
    SC_OPT_END};

static int
create_check(const struct sc_args *a, struct sc_error *e)
{
	int r;

	if ((r = sc_args_check_distinct(
		 a, 0, 1, "public-jwk-file", "private-jwk-file", e)) != 0 ||
	    (r = sc_args_check_conflict(
		 a, "no-password", "password-file", e)) != 0)
		return r;
	if (sc_args_bool(a, "no-password") &&
	    (r = sc_args_check_insecure(a, "no-password", e)) != 0)
		return r;
	return sc_key_options_check(a, e);
}

/* Algorithms for keys of use "enc"; the first of a type is its default. */
static const char *
default_enc_alg(const struct sc_key *k)
{
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		return "RSA-OAEP-256";
	case SC_KEY_EC:
		return "ECDH-ES";
	default:
		return NULL;
	}
}

static int
set_alg(struct sc_jwk *j, const char *alg, struct sc_error *e)
{
	const char *const *fit = sc_jws_algs_for_key(j->key);

	if (sc_streq(j->use, "sig")) {
		while (alg != NULL && *fit != NULL && !sc_streq(*fit, alg))
			fit++;
		if (*fit == NULL)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "alg '%s' is not compatible with this key", alg);
	} else if (alg == NULL) {
		alg = default_enc_alg(j->key);
		if (alg == NULL)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "an Ed25519 key cannot be used for encryption");
	}
	if (alg == NULL)
		return 0;
	free(j->alg);
	j->alg = sc_strdup(alg);
	return j->alg != NULL ? 0 : sc_fail_nomem(e);
}

/* The key of --from-pem, or a new one, with the members of the flags. */
static int
create_jwk(const struct sc_args *a, struct sc_jwk **out, struct sc_error *e)
{
	struct sc_jose_want want = {.password_file = NULL};
	struct sc_jose_key from = {0};
	struct sc_key *key = NULL;
	const char *pem = sc_args_str(a, "from-pem");
	const char *kid = sc_args_str(a, "kid");
	struct sc_jwk *j;
	int r;

	if (pem != NULL) {
		r = sc_jose_key_load(pem, &want, &from, e);
		if (r == 0)
			key = sc_key_dup(from.jwk->key);
		sc_jose_key_clear(&from);
	} else
		r = sc_key_options_make(a, &key, e);
	if (r == 0)
		r = sc_jwk_from_key(key, out, e);
	sc_key_free(key);
	if (r != 0)
		return r;
	j = *out;
	free(j->use);
	j->use = sc_strdup(sc_args_str(a, "use"));
	if (kid != NULL && *kid != '\0') {
		free(j->kid);
		j->kid = sc_strdup(kid);
	}
	if (j->use == NULL || j->kid == NULL)
		return sc_fail_nomem(e);
	return set_alg(j, sc_args_str(a, "alg"), e);
}

int
sc_jwk_text(const struct sc_jwk *j, int private, const char *indent, char **out,
    struct sc_error *e)
{
	struct json_object *obj;
	struct sc_buf *b;
	int r;

	*out = NULL;
	if ((r = sc_jwk_format(j, private, &obj, e)) != 0)
		return r;
	b = sc_buf_new(SC_MAX_JWS);
	sc_json_put(b, obj, indent);
	json_object_put(obj);
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

static int
private_text(const struct sc_args *a, const struct sc_jwk *j, char **out,
    struct sc_error *e)
{
	char *pw = NULL, *plain = NULL;
	int r;

	if (sc_args_bool(a, "no-password"))
		return sc_jwk_text(j, 1, "  ", out, e);
	r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter the password to encrypt the private JWK", &pw, e);
	if (r == 0 && *pw == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "password must not be empty");
	if (r == 0 && (r = sc_jwk_text(j, 1, NULL, &plain, e)) == 0)
		r = sc_jwe_encrypt(
		    pw, "jwk+json", plain, strlen(plain), 0, out, e);
	sc_free_secret(plain);
	sc_free_secret(pw);
	return r;
}

static int
create(struct sc_args *a, struct sc_error *e)
{
	const char *pub = sc_args_pos(a, 0), *priv = sc_args_pos(a, 1);
	bool force = sc_args_bool(a, "force"), private;
	char *pub_text = NULL, *priv_text = NULL;
	struct sc_jwk *j = NULL;
	int r;

	if ((r = create_check(a, e)) != 0 || (r = create_jwk(a, &j, e)) != 0)
		goto out;
	private = sc_key_is_private(j->key);
	if ((r = sc_jwk_text(j, 0, "  ", &pub_text, e)) != 0 ||
	    (private && (r = private_text(a, j, &priv_text, e)) != 0) ||
	    (r = sc_output_ask(pub, force, e)) != 0 ||
	    (private && (r = sc_output_ask(priv, force, e)) != 0) ||
	    (r = sc_output_put(pub, pub_text, strlen(pub_text), 0600, e)) != 0)
		goto out;
	if (private &&
	    (r = sc_output_key(priv, priv_text, strlen(priv_text), e)) != 0)
		goto out;
	sc_ui_info("Your public key has been saved in %s.", pub);
	if (private) {
		sc_ui_info("Your private key has been saved in %s.", priv);
	} else {
		sc_ui_info("Only the public JWK was generated.");
		sc_ui_info("Cannot retrieve a private key from a public one.");
	}
out:
	free(pub_text);
	sc_free_secret(priv_text);
	sc_jwk_free(j);
	return r;
}

/* --- public, thumbprint ----------------------------------------------- */

static int
from_stdin(struct sc_jwk **out, struct sc_error *e)
{
	char *s = NULL;
	size_t n = 0;
	int r;

	*out = NULL;
	r = sc_fd_read(0, SC_MAX_PEM_FILE, &s, &n, e);
	if (r != 0)
		return r;
	r = sc_jose_jwk_parse(s, n,
	    "Please enter the password to decrypt your private JWK", NULL, out,
	    e);
	sc_freezero(s, n);
	if (r == SC_ERR_MALFORMED)
		sc_error_prefix(e, "error reading JWK");
	return r;
}

static int public(struct sc_args *a, struct sc_error *e)
{
	struct sc_jwk *j;
	char *s = NULL;
	int r;

	(void)a;
	r = from_stdin(&j, e);
	if (r == 0 && (r = sc_jwk_text(j, 0, "  ", &s, e)) == 0)
		puts(s);
	free(s);
	sc_jwk_free(j);
	return r;
}

static int
thumbprint(struct sc_args *a, struct sc_error *e)
{
	struct sc_jwk *j;
	char *s = NULL;
	int r;

	(void)a;
	r = from_stdin(&j, e);
	if (r == 0 && (r = sc_jwk_thumbprint(j->key, &s, e)) == 0)
		puts(s);
	free(s);
	sc_jwk_free(j);
	return r;
}

static const struct sc_command cmd_create = {.name = "create",
    .args = "<public-jwk-file> <private-jwk-file>",
    .help = "create a JSON Web Key",
    .min_args = 2,
    .max_args = 2,
    .options = {create_options, sc_options_key},
    .run = create};

static const struct sc_command cmd_public = {.name = "public",
    .help = "print the public part of the JWK on standard input",
    .run = public};

static const struct sc_command cmd_thumbprint = {.name = "thumbprint",
    .help = "print the thumbprint of the JWK on standard input",
    .run = thumbprint};

static const struct sc_command *const subs[] = {
    &cmd_create, &cmd_public, &cmd_thumbprint, &sc_cmd_crypto_jwk_keyset, NULL};

const struct sc_command sc_cmd_crypto_jwk = {
    .name = "jwk", .help = "make and convert JSON Web Keys", .subs = subs};
