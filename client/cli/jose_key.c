#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwe.h"
#include "crypto/jwe_key.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "client/cli/jose_key.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

#define TRIES 3

void
sc_jose_key_clear(struct sc_jose_key *k)
{
	sc_jwk_free(k->jwk);
	free(k->alg);
	free(k->kid);
	memset(k, 0, sizeof(*k));
}

/* --- encrypted files -------------------------------------------------- */

static bool
is_compact_jwe(const char *s, size_t n)
{
	size_t dots = 0, i;

	for (i = 0; i < n; i++)
		dots += s[i] == '.';
	return dots == 4 && s[0] != '{';
}

static int
decrypt(const char *s, size_t n, const char *prompt, const char *password_file,
    char **out, size_t *len, struct sc_error *e)
{
	uint8_t *plain = NULL;
	char *pw = NULL;
	int r, tries;

	for (tries = 1;; tries++) {
		r = sc_secret_get(password_file, prompt, &pw, e);
		if (r != 0)
			return r;
		r = sc_jwe_decrypt(s, n, pw, &plain, len, e);
		sc_free_secret(pw);
		if (r != SC_ERR_UNAUTHENTICATED || password_file != NULL ||
		    tries == TRIES)
			break;
		sc_ui_info("%s", e->msg);
	}
	*out = (char *)plain;
	return r;
}

/*
 * The JSON value in text: itself, or what the JWE holds.  Secrets stay in
 * json-c's memory for as long as *out lives.
 */
static int
open_json(const char *s, size_t n, const char *prompt,
    const char *password_file, struct json_object **out, struct sc_error *e)
{
	struct json_object *obj = NULL;
	char *plain = NULL;
	size_t len = 0;
	int r;

	*out = NULL;
	while (n > 0 && s[n - 1] != '\0' && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	if (!is_compact_jwe(s, n)) {
		r = sc_json_parse(s, n, 0, &obj, e);
		if (r != 0 || sc_json_member_exact(obj, "ciphertext") == NULL) {
			*out = obj;
			return r;
		}
		json_object_put(obj);
	}
	r = decrypt(s, n, prompt, password_file, &plain, &len, e);
	if (r == 0)
		r = sc_json_parse(plain, len, 0, out, e);
	sc_freezero(plain, len);
	return r;
}

int
sc_jose_jwk_parse(const char *text, size_t n, const char *prompt,
    const char *password_file, struct sc_jwk **out, struct sc_error *e)
{
	struct json_object *obj;
	int r;

	*out = NULL;
	r = open_json(text, n, prompt, password_file, &obj, e);
	if (r == 0)
		r = sc_jwk_parse(obj, out, e);
	json_object_put(obj);
	return r;
}

/* --- files ------------------------------------------------------------ */

/* Does the key leave a choice of algorithms? */
static bool
has_choice(const struct sc_jwk *j)
{
	return sc_key_type(j->key) == SC_KEY_RSA;
}

/* Settle kid and alg; obj is the JWK's JSON, NULL for PEM. */
static int
settle(const char *path, const struct sc_jose_want *w, struct json_object *obj,
    struct sc_jose_key *k, struct sc_error *e)
{
	bool own_alg = obj != NULL && sc_json_member_exact(obj, "alg") != NULL;
	bool own_kid = obj == NULL || sc_json_member_exact(obj, "kid") != NULL;
	const char *alg, *kid;

	if (w->kid != NULL && own_kid && obj != NULL &&
	    !sc_streq(w->kid, k->jwk->kid))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "kid %s does not match the kid on %s", w->kid, path);
	if (w->alg != NULL && own_alg && !w->subtle &&
	    !sc_streq(w->alg, k->jwk->alg))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "alg %s does not match the alg on %s", w->alg, path);
	alg = w->alg;
	if (alg == NULL && (own_alg || !w->no_defaults || !has_choice(k->jwk)))
		alg = k->jwk->alg;
	kid = w->kid != NULL ? w->kid : own_kid ? k->jwk->kid : NULL;
	k->pem = obj == NULL;
	k->alg = sc_strdup(alg);
	k->kid = sc_strdup(kid);
	if ((alg != NULL && k->alg == NULL) || (kid != NULL && k->kid == NULL))
		return sc_fail_nomem(e);
	return 0;
}

static int
from_pem(const char *pem, size_t n, const char *path,
    const struct sc_jose_want *w, struct sc_jwk **out, struct sc_error *e)
{
	struct sc_secret_source source = {.file = w->password_file};
	struct sc_key *key = NULL;
	int r;

	if (strstr(pem, "PRIVATE KEY-----") != NULL)
		r = sc_key_from_pem(
		    pem, n, path, sc_secret_for_key, &source, &key, e);
	else
		r = sc_key_public_from_pem(pem, n, path, &key, e);
	if (r == 0)
		r = sc_jwk_from_key(key, out, e);
	sc_key_free(key);
	return r;
}

/* The member of the set with this kid: exactly one. */
static int
pick(struct json_object *set, const char *kid, const char *path,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *keys = sc_json_member_exact(set, "keys"), *o, *v;
	size_t i, found = 0;

	if (!json_object_is_type(keys, json_type_array))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "error reading %s: unsupported format", path);
	for (i = 0; i < json_object_array_length(keys); i++) {
		o = json_object_array_get_idx(keys, i);
		v = sc_json_member_exact(o, "kid");
		if (!json_object_is_type(v, json_type_string) ||
		    !sc_streq(json_object_get_string(v), kid))
			continue;
		*out = o;
		found++;
	}
	if (found == 1)
		return 0;
	if (found == 0)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "cannot find key with kid %s on %s", kid, path);
	return sc_fail(e, SC_ERR_CONFLICT,
	    "multiple keys with kid %s have been found on %s", kid, path);
}

/* What is for an algorithm of encryption is for encryption. */
static int
imply_use(struct json_object *obj, struct sc_error *e)
{
	struct json_object *alg = sc_json_member_exact(obj, "alg"), *use;

	if (!json_object_is_type(alg, json_type_string) ||
	    sc_json_member_exact(obj, "use") != NULL ||
	    sc_jwe_key_alg_by_name(json_object_get_string(alg)) == NULL)
		return 0;
	use = json_object_new_string("enc");
	if (use == NULL || json_object_object_add(obj, "use", use) != 0) {
		json_object_put(use);
		return sc_fail_nomem(e);
	}
	return 0;
}

static int
load(const char *path, const struct sc_jose_want *w, bool is_set,
    struct sc_jose_key *out, struct sc_error *e)
{
	struct json_object *all = NULL, *obj = NULL;
	char *text = NULL, *prompt = NULL;
	size_t n = 0;
	int r;

	r = sc_file_read(path, SC_MAX_PEM_FILE, &text, &n, e);
	if (r != 0)
		return r;
	prompt = sc_asprintf("Please enter the password to decrypt %s", path);
	if (prompt == NULL) {
		r = sc_fail_nomem(e);
	} else if (!is_set && sc_has_prefix(text, "-----BEGIN ")) {
		r = from_pem(text, n, path, w, &out->jwk, e);
	} else {
		r = open_json(text, n, prompt, w->password_file, &all, e);
		obj = all;
		if (r == 0 && is_set)
			r = pick(all, w->kid, path, &obj, e);
		if (r == 0 && w->encryption)
			r = imply_use(obj, e);
		if (r == 0)
			r = sc_jwk_parse(obj, &out->jwk, e);
		if (r == SC_ERR_MALFORMED && !is_set)
			sc_error_prefix(e, "error reading %s", path);
	}
	if (r == 0)
		r = settle(path, w, obj, out, e);
	json_object_put(all);
	free(prompt);
	sc_freezero(text, n);
	if (r != 0)
		sc_jose_key_clear(out);
	return r;
}

int
sc_jose_key_load(const char *path, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e)
{
	return load(path, w, false, out, e);
}

int
sc_jose_key_load_set(const char *path, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e)
{
	return load(path, w, true, out, e);
}
