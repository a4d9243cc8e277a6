#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/crypto/crypto_jwt.h"
#include "client/crypto/jose_sign.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

const struct sc_opt sc_options_jose_sign[] = {
    {.name = "key",
	.arg = "FILE",
	.help = "JWK or PEM file with the private key"},
    {.name = "jwks",
	.arg = "FILE",
	.help = "JWK set with the private key; needs --kid"},
    {.name = "kid",
	.arg = "ID",
	.help = "the key of the set, or the kid to put into the header"},
    {.name = "no-kid",
	.kind = SC_OPT_BOOL,
	.help = "leave kid out of the header"},
    {.name = "x5c-cert",
	.arg = "FILE",
	.help = "certificate chain for the header x5c"},
    {.name = "x5c-key",
	.arg = "FILE",
	.help = "private key of the x5c certificate; --key will do too"},
    {.name = "x5c-insecure",
	.kind = SC_OPT_BOOL,
	.help = "name the header x5cInsecure"},
    {.name = "x5t-cert",
	.arg = "FILE",
	.help = "certificate for the header x5t"},
    {.name = "x5t-key",
	.arg = "FILE",
	.help = "private key of the x5t certificate; --key will do too"},
    {.name = "alg",
	.alias = "algorithm",
	.arg = "ALG",
	.help = "signature algorithm; default by the key"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to decrypt the key"},
    {.name = "subtle",
	.kind = SC_OPT_BOOL,
	.help = "let --alg overrule the algorithm of the JWK; of a "
		"token: do without the usual claims"},
    SC_OPT_END};

/* --- flags ------------------------------------------------------------ */

/* Which of "x5c" and "x5t" is asked for; NULL for neither. */
static const char *
x5_kind(const struct sc_args *a)
{
	if (sc_args_given(a, "x5c-cert"))
		return "x5c";
	return sc_args_given(a, "x5t-cert") ? "x5t" : NULL;
}

static int
check_x5_flags(const struct sc_args *a, const char *kind, struct sc_error *e)
{
	char cert[16], key[16];
	int r;

	snprintf(cert, sizeof(cert), "%s-cert", kind);
	snprintf(key, sizeof(key), "%s-key", kind);
	if ((r = sc_args_check_exclusive(a, "x5c-cert", "x5t-cert", e)) != 0 ||
	    (r = sc_args_check_exclusive(a, cert, "jwks", e)) != 0)
		return r;
	if (!sc_args_given(a, key) && !sc_args_given(a, "key"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--%s' requires one of flag --key or --%s", cert,
		    key);
	return 0;
}

int
sc_jose_sign_check(const struct sc_args *a, struct sc_error *e)
{
	const char *kind = x5_kind(a);
	int r;

	if (kind != NULL)
		return check_x5_flags(a, kind, e);
	if ((r = sc_jwt_check_key_flags(a, e)) != 0)
		return r;
	return sc_args_check_needs(a, "jwks", "kid", e);
}

/* --- the key ---------------------------------------------------------- */

int
sc_jose_sign_key(
    const struct sc_args *a, struct sc_jose_key *key, struct sc_error *e)
{
	struct sc_jose_want want = {
	    .password_file = sc_args_str(a, "password-file"),
	    .alg = sc_args_str(a, "alg"),
	    .kid = sc_args_str(a, "kid"),
	    .subtle = sc_args_bool(a, "subtle")};
	const char *kind = x5_kind(a), *file = NULL;
	int r;

	if (kind != NULL) {
		file = sc_args_str(
		    a, sc_streq(kind, "x5c") ? "x5c-key" : "x5t-key");
		if (file == NULL)
			file = sc_args_str(a, "key");
		r = sc_jose_key_load(file, &want, key, e);
		if (r == 0)
			r = sc_jwt_check_key(key, e);
	} else
		r = sc_jwt_key(a, &want, key, e);
	if (r == 0 && !sc_key_is_private(key->jwk->key))
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "cannot use a public key for signing");
	return r;
}

/* --- header ----------------------------------------------------------- */

int
sc_jose_add(struct json_object *obj, const char *name, struct json_object *v)
{
	if (v != NULL && json_object_object_add(obj, name, v) == 0)
		return 0;
	json_object_put(v);
	return SC_ERR_NOMEM;
}

int
sc_jose_add_string(struct json_object *obj, const char *name, const char *s)
{
	if (s == NULL || *s == '\0')
		return 0;
	return sc_jose_add(obj, name, json_object_new_string(s));
}

static int
add_x5c(
    struct json_object *header, const struct sc_certs *certs, const char *name)
{
	struct json_object *list = json_object_new_array();
	const uint8_t *der;
	char *b64;
	size_t i, n;

	for (i = 0; list != NULL && i < certs->n; i++) {
		der = sc_cert_der(certs->v[i], &n);
		b64 = sc_b64_encode(SC_B64_STD, der, n);
		if (b64 == NULL) {
			json_object_put(list);
			return SC_ERR_NOMEM;
		}
		json_object_array_add(list, json_object_new_string(b64));
		free(b64);
	}
	return sc_jose_add(header, name, list);
}

/* SHA-1 with padding, as the reference writes it. */
static int
add_x5t(struct json_object *header, const struct sc_cert *cert)
{
	uint8_t md[64];
	const uint8_t *der;
	size_t n, len;
	char *b64;
	int r;

	der = sc_cert_der(cert, &n);
	if ((r = sc_digest(SC_SHA1, der, n, md, &len)) != 0)
		return r;
	b64 = sc_b64_encode(SC_B64_URL_PAD, md, len);
	r = sc_jose_add_string(header, "x5t", b64);
	free(b64);
	return r;
}

static int
check_pair(const struct sc_cert *cert, const struct sc_key *key,
    const char *kind, struct sc_error *e)
{
	struct sc_key *pub;
	bool same;
	int r;

	if ((r = sc_cert_key(cert, &pub, e)) != 0)
		return r;
	same = sc_key_same_public(pub, key);
	sc_key_free(pub);
	if (same)
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "error validating %s certificate and key for use in %s header: "
	    "they do not belong together",
	    kind, kind);
}

static int
add_certificates(const struct sc_args *a, const char *kind,
    const struct sc_key *key, struct json_object *header, struct sc_error *e)
{
	bool x5c = sc_streq(kind, "x5c");
	struct sc_certs certs = {0};
	char *pem = NULL;
	size_t n;
	int r;

	r = sc_file_read(sc_args_str(a, x5c ? "x5c-cert" : "x5t-cert"),
	    SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, &certs, e)) == 0 &&
	    (r = check_pair(certs.v[0], key, kind, e)) == 0) {
		if (!x5c)
			r = add_x5t(header, certs.v[0]);
		else
			r = add_x5c(header, &certs,
			    sc_args_bool(a, "x5c-insecure") ? "x5cInsecure"
							    : "x5c");
		if (r != 0)
			sc_fail(e, r, "cannot write the %s header", kind);
	}
	sc_certs_clear(&certs);
	free(pem);
	return r;
}

int
sc_jose_sign_header(const struct sc_args *a, const struct sc_jose_key *k,
    struct json_object *header, struct sc_error *e)
{
	const char *kind = x5_kind(a);

	if (!sc_args_bool(a, "no-kid") &&
	    sc_jose_add_string(header, "kid", k->kid) != 0)
		return sc_fail_nomem(e);
	if (kind == NULL)
		return 0;
	return add_certificates(a, kind, k->jwk->key, header, e);
}
