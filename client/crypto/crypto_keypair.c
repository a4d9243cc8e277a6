#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/cli/jose_key.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

static const struct sc_opt options[] = {
    {.name = "from-jwk",
	.arg = "FILE",
	.help = "take the key of this JWK instead of making one"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to encrypt the private key"},
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

static int
check(const struct sc_args *a, struct sc_error *e)
{
	static const char *const made[] = {"kty", "curve", "size"};
	size_t i;
	int r;

	if ((r = sc_args_check_distinct(a, 0, 1, "pub_file", "priv_file", e)) !=
		0 ||
	    (r = sc_args_check_conflict(
		 a, "no-password", "password-file", e)) != 0)
		return r;
	if (sc_args_bool(a, "no-password") &&
	    (r = sc_args_check_insecure(a, "no-password", e)) != 0)
		return r;
	if (!sc_args_given(a, "from-jwk"))
		return sc_key_options_check(a, e);
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if ((r = sc_args_check_conflict(a, "from-jwk", made[i], e)) !=
		    0)
			return r;
	return 0;
}

static int
get_key(const struct sc_args *a, struct sc_key **key, struct sc_error *e)
{
	struct sc_jose_want want = {.password_file = NULL};
	struct sc_jose_key from = {0};
	const char *path = sc_args_str(a, "from-jwk");
	int r;

	if (path == NULL)
		return sc_key_options_make(a, key, e);
	r = sc_jose_key_load(path, &want, &from, e);
	if (r == 0)
		*key = sc_key_dup(from.jwk->key);
	sc_jose_key_clear(&from);
	return r;
}

/* The private key as PEM, after asking for its password. */
static int
make_private(const struct sc_args *a, const struct sc_key *key, char **pem,
    struct sc_error *e)
{
	char *pw = NULL;
	int r = 0;

	if (!sc_args_bool(a, "no-password")) {
		r = sc_secret_get(sc_args_str(a, "password-file"),
		    "Please enter the password to encrypt the private key", &pw,
		    e);
		if (r != 0)
			return r;
	}
	r = sc_key_to_pem(key, pw, pem, e);
	sc_free_secret(pw);
	return r;
}

static int
run(struct sc_args *a, struct sc_error *e)
{
	const char *pub = sc_args_pos(a, 0), *priv = sc_args_pos(a, 1);
	bool force = sc_args_bool(a, "force"), private;
	char *pub_pem = NULL, *priv_pem = NULL;
	struct sc_key *key = NULL;
	int r;

	if ((r = check(a, e)) != 0 || (r = get_key(a, &key, e)) != 0)
		goto out;
	private = sc_key_is_private(key);
	if (sc_key_public_to_pem(key, &pub_pem) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((private && (r = make_private(a, key, &priv_pem, e)) != 0) ||
	    (r = sc_output_ask(pub, force, e)) != 0 ||
	    (private && (r = sc_output_ask(priv, force, e)) != 0) ||
	    (r = sc_output_put(pub, pub_pem, strlen(pub_pem), 0600, e)) != 0)
		goto out;
	if (!private) {
		sc_ui_info("Your public key has been saved in %s.", pub);
		sc_ui_info("Only the public PEM was generated.");
		sc_ui_info("Cannot retrieve a private key from a public one.");
		goto out;
	}
	r = sc_output_key(priv, priv_pem, strlen(priv_pem), e);
	if (r == 0) {
		sc_ui_info("Your public key has been saved in %s.", pub);
		sc_ui_info("Your private key has been saved in %s.", priv);
	}
out:
	free(pub_pem);
	sc_free_secret(priv_pem);
	sc_key_free(key);
	return r;
}

const struct sc_command sc_cmd_crypto_keypair = {.name = "keypair",
    .args = "<pub_file> <priv_file>",
    .help = "generate a key pair in PEM format",
    .min_args = 2,
    .max_args = 2,
    .options = {options, sc_options_key},
    .run = run};
