#include "config.h"

#include <json-c/json.h>

#include "authority/pki_provisioner.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/provisioner_jwk.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

static int
load_jwk(const struct sc_args *a, const char *flag, struct sc_jwk **out,
    struct sc_error *e)
{
	const char *file = sc_args_str(a, flag);
	char *text = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &text, &n, e);

	if (r == 0 &&
	    (r = sc_jose_jwk_parse(text, n,
		 "Please enter the password to decrypt the provisioner key",
		 sc_args_str(a, "password-file"), out, e)) != 0)
		sc_error_prefix(e, "error parsing %s", file);
	sc_free_secret(text);
	return r;
}

static int
ask_password(const struct sc_args *a, char **out, struct sc_error *e)
{
	int r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter a password to encrypt the provisioner private key",
	    out, e);

	if (r == 0 && (*out)[0] == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "the password is empty");
	return r;
}

/* Of the private key jwk, or of a new one when that is NULL. */
static int
set_sealed(const struct sc_args *a, const struct sc_jwk *jwk,
    struct json_object *p, struct sc_error *e)
{
	static const char *const members[] = {"key", "encryptedKey"};
	struct json_object *made = NULL;
	char *password = NULL;
	size_t i;
	int r = ask_password(a, &password, e);

	if (r == 0)
		r = sc_pki_jwk_provisioner("", password, jwk, &made, e);
	for (i = 0; r == 0 && i < 2; i++)
		r = sc_ca_edit_set(p, members[i],
		    json_object_get(sc_json_member(made, members[i])), e);
	json_object_put(made);
	sc_free_secret(password);
	return r;
}

/* Of a public key alone: whoever has the private one keeps it. */
static int
set_open(const struct sc_jwk *jwk, struct json_object *p, struct sc_error *e)
{
	struct json_object *key = NULL;
	int r = sc_jwk_format(jwk, 0, &key, e);

	if (r == 0)
		r = sc_ca_edit_set(p, "key", key, e);
	if (r == 0)
		sc_ca_edit_remove(p, "encryptedKey");
	return r;
}

static int
check(const struct sc_args *a, bool adding, struct sc_error *e)
{
	int r = sc_args_check_exclusive(a, "create", "public-key", e);

	if (r == 0)
		r = sc_args_check_exclusive(a, "create", "private-key", e);
	if (r != 0 || !adding)
		return r;
	r = sc_args_check_needs(a, "private-key", "public-key", e);
	if (r == 0 && !sc_args_bool(a, "create") &&
	    !sc_args_given(a, "public-key"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' requires the '--create' or '--public-key' flag",
		    sc_args_path(a));
	return r;
}

/* The one that a flag names, or else the one that p has. */
static int
public_key(const struct sc_args *a, struct json_object *p, struct sc_jwk **out,
    struct sc_error *e)
{
	struct json_object *key = NULL;
	int r;

	if (sc_args_given(a, "public-key"))
		return load_jwk(a, "public-key", out, e);
	r = sc_json_get_object(p, "key", &key, e);
	if (r == 0 && key == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED, "key is missing");
	return r == 0 ? sc_jwk_parse(key, out, e) : r;
}

static int
set_pair(const struct sc_args *a, struct json_object *p, struct sc_error *e)
{
	struct sc_jwk *public = NULL, *private = NULL;
	int r = public_key(a, p, &public, e);

	if (r == 0)
		r = load_jwk(a, "private-key", &private, e);
	if (r == 0 && !sc_key_same_public(public->key, private->key))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "--private-key and the public key are of two keys");
	if (r == 0)
		r = set_sealed(a, private, p, e);
	sc_jwk_free(public);
	sc_jwk_free(private);
	return r;
}

static int
set_public(const struct sc_args *a, struct json_object *p, struct sc_error *e)
{
	struct sc_jwk *public = NULL;
	int r = public_key(a, p, &public, e);

	if (r == 0)
		r = set_open(public, p, e);
	sc_jwk_free(public);
	return r;
}

int
sc_prov_jwk_set(const struct sc_args *a, struct json_object *p, bool adding,
    struct sc_error *e)
{
	const char *private = sc_args_str(a, "private-key");
	int r;

	if ((r = check(a, adding, e)) != 0)
		return r;
	if (sc_args_bool(a, "create"))
		return set_sealed(a, NULL, p, e);
	if (private != NULL && private[0] != '\0')
		return set_pair(a, p, e);
	if (private != NULL || sc_args_given(a, "public-key"))
		return set_public(a, p, e);
	return 0;
}
