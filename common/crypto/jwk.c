#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/ossl.h"

/* A decoded member; secret ones are wiped. */
struct member {
	uint8_t *p;
	size_t n;
};

static void
member_clear(struct member *m)
{
	sc_freezero(m->p, m->n);
	m->p = NULL;
	m->n = 0;
}

/* A string member; *out NULL when absent. */
static int
get_text(struct json_object *obj, const char *name, const char **out,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(obj, name);

	*out = NULL;
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jwk: %s is not a string", name);
	*out = json_object_get_string(v);
	return 0;
}

/* A base64url member; want is its exact size, 0 for any. */
static int
get_bytes(struct json_object *obj, const char *name, size_t want,
    struct member *m, struct sc_error *e)
{
	const char *s;
	int r;

	if ((r = get_text(obj, name, &s, e)) != 0)
		return r;
	if (s == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "jwk: %s is missing", name);
	r = sc_b64_decode(SC_B64_URL, s, strlen(s), &m->p, &m->n);
	if (r != 0)
		return sc_fail(e, r, "jwk: %s is not base64url", name);
	if (m->n == 0 || (want != 0 && m->n != want))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwk: %s has %zu octets, want %zu", name, m->n, want);
	return 0;
}

static int
parse_ec(struct json_object *obj, struct sc_key **out, struct sc_error *e)
{
	const struct sc_curve *c;
	const char *crv;
	struct member x = {0}, y = {0}, d = {0};
	uint8_t point[1 + 2 * SC_EC_MAX];
	int r;

	if ((r = get_text(obj, "crv", &crv, e)) != 0)
		return r;
	c = sc_curve_by_name(crv);
	if (c == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwk: curve %s not supported",
		    crv != NULL ? crv : "(none)");
	if ((r = get_bytes(obj, "x", c->bytes, &x, e)) != 0 ||
	    (r = get_bytes(obj, "y", c->bytes, &y, e)) != 0 ||
	    (sc_json_member_exact(obj, "d") != NULL &&
		(r = get_bytes(obj, "d", c->bytes, &d, e)) != 0))
		goto out;
	point[0] = 4;
	memcpy(point + 1, x.p, x.n);
	memcpy(point + 1 + x.n, y.p, y.n);
	r = sc_key_from_ec(c, point, 1 + x.n + y.n, d.p, out, e);
out:
	member_clear(&x);
	member_clear(&y);
	member_clear(&d);
	return r;
}

static int
parse_okp(struct json_object *obj, struct sc_key **out, struct sc_error *e)
{
	const char *crv;
	struct member x = {0}, d = {0};
	int r;

	if ((r = get_text(obj, "crv", &crv, e)) != 0)
		return r;
	if (!sc_streq(crv, "Ed25519"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwk: curve %s not supported",
		    crv != NULL ? crv : "(none)");
	if ((r = get_bytes(obj, "x", 32, &x, e)) != 0 ||
	    (sc_json_member_exact(obj, "d") != NULL &&
		(r = get_bytes(obj, "d", 32, &d, e)) != 0))
		goto out;
	r = sc_key_from_ed25519(x.p, d.p, out, e);
out:
	member_clear(&x);
	member_clear(&d);
	return r;
}

static const char *const rsa_members[] = {
    "n", "e", "d", "p", "q", "dp", "dq", "qi"};
#define RSA_MEMBERS (sizeof rsa_members / sizeof rsa_members[0])

static int
parse_rsa(struct json_object *obj, struct sc_key **out, struct sc_error *e)
{
	struct sc_rsa_numbers nums = {0};
	struct sc_num *dst[RSA_MEMBERS] = {&nums.n, &nums.e, &nums.d, &nums.p,
	    &nums.q, &nums.dp, &nums.dq, &nums.qi};
	struct member m[RSA_MEMBERS] = {{NULL, 0}};
	size_t i, count = 2;
	int r = 0;

	if (sc_json_member_exact(obj, "oth") != NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwk: RSA keys of more than two primes not supported");
	if (sc_json_member_exact(obj, "d") != NULL)
		count = RSA_MEMBERS;
	for (i = 0; i < count && r == 0; i++) {
		r = get_bytes(obj, rsa_members[i], 0, &m[i], e);
		/* Base64urlUInt: the fewest octets (RFC 7518 section 2). */
		if (r == 0 && i < 2 && m[i].p[0] == 0)
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "jwk: %s has leading zeros", rsa_members[i]);
		dst[i]->p = m[i].p;
		dst[i]->n = m[i].n;
	}
	if (r == 0)
		r = sc_key_from_rsa(&nums, out, e);
	if (r == 0 && (r = sc_key_check_strength(*out, e)) != 0) {
		sc_key_free(*out);
		*out = NULL;
		r = SC_ERR_MALFORMED;
		if (e != NULL) {
			e->code = r;
			e->client[0] = '\0'; /* it speaks of a request */
		}
	}
	for (i = 0; i < RSA_MEMBERS; i++)
		member_clear(&m[i]);
	return r;
}

const char *
sc_jwk_default_alg(const struct sc_key *k)
{
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		return "RS256";
	case SC_KEY_ED25519:
		return "EdDSA";
	default:
		return k->curve->alg;
	}
}

static int
check_alg(const struct sc_key *key, const char *alg, struct sc_error *e)
{
	const char *const *fit = sc_jws_algs_for_key(key);

	while (*fit != NULL)
		if (sc_streq(*fit++, alg))
			return 0;
	return sc_fail(
	    e, SC_ERR_MALFORMED, "jwk: alg %s does not fit the key", alg);
}

/* Take over key. */
static int
wrap(struct sc_key *key, const char *kid, const char *alg, const char *use,
    struct sc_jwk **out, struct sc_error *e)
{
	struct sc_jwk *j = calloc(1, sizeof *j);
	int r = 0;

	if (j == NULL) {
		sc_key_free(key);
		return sc_fail_nomem(e);
	}
	j->key = key;
	j->alg = sc_strdup(alg != NULL ? alg : sc_jwk_default_alg(key));
	j->use = sc_strdup(use != NULL ? use : "");
	if (kid != NULL && *kid != '\0')
		j->kid = sc_strdup(kid);
	else
		r = sc_jwk_thumbprint(key, &j->kid, e);
	if (r == 0 && (j->alg == NULL || j->use == NULL || j->kid == NULL))
		r = sc_fail_nomem(e);
	if (r != 0) {
		sc_jwk_free(j);
		return r;
	}
	*out = j;
	return 0;
}

int
sc_jwk_parse(struct json_object *obj, struct sc_jwk **out, struct sc_error *e)
{
	const char *kty, *kid, *alg, *use;
	struct sc_key *key = NULL;
	int r;

	*out = NULL;
	if (!json_object_is_type(obj, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "jwk: not an object");
	if ((r = get_text(obj, "kty", &kty, e)) != 0 ||
	    (r = get_text(obj, "kid", &kid, e)) != 0 ||
	    (r = get_text(obj, "alg", &alg, e)) != 0 ||
	    (r = get_text(obj, "use", &use, e)) != 0)
		return r;
	if (kid != NULL && strlen(kid) > SC_MAX_KID)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jwk: kid too long");
	if (sc_streq(kty, "EC"))
		r = parse_ec(obj, &key, e);
	else if (sc_streq(kty, "RSA"))
		r = parse_rsa(obj, &key, e);
	else if (sc_streq(kty, "OKP"))
		r = parse_okp(obj, &key, e);
	else
		r = sc_fail(e,
		    kty != NULL ? SC_ERR_UNSUPPORTED : SC_ERR_MALFORMED,
		    "jwk: kty %s not supported", kty != NULL ? kty : "(none)");
	if (r != 0)
		return r;
	/* An encryption key (use "enc") names no signature algorithm. */
	if (alg != NULL && *alg != '\0' && !sc_streq(use, "enc") &&
	    (r = check_alg(key, alg, e)) != 0) {
		sc_key_free(key);
		return r;
	}
	return wrap(
	    key, kid, alg != NULL && *alg != '\0' ? alg : NULL, use, out, e);
}

int
sc_jwk_parse_text(
    const char *s, size_t n, struct sc_jwk **out, struct sc_error *e)
{
	struct json_object *obj = NULL;
	int r;

	*out = NULL;
	if (n > SC_MAX_JWS)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jwk: too large");
	r = sc_json_parse(s, n, 0, &obj, e);
	if (r == 0)
		r = sc_jwk_parse(obj, out, e);
	json_object_put(obj);
	return r;
}

void
sc_jwk_free(struct sc_jwk *j)
{
	if (j == NULL)
		return;
	sc_key_free(j->key);
	free(j->kid);
	free(j->alg);
	free(j->use);
	free(j);
}

int
sc_jwk_from_key(struct sc_key *key, struct sc_jwk **out, struct sc_error *e)
{
	*out = NULL;
	return wrap(sc_key_dup(key), NULL, NULL, "sig", out, e);
}

/* --- writing ---------------------------------------------------------- */

static int
add_text(struct json_object *obj, const char *name, const char *s)
{
	struct json_object *v = s != NULL ? json_object_new_string(s) : NULL;

	if (v == NULL)
		return SC_ERR_NOMEM;
	if (json_object_object_add(obj, name, v) != 0) {
		json_object_put(v);
		return SC_ERR_NOMEM;
	}
	return 0;
}

static int
add_bytes(struct json_object *obj, const char *name, const uint8_t *p, size_t n)
{
	char *s = sc_b64_encode(SC_B64_URL, p, n);
	int r = add_text(obj, name, s);

	sc_free_secret(s);
	return r;
}

/* A number of the key, padded to pad octets when that is not 0. */
static int
add_bn(struct json_object *obj, const char *name, const struct sc_key *k,
    const char *param, size_t pad)
{
	uint8_t buf[SC_MAX_RSA_BITS / 4];
	BIGNUM *v = NULL;
	int n, r = SC_ERR_CRYPTO;

	if (EVP_PKEY_get_bn_param(k->pkey, param, &v) == 1 &&
	    (size_t)BN_num_bytes(v) <= sizeof buf) {
		n = pad != 0 ? BN_bn2binpad(v, buf, (int)pad)
			     : BN_bn2bin(v, buf);
		if (n > 0)
			r = add_bytes(obj, name, buf, (size_t)n);
	}
	BN_clear_free(v);
	sc_wipe(buf, sizeof buf);
	ERR_clear_error();
	return r;
}

static int
format_rsa(struct json_object *obj, const struct sc_key *k, int private)
{
	static const char *const params[RSA_MEMBERS] = {OSSL_PKEY_PARAM_RSA_N,
	    OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	    OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	    OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
	size_t i, count = private ? RSA_MEMBERS : 2;
	int r = 0;

	for (i = 0; i < count && r == 0; i++)
		r = add_bn(obj, rsa_members[i], k, params[i], 0);
	return r;
}

static int
format_ec(struct json_object *obj, const struct sc_key *k, int private)
{
	const uint8_t *point = k->spki + k->pub_off;
	size_t n = k->curve->bytes;
	int r;

	if ((r = add_bytes(obj, "x", point + 1, n)) != 0 ||
	    (r = add_bytes(obj, "y", point + 1 + n, n)) != 0)
		return r;
	if (private)
		r = add_bn(obj, "d", k, OSSL_PKEY_PARAM_PRIV_KEY, n);
	return r;
}

static int
format_okp(struct json_object *obj, const struct sc_key *k, int private)
{
	uint8_t seed[32];
	size_t n = sizeof seed;
	int r;

	r = add_bytes(obj, "x", k->spki + k->pub_off, 32);
	if (r != 0 || !private)
		return r;
	if (EVP_PKEY_get_raw_private_key(k->pkey, seed, &n) != 1)
		r = SC_ERR_CRYPTO;
	else
		r = add_bytes(obj, "d", seed, n);
	sc_wipe(seed, sizeof seed);
	return r;
}

static const char *
kty_of(const struct sc_key *k)
{
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		return "RSA";
	case SC_KEY_ED25519:
		return "OKP";
	default:
		return "EC";
	}
}

static int
format_members(struct json_object *obj, const struct sc_jwk *j, int private)
{
	const struct sc_key *k = j->key;
	int r;

	if (*j->use != '\0' && (r = add_text(obj, "use", j->use)) != 0)
		return r;
	if ((r = add_text(obj, "kty", kty_of(k))) != 0 ||
	    (r = add_text(obj, "kid", j->kid)) != 0)
		return r;
	if (sc_key_curve(k) != NULL &&
	    (r = add_text(obj, "crv", sc_key_curve(k))) != 0)
		return r;
	if ((r = add_text(obj, "alg", j->alg)) != 0)
		return r;
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		return format_rsa(obj, k, private);
	case SC_KEY_ED25519:
		return format_okp(obj, k, private);
	default:
		return format_ec(obj, k, private);
	}
}

int
sc_jwk_format(const struct sc_jwk *j, int with_private,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *obj;
	int r;

	*out = NULL;
	if (with_private && !sc_key_is_private(j->key))
		return sc_fail(e, SC_ERR_MALFORMED, "jwk: not a private key");
	obj = json_object_new_object();
	if (obj == NULL)
		return sc_fail_nomem(e);
	r = format_members(obj, j, with_private);
	if (r != 0) {
		json_object_put(obj);
		return r == SC_ERR_NOMEM ? sc_fail_nomem(e)
					 : sc_ossl_fail(e, r, "jwk: format");
	}
	*out = obj;
	return 0;
}

/* --- RFC 7638 --------------------------------------------------------- */

static void
put_member(struct sc_buf *b, const char *name, const uint8_t *p, size_t n)
{
	sc_buf_putf(b, "\"%s\":\"", name);
	sc_b64_put(b, SC_B64_URL, p, n);
	sc_buf_puts(b, "\"");
}

/* The required members in lexicographic order, without blanks. */
static int
put_canonical(struct sc_buf *b, const struct sc_key *k)
{
	const uint8_t *pub = k->spki + k->pub_off;
	struct sc_der d = {pub, k->spki_len - k->pub_off}, seq, n, x;

	sc_buf_putc(b, '{');
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		if (!sc_der_get(&d, SC_DER_SEQUENCE, &seq) ||
		    !sc_der_get_positive(&seq, &n) ||
		    !sc_der_get_positive(&seq, &x))
			return SC_ERR_INTERNAL;
		put_member(b, "e", x.p, x.n);
		sc_buf_puts(b, ",\"kty\":\"RSA\",");
		put_member(b, "n", n.p, n.n);
		break;
	case SC_KEY_ED25519:
		sc_buf_puts(b, "\"crv\":\"Ed25519\",\"kty\":\"OKP\",");
		put_member(b, "x", pub, 32);
		break;
	case SC_KEY_EC:
		sc_buf_putf(
		    b, "\"crv\":\"%s\",\"kty\":\"EC\",", k->curve->name);
		put_member(b, "x", pub + 1, k->curve->bytes);
		sc_buf_putc(b, ',');
		put_member(b, "y", pub + 1 + k->curve->bytes, k->curve->bytes);
		break;
	}
	return sc_buf_putc(b, '}');
}

int
sc_jwk_thumbprint(const struct sc_key *k, char **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(8192);
	uint8_t md[32];
	int r;

	*out = NULL;
	r = put_canonical(b, k);
	if (r == 0)
		r = sc_sha256(sc_buf_data(b), sc_buf_len(b), md);
	if (r == 0 && (*out = sc_b64_encode(SC_B64_URL, md, 32)) == NULL)
		r = SC_ERR_NOMEM;
	sc_buf_free(b);
	return r != 0 ? sc_fail(e, r, "jwk: thumbprint") : 0;
}
