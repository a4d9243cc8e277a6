#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/key_ctx.h"
#include "crypto/ossl.h"

/*
 * Does the private part belong to the public one?  Signing and verifying asks
 * that of every key type alike and, unlike EVP_PKEY_check, of RSA keys with
 * e = 3 too.
 */
static int
check_pair(EVP_PKEY *pkey, struct sc_error *e)
{
	static const uint8_t text[] = "stepc key check";
	const char *md = EVP_PKEY_is_a(pkey, "ED25519") ? NULL : "SHA256";
	uint8_t sig[2 * SC_MAX_RSA_BITS / 8];
	size_t n = sizeof sig;
	EVP_MD_CTX *s = EVP_MD_CTX_new(), *v = EVP_MD_CTX_new();
	int r = 0;

	if (s == NULL || v == NULL)
		r = sc_fail_nomem(e);
	else if (EVP_DigestSignInit_ex(s, NULL, md, NULL, NULL, pkey, NULL) !=
		1 ||
	    EVP_DigestSign(s, sig, &n, text, sizeof text) != 1 ||
	    EVP_DigestVerifyInit_ex(v, NULL, md, NULL, NULL, pkey, NULL) != 1 ||
	    EVP_DigestVerify(v, sig, n, text, sizeof text) != 1)
		r = sc_ossl_fail(
		    e, SC_ERR_MALFORMED, "private and public key do not match");
	EVP_MD_CTX_free(s);
	EVP_MD_CTX_free(v);
	return r;
}

/* --- EC --------------------------------------------------------------- */

/* The domain parameters alone, kept: setting them up costs 20 us a time. */
static EVP_PKEY *
curve_template(const struct sc_curve *c)
{
	static struct {
		const struct sc_curve *c;
		EVP_PKEY *pkey;
	} cache[3];
	OSSL_PARAM p[2];
	EVP_PKEY_CTX *ctx;
	size_t i;

	for (i = 0; i < 3 && cache[i].c != NULL; i++)
		if (cache[i].c == c)
			return cache[i].pkey;
	if (i == 3)
		return NULL;
	/* OSSL_PARAM has no const; the name is only read. */
	p[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)c->name, 0);
	p[1] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(
		ctx, &cache[i].pkey, EVP_PKEY_KEY_PARAMETERS, p) == 1)
		cache[i].c = c;
	EVP_PKEY_CTX_free(ctx);
	return cache[i].c != NULL ? cache[i].pkey : NULL;
}

static EVP_PKEY *
ec_private(const struct sc_curve *c, const uint8_t *point, size_t point_len,
    const uint8_t *d)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	BIGNUM *bn = BN_secure_new();

	if (bld != NULL && ctx != NULL && bn != NULL &&
	    BN_bin2bn(d, (int)c->bytes, bn) != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, c->name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		bld, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, bn) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(bn);
	return pkey;
}

EVP_PKEY *
sc_ec_empty(const struct sc_curve *c)
{
	EVP_PKEY *t = curve_template(c);

	return t == NULL ? NULL : EVP_PKEY_dup(t);
}

EVP_PKEY *
sc_ec_public(const struct sc_curve *c, const uint8_t *point)
{
	EVP_PKEY *pkey = sc_ec_empty(c);

	if (pkey != NULL &&
	    EVP_PKEY_set1_encoded_public_key(pkey, point, 1 + 2 * c->bytes) !=
		1) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return pkey;
}

/* Take over pkey (NULL: made when it is asked for); the SPKI is prefix || pub. */
static int
wrap(EVP_PKEY *pkey, enum sc_key_type type, const struct sc_curve *c,
    const uint8_t *prefix, size_t prefix_len, const uint8_t *pub,
    size_t pub_len, struct sc_key **out, struct sc_error *e)
{
	struct sc_key *k = calloc(1, sizeof *k);

	if (k == NULL || (k->spki = malloc(prefix_len + pub_len)) == NULL) {
		free(k);
		EVP_PKEY_free(pkey);
		return sc_fail_nomem(e);
	}
	atomic_init(&k->refs, 1);
	k->pkey = pkey;
	k->type = type;
	k->curve = c;
	k->bits = c != NULL ? c->bits : 256;
	memcpy(k->spki, prefix, prefix_len);
	memcpy(k->spki + prefix_len, pub, pub_len);
	k->spki_len = prefix_len + pub_len;
	k->pub_off = prefix_len;
	*out = k;
	return 0;
}

int
sc_key_from_ec(const struct sc_curve *c, const uint8_t *point, size_t point_len,
    const uint8_t *d, struct sc_key **out, struct sc_error *e)
{
	EVP_PKEY *pkey = NULL;
	int r;

	*out = NULL;
	if (point_len != 1 + 2 * c->bytes || point[0] != 4)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "EC point has the wrong form");
	if (d != NULL &&
	    (sc_num_is_zero(d, c->bytes) ||
		sc_num_cmp(d, c->order, c->bytes) >= 0))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "EC private key out of range");
	if (d != NULL ? (pkey = ec_private(c, point, point_len, d)) == NULL
		      : !sc_ec_on_curve(c, point))
		return sc_ossl_fail(e, SC_ERR_MALFORMED, "EC key");
	if (d != NULL && (r = check_pair(pkey, e)) != 0) {
		EVP_PKEY_free(pkey);
		return r;
	}
	r = wrap(
	    pkey, SC_KEY_EC, c, c->spki, c->spki_len, point, point_len, out, e);
	if (r == 0)
		(*out)->is_private = d != NULL;
	return r;
}

/* --- Ed25519 ---------------------------------------------------------- */

int
sc_key_from_ed25519(const uint8_t pub[32], const uint8_t *seed,
    struct sc_key **out, struct sc_error *e)
{
	EVP_PKEY *pkey;
	uint8_t got[32];
	size_t n = sizeof got;

	*out = NULL;
	if (seed == NULL)
		pkey = EVP_PKEY_new_raw_public_key_ex(
		    NULL, "ED25519", NULL, pub, 32);
	else
		pkey = EVP_PKEY_new_raw_private_key_ex(
		    NULL, "ED25519", NULL, seed, 32);
	if (pkey == NULL)
		return sc_ossl_fail(e, SC_ERR_MALFORMED, "Ed25519 key");
	if (EVP_PKEY_get_raw_public_key(pkey, got, &n) != 1 || n != 32 ||
	    sc_num_cmp(got, pub, 32) != 0) {
		EVP_PKEY_free(pkey);
		return sc_fail(
		    e, SC_ERR_MALFORMED, "private and public key do not match");
	}
	return sc_key_from_evp(pkey, out, e);
}

/* --- RSA -------------------------------------------------------------- */

enum {
	N,
	E,
	D,
	P,
	Q,
	DP,
	DQ,
	QI,
	NUMBERS
};

static const char *const rsa_params[NUMBERS] = {
    [N] = OSSL_PKEY_PARAM_RSA_N,
    [E] = OSSL_PKEY_PARAM_RSA_E,
    [D] = OSSL_PKEY_PARAM_RSA_D,
    [P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
    [Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
    [DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
    [DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
    [QI] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* d mod (prime - 1): put into *out when that is zero, else compared. */
static int
exponent(BIGNUM *out, const BIGNUM *d, const BIGNUM *prime, BN_CTX *ctx)
{
	BIGNUM *m = BN_dup(prime), *v = BN_secure_new();
	int ok;

	ok = m != NULL && v != NULL && BN_sub_word(m, 1) == 1 &&
	    !BN_is_zero(m) && BN_mod(v, d, m, ctx) == 1;
	if (ok && BN_is_zero(out))
		ok = BN_copy(out, v) != NULL;
	else if (ok)
		ok = BN_cmp(out, v) == 0;
	BN_clear_free(m);
	BN_clear_free(v);
	return ok;
}

/*
 * Check that n = p q and that the exponents agree, filling in dp and dq.
 * (libcrypto signs with p, q, dp, dq, qi alone: a signature would not tell
 * that d is wrong.)
 */
static int
complete_rsa(BIGNUM *v[NUMBERS])
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *pq = BN_secure_new();
	int ok;

	ok = ctx != NULL && pq != NULL && BN_mul(pq, v[P], v[Q], ctx) == 1 &&
	    BN_cmp(pq, v[N]) == 0 && BN_is_odd(v[N]) && !BN_is_one(v[P]) &&
	    !BN_is_one(v[Q]) && exponent(v[DP], v[D], v[P], ctx) &&
	    exponent(v[DQ], v[D], v[Q], ctx);
	BN_clear_free(pq);
	BN_CTX_free(ctx);
	return ok;
}

static EVP_PKEY *
rsa_build(BIGNUM *v[NUMBERS], int count)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	int i, ok = bld != NULL && ctx != NULL;

	for (i = 0; ok && i < count; i++)
		ok = OSSL_PARAM_BLD_push_BN(bld, rsa_params[i], v[i]) == 1;
	if (ok && (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey,
		count > E + 1 ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
		params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

int
sc_key_from_rsa(
    const struct sc_rsa_numbers *in, struct sc_key **out, struct sc_error *e)
{
	const struct sc_num *src[NUMBERS] = {
	    &in->n, &in->e, &in->d, &in->p, &in->q, &in->dp, &in->dq, &in->qi};
	BIGNUM *v[NUMBERS] = {NULL};
	EVP_PKEY *pkey = NULL;
	int i, r = 0, count = in->d.p != NULL ? NUMBERS : E + 1;

	*out = NULL;
	for (i = 0; i < count; i++) {
		if (src[i]->n > 2 * SC_MAX_RSA_BITS / 8) {
			r = sc_fail(
			    e, SC_ERR_MALFORMED, "RSA number too large");
			goto out;
		}
		v[i] = BN_secure_new();
		if (v[i] == NULL ||
		    BN_bin2bn(src[i]->p, (int)src[i]->n, v[i]) == NULL) {
			r = sc_fail_nomem(e);
			goto out;
		}
	}
	if (BN_is_zero(v[N]) || BN_is_zero(v[E]) ||
	    (count == NUMBERS && !complete_rsa(v))) {
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "RSA numbers do not fit together");
		goto out;
	}
	pkey = rsa_build(v, count);
	if (pkey == NULL) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "RSA key");
		goto out;
	}
	if (count == NUMBERS && (r = check_pair(pkey, e)) != 0)
		goto out;
	r = sc_key_from_evp(pkey, out, e);
	pkey = NULL; /* transferred */
out:
	for (i = 0; i < NUMBERS; i++)
		BN_clear_free(v[i]);
	EVP_PKEY_free(pkey);
	return r;
}
