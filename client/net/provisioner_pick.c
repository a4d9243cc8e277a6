#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "client/cli/options.h"
#include "client/net/provisioner_pick.h"
#include "client/net/token_x5c.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

#define PASSWORD_TRIES 3
#define ASK_PASSWORD "Please enter the password to decrypt the provisioner key"

/* "" when the member is absent or not a string. */
static const char *
text_of(struct json_object *o, const char *name)
{
	const char *s = NULL;

	if (o == NULL || sc_json_get_string(o, name, &s, NULL) != 0 ||
	    s == NULL)
		return "";
	return s;
}

static const char *
kid_of(struct json_object *p)
{
	if (sc_strcaseeq(text_of(p, "type"), "OIDC"))
		return text_of(p, "clientID");
	return text_of(sc_json_member(p, "key"), "kid");
}

static char *
item_text(struct json_object *p)
{
	const char *type = text_of(p, "type"), *name = text_of(p, "name");

	if (sc_strcaseeq(type, "JWK"))
		return sc_asprintf("%s (JWK) [kid: %s]", name, kid_of(p));
	if (sc_strcaseeq(type, "OIDC"))
		return sc_asprintf("%s (OIDC) [client: %s]", name, kid_of(p));
	if (sc_strcaseeq(type, "Azure"))
		return sc_asprintf(
		    "%s (Azure) [tenant: %s]", name, text_of(p, "tenantID"));
	return sc_asprintf("%s (%s)", name, type);
}

/* Has the user what such a one asks for? */
static bool
fits(const struct sc_args *a, const char *type, bool revokes)
{
	if (sc_x5c_given(a))
		return sc_strcaseeq(type, "X5C");
	if (sc_args_str(a, "k8ssa-token-path") != NULL)
		return sc_strcaseeq(type, "K8sSA");
	return sc_strcaseeq(type, "JWK") ||
	    (!revokes && sc_strcaseeq(type, "OIDC"));
}

/* Who asks for one by name gets it, and is told what is wrong with it. */
static bool
wanted(const struct sc_args *a, struct json_object *p, bool revokes)
{
	const char *name = sc_args_str(a, "provisioner");
	const char *kid = sc_args_str(a, "kid");

	if ((name == NULL || name[0] == '\0') &&
	    !fits(a, text_of(p, "type"), revokes))
		return false;
	if (kid != NULL && kid[0] != '\0' && !sc_streq(kid_of(p), kid))
		return false;
	return name == NULL || name[0] == '\0' ||
	    sc_streq(text_of(p, "name"), name);
}

static int
none_left(const struct sc_args *a, size_t n, struct sc_error *e)
{
	const char *name = sc_args_str(a, "provisioner");
	const char *kid = sc_args_str(a, "kid");

	if (n > 0 && kid != NULL && kid[0] != '\0')
		return sc_args_invalid(a, "kid", kid, NULL, e);
	if (n > 0 && name != NULL && name[0] != '\0')
		return sc_args_invalid(a, "provisioner", name, NULL, e);
	return sc_fail(e, SC_ERR_NOT_FOUND,
	    "cannot create a new token: the CA does not have any provisioner "
	    "configured");
}

/* There is nobody to ask: what could have been said instead. */
static void
say_which(char *const *items, size_t n, struct sc_error *e)
{
	char why[sizeof(e->msg)];
	size_t i, used;

	(void)snprintf(why, sizeof(why), "%.120s", e->msg);
	(void)sc_fail(
	    e, SC_ERR_IO, "%s; choose with --provisioner or --kid from", why);
	for (i = 0; i < n; i++) {
		used = strlen(e->msg);
		(void)snprintf(e->msg + used, sizeof(e->msg) - used, "%s %s",
		    i == 0 ? "" : ",", items[i]);
	}
}

static int
choose(
    struct json_object *const *left, size_t n, size_t *at, struct sc_error *e)
{
	char **items = calloc(n, sizeof(*items));
	size_t i;
	int r = 0;

	if (items == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < n && r == 0; i++)
		if ((items[i] = item_text(left[i])) == NULL)
			r = sc_fail_nomem(e);
	if (r == 0 && n == 1)
		sc_ui_status("Provisioner", items[0]);
	else if (r == 0 &&
	    (r = sc_ui_select("What provisioner key do you want to use?",
		 "Provisioner", (const char *const *)items, n, at, e)) ==
		SC_ERR_IO)
		say_which(items, n, e);
	for (i = 0; i < n; i++)
		free(items[i]);
	free(items);
	return r;
}

int
sc_provisioner_pick(const struct sc_args *a, struct json_object *list,
    bool revokes, struct json_object **out, struct sc_error *e)
{
	struct json_object **left, *p;
	size_t i, n, k = 0, at = 0;
	int r;

	*out = NULL;
	n = list != NULL ? json_object_array_length(list) : 0;
	left = calloc(n + 1, sizeof(*left));
	if (left == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++) {
		p = json_object_array_get_idx(list, i);
		if (json_object_is_type(p, json_type_object) &&
		    wanted(a, p, revokes))
			left[k++] = p;
	}
	if (k == 0)
		r = none_left(a, n, e);
	else
		r = choose(left, k, &at, e);
	if (r == 0)
		*out = left[at];
	free(left);
	return r;
}

static bool
is_jwk(const char *s, size_t n)
{
	struct json_object *o = NULL;
	bool is;

	if (sc_json_parse(s, n, 0, &o, NULL) != 0)
		return false;
	is = sc_json_member_exact(o, "kty") != NULL;
	json_object_put(o);
	return is;
}

static int
decrypt_once(const struct sc_args *a, const char *text, struct sc_jwk **out,
    struct sc_error *e)
{
	const char *file = sc_args_str(a, "provisioner-password-file");
	char *pw = NULL;
	uint8_t *plain = NULL;
	size_t n = 0;
	int r;

	r = sc_secret_get(file, ASK_PASSWORD, &pw, e);
	if (r != 0)
		/* Only a password can be wrong and asked for again. */
		return r == SC_ERR_UNAUTHENTICATED ? SC_ERR_FORBIDDEN : r;
	r = sc_jwe_decrypt(text, strlen(text), pw, &plain, &n, e);
	sc_free_secret(pw);
	if (r == 0)
		r = sc_jwk_parse_text((const char *)plain, n, out, e);
	sc_freezero(plain, n);
	return r;
}

int
sc_provisioner_open_key(const struct sc_args *a, const char *text,
    struct sc_jwk **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "provisioner-password-file");
	int i, r = 0;

	*out = NULL;
	if (is_jwk(text, strlen(text)))
		r = sc_jwk_parse_text(text, strlen(text), out, e);
	else {
		for (i = 0; i < PASSWORD_TRIES; i++) {
			r = decrypt_once(a, text, out, e);
			if (r != SC_ERR_UNAUTHENTICATED ||
			    (file != NULL && file[0] != '\0'))
				break;
			if (i + 1 < PASSWORD_TRIES)
				sc_ui_info("That is not the password.");
		}
		if (r == SC_ERR_UNAUTHENTICATED)
			r = sc_fail(
			    e, r, "failed to decrypt JWE: invalid password");
	}
	if (r == 0 && !sc_key_is_private((*out)->key)) {
		sc_jwk_free(*out);
		*out = NULL;
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the provisioner's key is not a private key");
	}
	return r;
}

static int
key_of_pem(const struct sc_args *a, const char *pem, size_t n, const char *file,
    struct sc_jwk **out, struct sc_error *e)
{
	struct sc_secret_source from = {
	    sc_args_str(a, "provisioner-password-file")};
	struct sc_key *key = NULL;
	int r;

	r = sc_key_from_pem(pem, n, file, sc_secret_for_key, &from, &key, e);
	if (r == 0)
		r = sc_jwk_from_key(key, out, e);
	sc_key_free(key);
	return r;
}

int
sc_provisioner_key_file(const struct sc_args *a, const char *file,
    struct sc_jwk **out, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	*out = NULL;
	r = sc_file_read(file, SC_MAX_PEM_FILE, &text, &n, e);
	if (r != 0)
		return r;
	if (strstr(text, "-----BEGIN ") != NULL)
		r = key_of_pem(a, text, n, file, out, e);
	else {
		while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
			text[--n] = '\0';
		r = sc_provisioner_open_key(a, text, out, e);
	}
	sc_freezero(text, n);
	return r;
}
