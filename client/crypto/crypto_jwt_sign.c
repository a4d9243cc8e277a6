#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "client/command.h"
#include "client/crypto/crypto_jwt.h"
#include "client/crypto/jose_sign.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"

#define MAX_TIME INT64_C(253402300799) /* end of the year 9999 */

static const struct sc_opt options[] = {{.name = "iss",
					    .alias = "issuer",
					    .arg = "ISSUER",
					    .help = "who makes the token"},
    {.name = "aud",
	.alias = "audience",
	.kind = SC_OPT_LIST,
	.arg = "AUDIENCE",
	.help = "for whom it is; may be repeated"},
    {.name = "sub",
	.alias = "subject",
	.arg = "SUBJECT",
	.help = "about whom it is"},
    {.name = "exp",
	.alias = "expiration",
	.arg = "SECONDS",
	.help = "Unix time from which it is no longer valid"},
    {.name = "nbf",
	.alias = "not-before",
	.arg = "SECONDS",
	.help = "Unix time before which it is not valid; default now"},
    {.name = "iat",
	.alias = "issued-at",
	.arg = "SECONDS",
	.help = "Unix time at which it was made; default now"},
    {.name = "jti",
	.alias = "jwt-id",
	.arg = "ID",
	.help = "unique id; random by default"},
    {.name = "header",
	.kind = SC_OPT_LIST,
	.arg = "NAME=VALUE",
	.help = "further member of the header; may be repeated"},
    SC_OPT_END};

/* --- flags ------------------------------------------------------------ */

static int
time_flag(const struct sc_args *a, const char *name, int64_t def, int64_t *out,
    struct sc_error *e)
{
	const char *s = sc_args_str(a, name);

	*out = def;
	if (s == NULL)
		return 0;
	if (sc_strtonum(s, 0, MAX_TIME, out) != 0)
		return sc_args_invalid(
		    a, name, s, "want seconds since 1970", e);
	/* As in the reference, 0 is no time. */
	if (*out == 0)
		*out = def;
	return 0;
}

/* --- payload ---------------------------------------------------------- */

/* The JSON of the file, or of standard input when something is there. */
static int
read_payload(
    const struct sc_args *a, struct json_object **out, struct sc_error *e)
{
	const char *path = sc_args_pos(a, 0);
	bool from_stdin = path == NULL || sc_streq(path, "-");
	char *s = NULL;
	size_t n = 0;
	int r = 0;

	*out = NULL;
	if (path == NULL && isatty(0))
		n = 0;
	else if (from_stdin)
		r = sc_fd_read(0, SC_MAX_JWS, &s, &n, e);
	else
		r = sc_file_read(path, SC_MAX_JWS, &s, &n, e);
	if (r != 0)
		return r;
	if (path == NULL && n == 0) {
		*out = json_object_new_object();
		r = *out != NULL ? 0 : sc_fail_nomem(e);
	} else {
		r = sc_json_parse(s, n, 0, out, e);
		if (r == 0 && !json_object_is_type(*out, json_type_object))
			r = sc_fail(e, SC_ERR_MALFORMED, "not an object");
		if (r != 0)
			sc_error_prefix(e, "error decoding JSON from %s",
			    from_stdin ? "STDIN" : path);
	}
	free(s);
	return r;
}

/* One audience is written as a string: some readers want it so. */
static int
add_audience(struct json_object *obj, const struct sc_strlist *l)
{
	struct json_object *list;
	size_t i;

	if (l->n <= 1)
		return sc_jose_add_string(
		    obj, "aud", l->n == 1 ? l->v[0] : NULL);
	list = json_object_new_array();
	for (i = 0; list != NULL && i < l->n; i++)
		json_object_array_add(list, json_object_new_string(l->v[i]));
	return sc_jose_add(obj, "aud", list);
}

/* n hexadecimal digits, n at most 64 */
static int
add_random_id(struct json_object *obj, size_t n)
{
	uint8_t bytes[32];
	char *hex;
	int r;

	if (sc_random(bytes, n / 2) != 0)
		return SC_ERR_INTERNAL;
	hex = sc_hex_encode(bytes, n / 2);
	r = hex != NULL ? sc_jose_add_string(obj, "jti", hex) : SC_ERR_NOMEM;
	free(hex);
	return r;
}

static int
add_id(const struct sc_args *a, struct json_object *obj)
{
	const char *jti = sc_args_str(a, "jti");

	if (!sc_args_given(a, "jti"))
		return add_random_id(obj, 64);
	if (jti == NULL || *jti == '\0')
		return add_random_id(obj, 40);
	return sc_jose_add_string(obj, "jti", jti);
}

struct times {
	int64_t exp, nbf, iat;
};

static int
check_claims(const struct sc_args *a, const struct times *t, int64_t now,
    struct sc_error *e)
{
	static const char *const names[] = {"iss", "aud", "sub", "exp"};
	const char *v;
	size_t i;

	if (sc_args_bool(a, "subtle"))
		return 0;
	for (i = 0; i < 4; i++) {
		if (i == 1)
			v = sc_args_list(a, "aud")->n > 0 ? "x" : NULL;
		else
			v = sc_args_str(a, names[i]);
		if (v == NULL || *v == '\0' || (i == 3 && t->exp == 0))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "flag '--%s' is required unless '--subtle' is "
			    "used",
			    names[i]);
	}
	if (t->exp < now)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--exp' must be in the future unless '--subtle' is "
		    "used");
	return 0;
}

/* Claims of the flags, overruled by the members of payload. */
static int
make_claims(const struct sc_args *a, const struct times *t,
    struct json_object *payload, struct json_object **out, struct sc_error *e)
{
	struct json_object *obj = json_object_new_object();
	int r = obj != NULL ? 0 : SC_ERR_NOMEM;

	if (r == 0)
		r = sc_jose_add_string(obj, "iss", sc_args_str(a, "iss"));
	if (r == 0)
		r = sc_jose_add_string(obj, "sub", sc_args_str(a, "sub"));
	if (r == 0)
		r = add_audience(obj, sc_args_list(a, "aud"));
	if (r == 0 && t->exp != 0)
		r = sc_jose_add(obj, "exp", json_object_new_int64(t->exp));
	if (r == 0)
		r = sc_jose_add(obj, "nbf", json_object_new_int64(t->nbf));
	if (r == 0)
		r = sc_jose_add(obj, "iat", json_object_new_int64(t->iat));
	if (r == 0)
		r = add_id(a, obj);
	if (r == 0) {
		json_object_object_foreach(payload, name, v)
		{
			if (r == 0 &&
			    json_object_object_add(
				obj, name, json_object_get(v)) != 0)
				r = SC_ERR_NOMEM;
		}
	}
	if (r != 0) {
		json_object_put(obj);
		return sc_fail(e, r, "cannot put the claims together");
	}
	*out = obj;
	return 0;
}

/* --- header ----------------------------------------------------------- */

static int
add_extra(
    const struct sc_args *a, struct json_object *header, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(a, "header");
	const char *eq;
	char *name;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++) {
		eq = strchr(l->v[i], '=');
		if (eq == NULL)
			return sc_args_invalid(a, "header", l->v[i], NULL, e);
		name = sc_strndup(l->v[i], (size_t)(eq - l->v[i]));
		if (name == NULL)
			return sc_fail_nomem(e);
		r = sc_jose_add(header, name, json_object_new_string(eq + 1));
		free(name);
	}
	return r != 0 ? sc_fail_nomem(e) : 0;
}

static int
make_header(const struct sc_args *a, const struct sc_jose_key *k,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *h = json_object_new_object();
	int r;

	if (h == NULL || sc_jose_add_string(h, "typ", "JWT") != 0)
		r = sc_fail_nomem(e);
	else
		r = add_extra(a, h, e);
	if (r == 0)
		r = sc_jose_sign_header(a, k, h, e);
	if (r != 0) {
		json_object_put(h);
		return r;
	}
	*out = h;
	return 0;
}

/* --- all together ----------------------------------------------------- */

static int
run(struct sc_args *a, struct sc_error *e)
{
	struct json_object *payload = NULL, *claims = NULL, *header = NULL;
	struct sc_jose_key key = {0};
	int64_t now = sc_clock_now();
	char *token = NULL;
	struct times t;
	int r;

	if ((r = sc_jose_sign_check(a, e)) != 0 ||
	    (r = time_flag(a, "exp", 0, &t.exp, e)) != 0 ||
	    (r = time_flag(a, "nbf", now, &t.nbf, e)) != 0 ||
	    (r = time_flag(a, "iat", now, &t.iat, e)) != 0 ||
	    (r = check_claims(a, &t, now, e)) != 0 ||
	    (r = read_payload(a, &payload, e)) != 0 ||
	    (r = sc_jose_sign_key(a, &key, e)) != 0 ||
	    (r = make_claims(a, &t, payload, &claims, e)) != 0 ||
	    (r = make_header(a, &key, &header, e)) != 0 ||
	    (r = sc_jws_sign(
		 header, claims, key.alg, key.jwk->key, 1, &token, e)) != 0)
		goto out;
	puts(token);
out:
	free(token);
	json_object_put(payload);
	json_object_put(claims);
	json_object_put(header);
	sc_jose_key_clear(&key);
	return r;
}

const struct sc_command sc_cmd_crypto_jwt_sign = {.name = "sign",
    .args = "[<file>]",
    .help = "sign a JSON Web Token",
    .max_args = 1,
    .options = {options, sc_options_jose_sign},
    .run = run};
