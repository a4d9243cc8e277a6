#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/jws.h"
#include "crypto/jws_alg.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/key_ctx.h"
#include "crypto/ossl.h"

struct sc_jws_alg {
	const char *name;
	enum sc_key_type type;
	unsigned bits; /* of the curve */
	enum sc_hash hash;
	bool pss;
};

static const struct sc_jws_alg algs[] = {
    {"ES256", SC_KEY_EC, 256, SC_SHA256, false},
    {"ES384", SC_KEY_EC, 384, SC_SHA384, false},
    {"ES512", SC_KEY_EC, 521, SC_SHA512, false},
    {"EdDSA", SC_KEY_ED25519, 256, SC_SHA512, false},
    {"RS256", SC_KEY_RSA, 0, SC_SHA256, false},
    {"RS384", SC_KEY_RSA, 0, SC_SHA384, false},
    {"RS512", SC_KEY_RSA, 0, SC_SHA512, false},
    {"PS256", SC_KEY_RSA, 0, SC_SHA256, true},
    {"PS384", SC_KEY_RSA, 0, SC_SHA384, true},
    {"PS512", SC_KEY_RSA, 0, SC_SHA512, true},
};

const struct sc_jws_alg *
sc_jws_alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof algs / sizeof algs[0]; i++)
		if (sc_streq(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const char *
sc_jws_alg_name(const struct sc_jws_alg *a)
{
	return a->name;
}

bool
sc_jws_alg_fits(const struct sc_jws_alg *a, const struct sc_key *key)
{
	return a->type == key->type &&
	    (a->type != SC_KEY_EC || a->bits == key->bits);
}

const char *const *
sc_jws_algs_for_key(const struct sc_key *key)
{
	static const char *const es256[] = {"ES256", NULL};
	static const char *const es384[] = {"ES384", NULL};
	static const char *const es512[] = {"ES512", NULL};
	static const char *const eddsa[] = {"EdDSA", NULL};
	static const char *const rsa[] = {
	    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", NULL};

	if (key->type == SC_KEY_RSA)
		return rsa;
	if (key->type == SC_KEY_ED25519)
		return eddsa;
	return key->bits == 256 ? es256 : key->bits == 384 ? es384 : es512;
}

static int
refuse(struct sc_error *e, const char *why)
{
	ERR_clear_error();
	return sc_fail(e, SC_ERR_UNAUTHENTICATED, "jws: %s", why);
}

/* --- ECDSA: r || s on the wire, a DER SEQUENCE in libcrypto ----------- */

static bool
in_range(const struct sc_curve *c, const uint8_t *v)
{
	return !sc_num_is_zero(v, c->bytes) &&
	    sc_num_cmp(v, c->order, c->bytes) < 0;
}

static size_t
put_integer(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t pad;

	while (*p == 0) { /* not zero: in_range() */
		p++;
		n--;
	}
	pad = *p >> 7;
	out[0] = SC_DER_INTEGER;
	out[1] = (uint8_t)(n + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, p, n);
	return 2 + pad + n;
}

static int
verify_ec(const struct sc_key *key, const uint8_t *md, size_t md_len,
    const uint8_t *sig, size_t len, EVP_PKEY_CTX *ctx, struct sc_error *e)
{
	const struct sc_curve *c = key->curve;
	uint8_t der[3 + 2 * (3 + SC_EC_MAX)], *body = der + 3, *start;
	size_t n;

	if (len != 2 * c->bytes)
		return refuse(e, "ECDSA signature has the wrong size");
	if (!in_range(c, sig) || !in_range(c, sig + c->bytes))
		return refuse(e, "ECDSA signature out of range");
	n = put_integer(body, sig, c->bytes);
	n += put_integer(body + n, sig + c->bytes, c->bytes);
	start = body - 2;
	start[1] = (uint8_t)n;
	if (n >= 0x80) {
		start--;
		start[1] = 0x81;
	}
	start[0] = SC_DER_SEQUENCE;
	if (EVP_PKEY_verify(
		ctx, start, (size_t)(body - start) + n, md, md_len) != 1)
		return refuse(e, "signature does not verify");
	return 0;
}

/* DER back to r || s in place. */
static int
unpack_ec(const struct sc_curve *c, uint8_t *sig, size_t *len)
{
	struct sc_der d = {sig, *len}, seq, v[2];
	uint8_t out[2 * SC_EC_MAX] = {0};
	int i;

	if (!sc_der_get(&d, SC_DER_SEQUENCE, &seq))
		return SC_ERR_CRYPTO;
	for (i = 0; i < 2; i++) {
		if (!sc_der_get_positive(&seq, &v[i]) || v[i].n > c->bytes)
			return SC_ERR_CRYPTO;
		memcpy(
		    out + (size_t)(i + 1) * c->bytes - v[i].n, v[i].p, v[i].n);
	}
	*len = 2 * c->bytes;
	memcpy(sig, out, *len);
	return 0;
}

/* --- EdDSA: not over a digest ----------------------------------------- */

static int
verify_ed(const struct sc_key *key, const void *p, size_t n, const uint8_t *sig,
    size_t len, struct sc_error *e)
{
	EVP_MD_CTX *ctx;
	int ok;

	if (len != 64)
		return refuse(e, "EdDSA signature has the wrong size");
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL &&
	    EVP_DigestVerifyInit_ex(
		ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : refuse(e, "signature does not verify");
}

static int
sign_ed(const struct sc_key *key, const void *p, size_t n, uint8_t *sig,
    size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = ctx != NULL &&
	    EVP_DigestSignInit_ex(
		ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
	    EVP_DigestSign(ctx, sig, len, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : SC_ERR_CRYPTO;
}

/* --- both ways -------------------------------------------------------- */

int
sc_jws_alg_verify(const struct sc_jws_alg *a, const struct sc_key *key,
    const void *p, size_t n, const uint8_t *sig, size_t len, struct sc_error *e)
{
	uint8_t md[64];
	size_t md_len;
	EVP_PKEY_CTX *ctx;
	int r;

	if (!sc_jws_alg_fits(a, key))
		return refuse(e, "algorithm does not fit the key");
	if (a->type == SC_KEY_ED25519)
		return verify_ed(key, p, n, sig, len, e);
	if (sc_digest(a->hash, p, n, md, &md_len) != 0 ||
	    (ctx = sc_key_verifier(key, a->hash, a->pss)) == NULL)
		return sc_ossl_fail(e, SC_ERR_CRYPTO, "jws: verify");
	if (a->type == SC_KEY_EC)
		r = verify_ec(key, md, md_len, sig, len, ctx, e);
	else if (len != (key->bits + 7) / 8)
		r = refuse(e, "RSA signature has the wrong size");
	else if (EVP_PKEY_verify(ctx, sig, len, md, md_len) != 1)
		r = refuse(e, "signature does not verify");
	else
		r = 0;
	return r;
}

int
sc_jws_alg_sign(const struct sc_jws_alg *a, const struct sc_key *key,
    const void *p, size_t n, uint8_t **sig, size_t *len, struct sc_error *e)
{
	size_t room = 2 * SC_MAX_RSA_BITS / 8, md_len;
	uint8_t md[64];
	EVP_PKEY_CTX *ctx;
	int r;

	*sig = NULL;
	*len = 0;
	if (!sc_jws_alg_fits(a, key))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jws: alg %s does not fit the key", a->name);
	if (!key->is_private)
		return sc_fail(e, SC_ERR_MALFORMED, "jws: not a private key");
	*sig = malloc(room);
	if (*sig == NULL)
		return sc_fail_nomem(e);
	*len = room;
	if (a->type == SC_KEY_ED25519)
		r = sign_ed(key, p, n, *sig, len);
	else if (sc_digest(a->hash, p, n, md, &md_len) != 0 ||
	    (ctx = sc_key_signer(key, a->hash, a->pss)) == NULL ||
	    EVP_PKEY_sign(ctx, *sig, len, md, md_len) != 1)
		r = SC_ERR_CRYPTO;
	else
		r = a->type == SC_KEY_EC ? unpack_ec(key->curve, *sig, len) : 0;
	if (r != 0) {
		free(*sig);
		*sig = NULL;
		*len = 0;
		return sc_ossl_fail(e, r, "jws: sign");
	}
	return 0;
}
