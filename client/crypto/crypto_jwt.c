#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/crypto_jwt.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"

/* --- the key ---------------------------------------------------------- */

int
sc_jwt_check_key_flags(const struct sc_args *a, struct sc_error *e)
{
	if (!sc_args_given(a, "key") && !sc_args_given(a, "jwks"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "one of flag --key or --jwks is required");
	return sc_args_check_exclusive(a, "key", "jwks", e);
}

int
sc_jwt_check_key(const struct sc_jose_key *k, struct sc_error *e)
{
	const char *use = k->jwk->use;

	if (*use != '\0' && !sc_streq(use, "sig"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "invalid jwk use: found '%s', expecting 'sig' "
		    "(signature)",
		    use);
	if (k->alg == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--alg' is required with the given key");
	return 0;
}

int
sc_jwt_key(const struct sc_args *a, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e)
{
	const char *key = sc_args_str(a, "key");
	int r;

	if (key != NULL)
		r = sc_jose_key_load(key, w, out, e);
	else
		r = sc_jose_key_load_set(sc_args_str(a, "jwks"), w, out, e);
	if (r == 0 && (r = sc_jwt_check_key(out, e)) != 0)
		sc_jose_key_clear(out);
	return r;
}

/* --- showing a token -------------------------------------------------- */

int
sc_jwt_read_token(char **out, struct sc_error *e)
{
	size_t n, start = 0;
	char *s;
	int r;

	*out = NULL;
	r = sc_fd_read(0, SC_MAX_JWS, &s, &n, e);
	if (r != 0)
		return r;
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	while (s[start] != '\0' && strchr(" \t\r\n", s[start]) != NULL)
		start++;
	memmove(s, s + start, n - (start < n ? start : n) + 1);
	*out = s;
	return 0;
}

/* Add the JSON that a part of the token holds as member name of all. */
static int
add_part(struct json_object *all, const char *name, const char *b64, size_t n,
    struct sc_error *e)
{
	struct json_object *obj = NULL;
	uint8_t *text = NULL;
	size_t len;
	int r;

	r = sc_b64_decode(SC_B64_URL, b64, n, &text, &len);
	if (r != 0)
		return sc_fail(e, r,
		    "error decoding token: the %s is not base64url", name);
	r = sc_json_parse((const char *)text, len, 0, &obj, e);
	free(text);
	if (r != 0) {
		sc_error_prefix(e, "error decoding token: %s", name);
		return r;
	}
	if (json_object_object_add(all, name, obj) != 0) {
		json_object_put(obj);
		return sc_fail_nomem(e);
	}
	return 0;
}

static int
add_signature(struct json_object *all, const char *b64, struct sc_error *e)
{
	struct json_object *v = json_object_new_string(b64);

	if (v == NULL || json_object_object_add(all, "signature", v) != 0) {
		json_object_put(v);
		return sc_fail_nomem(e);
	}
	return 0;
}

/*
 * Print header, payload and signature of a compact token.  Not through
 * sc_jws_parse: people look at tokens that we would refuse, too.
 */
static int
show(const char *token, struct sc_error *e)
{
	const char *p, *s = NULL;
	struct json_object *all;
	struct sc_buf *b;
	int r;

	p = strchr(token, '.');
	if (p != NULL)
		s = strchr(p + 1, '.');
	if (s == NULL || strchr(s + 1, '.') != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "error decoding token: JWT must have three parts");
	all = json_object_new_object();
	b = sc_buf_new(4 * SC_MAX_JWS);
	if (all == NULL)
		r = sc_fail_nomem(e);
	else if ((r = add_part(all, "header", token, (size_t)(p - token), e)) ==
		0 &&
	    (r = add_part(all, "payload", p + 1, (size_t)(s - p - 1), e)) ==
		0 &&
	    (r = add_signature(all, s + 1, e)) == 0) {
		r = sc_json_put(b, all, "  ");
		if (r != 0)
			sc_fail(e, r, "error marshaling token data");
		else
			puts(sc_buf_str(b));
	}
	sc_buf_free(b);
	json_object_put(all);
	return r;
}

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	char *token;
	int r;

	if ((r = sc_args_check_required(a, "insecure", e)) != 0 ||
	    (r = sc_jwt_read_token(&token, e)) != 0)
		return r;
	r = show(token, e);
	free(token);
	return r;
}

/* --- verify ----------------------------------------------------------- */

static const struct sc_opt verify_options[] = {
    {.name = "iss",
	.alias = "issuer",
	.arg = "ISSUER",
	.help = "the issuer that the token must name"},
    {.name = "aud",
	.alias = "audience",
	.arg = "AUDIENCE",
	.help = "the audience that the token must name"},
    {.name = "alg",
	.alias = "algorithm",
	.arg = "ALG",
	.help = "the signature algorithm to accept"},
    {.name = "key", .arg = "FILE", .help = "JWK or PEM file with the key"},
    {.name = "jwks", .arg = "FILE", .help = "JWK set with the key"},
    {.name = "kid",
	.arg = "ID",
	.help = "the key of the set; default is the kid of the token"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to decrypt the key"},
    {.name = "subtle",
	.kind = SC_OPT_BOOL,
	.help = "do without --iss and --aud"},
    {.name = "no-exp-check",
	.kind = SC_OPT_BOOL,
	.help = "accept expired tokens; needs --insecure"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "allow what puts security at risk"},
    SC_OPT_END};

static int
check_verify_flags(const struct sc_args *a, struct sc_error *e)
{
	static const char *const claims[] = {"iss", "aud"};
	size_t i;
	int r;

	if ((r = sc_jwt_check_key_flags(a, e)) != 0)
		return r;
	for (i = 0; i < 2; i++)
		if (!sc_args_bool(a, "subtle") && !sc_args_given(a, claims[i]))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "flag '--%s' is required unless the '--subtle' "
			    "flag is provided",
			    claims[i]);
	if (sc_args_bool(a, "no-exp-check"))
		return sc_args_check_insecure(a, "no-exp-check", e);
	return 0;
}

/* aud is a string or a list of strings. */
static bool
has_audience(struct json_object *claims, const char *want)
{
	struct json_object *aud = sc_json_member_exact(claims, "aud"), *v;
	size_t i;

	if (json_object_is_type(aud, json_type_string))
		return sc_streq(json_object_get_string(aud), want);
	if (!json_object_is_type(aud, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(aud); i++) {
		v = json_object_array_get_idx(aud, i);
		if (json_object_is_type(v, json_type_string) &&
		    sc_streq(json_object_get_string(v), want))
			return true;
	}
	return false;
}

static void
complain(struct sc_buf *b, const char *what)
{
	sc_buf_putf(b, "%s%s", sc_buf_len(b) > 0 ? ", " : "", what);
}

/* Append what is wrong with nbf and exp; there is no leeway here. */
static int
check_times(const struct sc_args *a, struct json_object *claims,
    struct sc_buf *bad, struct sc_error *e)
{
	int64_t now = sc_clock_now(), nbf, exp;
	char span[SC_DURATION_MAX];
	int has_nbf, has_exp, r;

	if ((r = sc_jwt_get_time(claims, "nbf", &has_nbf, &nbf, e)) != 0 ||
	    (r = sc_jwt_get_time(claims, "exp", &has_exp, &exp, e)) != 0)
		return r;
	if (has_nbf && now < nbf)
		complain(bad, "token not valid yet (nbf)");
	if (has_exp && now >= exp && !sc_args_bool(a, "no-exp-check")) {
		sc_duration_format((now - exp) * SC_SECOND, span);
		sc_buf_putf(bad, "%stoken is expired by %s (exp)",
		    sc_buf_len(bad) > 0 ? ", " : "", span);
	}
	return 0;
}

static int
check_claims(
    const struct sc_args *a, struct json_object *claims, struct sc_error *e)
{
	const char *iss = sc_args_str(a, "iss"), *aud = sc_args_str(a, "aud");
	struct sc_buf *bad = sc_buf_new(1000);
	struct json_object *v;
	int r;

	if (claims == NULL) {
		sc_buf_free(bad);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "claim verify failed: the payload is not an object");
	}
	v = sc_json_member_exact(claims, "iss");
	if (iss != NULL && *iss != '\0' &&
	    !(json_object_is_type(v, json_type_string) &&
		sc_streq(json_object_get_string(v), iss)))
		complain(bad, "invalid issuer claim (iss)");
	if (aud != NULL && *aud != '\0' && !has_audience(claims, aud))
		complain(bad, "invalid audience claim (aud)");
	r = check_times(a, claims, bad, e);
	if (r == 0 && sc_buf_error(bad) != 0)
		r = sc_fail_nomem(e);
	if (r == 0 && sc_buf_len(bad) > 0)
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED, "validation failed: %s",
		    sc_buf_str(bad));
	sc_buf_free(bad);
	return r;
}

static int
check_signature(const struct sc_args *a, const struct sc_jws *t,
    const struct sc_jose_key *k, struct sc_error *e)
{
	const char *alg = sc_args_str(a, "alg");
	const char *allowed[] = {k->alg, NULL};
	int r;

	if (alg != NULL && !sc_args_bool(a, "subtle") && !sc_streq(alg, t->alg))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "alg %s does not match the alg on JWT (%s)", alg, t->alg);
	r = sc_jws_verify(t, k->jwk->key, allowed, e);
	if (r == SC_ERR_UNAUTHENTICATED)
		return sc_fail(e, r, "validation failed: invalid signature");
	return r;
}

static int
verify(struct sc_args *a, struct sc_error *e)
{
	struct sc_jose_want want = {
	    .password_file = sc_args_str(a, "password-file"),
	    .alg = sc_args_str(a, "alg"),
	    .kid = sc_args_str(a, "kid"),
	    .subtle = sc_args_bool(a, "subtle"),
	    .no_defaults = !sc_args_bool(a, "insecure")};
	struct sc_jose_key key = {0};
	struct sc_jws *t = NULL;
	char *token = NULL;
	int r;

	if ((r = check_verify_flags(a, e)) != 0 ||
	    (r = sc_jwt_read_token(&token, e)) != 0)
		return r;
	r = sc_jws_parse(token, strlen(token), &t, e);
	if (r != 0) {
		sc_error_prefix(e, "error parsing token");
		goto out;
	}
	if (sc_args_given(a, "jwks") && want.kid == NULL)
		want.kid = t->kid;
	if (sc_args_given(a, "jwks") && want.kid == NULL) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--jwks' requires the '--kid' flag");
		goto out;
	}
	if ((r = sc_jwt_key(a, &want, &key, e)) == 0 &&
	    (r = check_signature(a, t, &key, e)) == 0 &&
	    (r = check_claims(a, t->payload, e)) == 0)
		r = show(token, e);
out:
	sc_jws_free(t);
	sc_jose_key_clear(&key);
	free(token);
	return r;
}

static const struct sc_opt inspect_options[] = {
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "required: the token is not verified"},
    SC_OPT_END};

static const struct sc_command cmd_inspect = {.name = "inspect",
    .help = "print the token on standard input without verifying it",
    .options = {inspect_options},
    .run = inspect};

static const struct sc_command cmd_verify = {.name = "verify",
    .help = "verify the token on standard input and print it",
    .options = {verify_options},
    .run = verify};

static const struct sc_command *const subs[] = {
    &sc_cmd_crypto_jwt_sign, &cmd_verify, &cmd_inspect, NULL};

const struct sc_command sc_cmd_crypto_jwt = {.name = "jwt",
    .help = "sign, verify and look at JSON Web Tokens",
    .subs = subs};
