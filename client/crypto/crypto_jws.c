/*
 * crypto jws: signatures over anything.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/crypto_jwt.h"
#include "client/crypto/jose_sign.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"

/* --- sign ------------------------------------------------------------- */

static const struct sc_opt sign_options[] = {
    {.name = "typ",
	.alias = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "media type of the whole, for the header"},
    {.name = "cty",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "media type of the payload, for the header"},
    {.name = "jku",
	.arg = "URL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "where the JWK set with the key is, for the header"},
    {.name = "jwk",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "put the public key into the header"},
    SC_OPT_END};

/* Of the file, or of standard input; of a terminal only when asked for. */
static int
read_payload(const struct sc_args *a, char **out, size_t *n, struct sc_error *e)
{
	const char *path = sc_args_pos(a, 0);

	*out = NULL;
	*n = 0;
	if (path == NULL && isatty(0))
		return 0;
	if (path == NULL || sc_streq(path, "-"))
		return sc_fd_read(0, SC_MAX_JWS, out, n, e);
	return sc_file_read(path, SC_MAX_JWS, out, n, e);
}

static int
add_jwk(const struct sc_jwk *j, struct json_object *header, struct sc_error *e)
{
	struct json_object *obj = NULL;
	int r;

	r = sc_jwk_format(j, 0, &obj, e);
	if (r == 0 && sc_jose_add(header, "jwk", obj) != 0)
		r = sc_fail_nomem(e);
	return r;
}

static int
make_header(const struct sc_args *a, const struct sc_jose_key *k,
    struct json_object **out, struct sc_error *e)
{
	static const char *const names[] = {"typ", "cty", "jku"};
	struct json_object *h = json_object_new_object();
	size_t i;
	int r = h != NULL ? 0 : sc_fail_nomem(e);

	for (i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++)
		if (sc_jose_add_string(h, names[i], sc_args_str(a, names[i])) !=
		    0)
			r = sc_fail_nomem(e);
	if (r == 0)
		r = sc_jose_sign_header(a, k, h, e);
	if (r == 0 && sc_args_bool(a, "jwk"))
		r = add_jwk(k->jwk, h, e);
	if (r != 0) {
		json_object_put(h);
		return r;
	}
	*out = h;
	return 0;
}

static int
sign(struct sc_args *a, struct sc_error *e)
{
	struct json_object *header = NULL;
	struct sc_jose_key key = {0};
	char *payload = NULL, *out = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_jose_sign_check(a, e)) != 0 ||
	    (r = sc_args_check_exclusive(a, "x5c-cert", "jwk", e)) != 0 ||
	    (r = sc_args_check_exclusive(a, "x5t-cert", "jwk", e)) != 0 ||
	    (r = read_payload(a, &payload, &n, e)) != 0 ||
	    (r = sc_jose_sign_key(a, &key, e)) != 0 ||
	    (r = make_header(a, &key, &header, e)) != 0 ||
	    (r = sc_jws_sign_bytes(
		 header, payload, n, key.alg, key.jwk->key, 1, &out, e)) != 0)
		goto out;
	puts(out);
out:
	free(out);
	free(payload);
	json_object_put(header);
	sc_jose_key_clear(&key);
	return r;
}

/* --- showing one ------------------------------------------------------ */

static const struct sc_opt show_options[] = {
    {.name = "json",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print header, payload and signature as JSON"},
    SC_OPT_END};

static int
add_base64(struct json_object *all, const char *name, const void *p, size_t n,
    struct sc_error *e)
{
	char *b64 = sc_b64_encode(SC_B64_URL, p, n);
	int r;

	r = b64 == NULL ||
		sc_jose_add(all, name, json_object_new_string(b64)) != 0
	    ? sc_fail_nomem(e)
	    : 0;
	free(b64);
	return r;
}

static int
show_json(const struct sc_jws *t, struct sc_error *e)
{
	struct json_object *all = json_object_new_object();
	struct sc_buf *b = sc_buf_new(4 * SC_MAX_JWS);
	int r;

	if (all == NULL ||
	    sc_jose_add(all, "header", json_object_get(t->header)) != 0)
		r = sc_fail_nomem(e);
	else
		r = add_base64(
		    all, "payload", t->raw_payload, t->raw_payload_len, e);
	if (r == 0)
		r = add_base64(
		    all, "signature", t->signature, t->signature_len, e);
	if (r == 0 && (r = sc_json_put(b, all, "  ")) != 0)
		r = sc_fail(e, r, "error marshaling token data");
	if (r == 0)
		puts(sc_buf_str(b));
	sc_buf_free(b);
	json_object_put(all);
	return r;
}

/* Nothing is added to the payload. */
static int
show(const struct sc_args *a, const struct sc_jws *t, struct sc_error *e)
{
	if (sc_args_bool(a, "json"))
		return show_json(t, e);
	if (fwrite(t->raw_payload, 1, t->raw_payload_len, stdout) !=
		t->raw_payload_len ||
	    fflush(stdout) != 0)
		return sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	return 0;
}

static int
read_jws(struct sc_jws **out, struct sc_error *e)
{
	char *text = NULL;
	int r;

	*out = NULL;
	if ((r = sc_jwt_read_token(&text, e)) != 0)
		return r;
	r = sc_jws_parse(text, strlen(text), out, e);
	if (r != 0)
		sc_error_prefix(e, "error parsing token");
	free(text);
	return r;
}

/* --- verify ----------------------------------------------------------- */

static const struct sc_opt verify_options[] = {
    {.name = "alg",
	.alias = "algorithm",
	.arg = "ALG",
	.help = "the signature algorithm to accept"},
    {.name = "key", .arg = "FILE", .help = "JWK or PEM file with the key"},
    {.name = "jwks", .arg = "FILE", .help = "JWK set with the key"},
    {.name = "kid",
	.arg = "ID",
	.help = "the key of the set; default is the kid of the header"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to decrypt the key"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "take RS256 for an RSA key that names no algorithm"},
    SC_OPT_END};

static int
check(const struct sc_args *a, const struct sc_jws *t,
    const struct sc_jose_key *k, struct sc_error *e)
{
	const char *alg = sc_args_str(a, "alg");
	const char *allowed[] = {k->alg, NULL};
	int r;

	if (alg != NULL && !sc_streq(alg, t->alg))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "alg %s does not match the alg on JWS (%s)", alg, t->alg);
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
	    .no_defaults = !sc_args_bool(a, "insecure")};
	struct sc_jose_key key = {0};
	struct sc_jws *t = NULL;
	int r;

	if ((r = sc_jwt_check_key_flags(a, e)) != 0 ||
	    (r = read_jws(&t, e)) != 0)
		return r;
	if (sc_args_given(a, "jwks") && want.kid == NULL)
		want.kid = t->kid;
	if (sc_args_given(a, "jwks") && want.kid == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--jwks' requires the '--kid' flag");
	if (r == 0)
		r = sc_jwt_key(a, &want, &key, e);
	if (r == 0)
		r = check(a, t, &key, e);
	if (r == 0)
		r = show(a, t, e);
	sc_jws_free(t);
	sc_jose_key_clear(&key);
	return r;
}

/* --- inspect ---------------------------------------------------------- */

static const struct sc_opt inspect_options[] = {
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "required: nothing is verified"},
    SC_OPT_END};

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	struct sc_jws *t = NULL;
	int r;

	if ((r = sc_args_check_required(a, "insecure", e)) != 0 ||
	    (r = read_jws(&t, e)) != 0)
		return r;
	r = show(a, t, e);
	sc_jws_free(t);
	return r;
}

static const struct sc_command cmd_sign = {.name = "sign",
    .args = "[<file>]",
    .help = "sign a file, or standard input, as a JSON Web Signature",
    .max_args = 1,
    .options = {sign_options, sc_options_jose_sign},
    .run = sign};

static const struct sc_command cmd_verify = {.name = "verify",
    .help = "verify the JWS on standard input and print its payload",
    .options = {verify_options, show_options},
    .run = verify};

static const struct sc_command cmd_inspect = {.name = "inspect",
    .help = "print the payload of a JWS without verifying it",
    .options = {inspect_options, show_options},
    .run = inspect};

static const struct sc_command *const subs[] = {
    &cmd_sign, &cmd_verify, &cmd_inspect, NULL};

const struct sc_command sc_cmd_crypto_jws = {.name = "jws",
    .help = "sign, verify and look at JSON Web Signatures",
    .subs = subs};
