#include "config.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/key_ctx.h"
#include "crypto/ossl.h"
#include "crypto/sig_alg.h"

#define RSA_ALG(last)                                                          \
	0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,      \
	    0x01, last, 0x05, 0x00
#define ECDSA_ALG(last)                                                        \
	0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last
/* RSASSA-PSS-params with MGF1 of the same hash and a salt of its length. */
#define PSS_ALG(hash, salt)                                                    \
	0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,      \
	    0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60,  \
	    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xa1,  \
	    0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,  \
	    0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,  \
	    0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01,  \
	    salt

static const uint8_t ecdsa256[] = {ECDSA_ALG(2)};
static const uint8_t ecdsa384[] = {ECDSA_ALG(3)};
static const uint8_t ecdsa512[] = {ECDSA_ALG(4)};
static const uint8_t rsa256[] = {RSA_ALG(11)};
static const uint8_t rsa384[] = {RSA_ALG(12)};
static const uint8_t rsa512[] = {RSA_ALG(13)};
static const uint8_t pss256[] = {PSS_ALG(1, 32)};
static const uint8_t pss384[] = {PSS_ALG(2, 48)};
static const uint8_t pss512[] = {PSS_ALG(3, 64)};
static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

#define ALG(text, type, hash, pss, der)                                        \
	{                                                                      \
		text, type, hash, pss, der, sizeof(der)                        \
	}
static const struct sc_sig_alg algs[] = {
    ALG("ECDSA-SHA256", SC_KEY_EC, SC_SHA256, false, ecdsa256),
    ALG("ECDSA-SHA384", SC_KEY_EC, SC_SHA384, false, ecdsa384),
    ALG("ECDSA-SHA512", SC_KEY_EC, SC_SHA512, false, ecdsa512),
    ALG("SHA256-RSA", SC_KEY_RSA, SC_SHA256, false, rsa256),
    ALG("SHA384-RSA", SC_KEY_RSA, SC_SHA384, false, rsa384),
    ALG("SHA512-RSA", SC_KEY_RSA, SC_SHA512, false, rsa512),
    ALG("SHA256-RSAPSS", SC_KEY_RSA, SC_SHA256, true, pss256),
    ALG("SHA384-RSAPSS", SC_KEY_RSA, SC_SHA384, true, pss384),
    ALG("SHA512-RSAPSS", SC_KEY_RSA, SC_SHA512, true, pss512),
    ALG("Ed25519", SC_KEY_ED25519, SC_SHA512, false, ed25519),
};

const struct sc_sig_alg *
sc_sig_alg_by_der(const uint8_t *der, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (algs[i].der_len == n && memcmp(algs[i].der, der, n) == 0)
			return &algs[i];
	return NULL;
}

const struct sc_sig_alg *
sc_sig_alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (sc_strcaseeq(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const struct sc_sig_alg *
sc_sig_alg_default(const struct sc_key *k)
{
	switch (sc_key_type(k)) {
	case SC_KEY_RSA:
		return &algs[3];
	case SC_KEY_ED25519:
		return &algs[9];
	default:
		return &algs[sc_key_bits(k) == 256 ? 0
			: sc_key_bits(k) == 384	   ? 1
						   : 2];
	}
}

const struct sc_sig_alg *
sc_sig_alg_rsa(enum sc_hash hash)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (algs[i].type == SC_KEY_RSA && algs[i].hash == hash &&
		    !algs[i].pss)
			return &algs[i];
	return NULL;
}

/* Ed25519 takes the message itself (RFC 8032). */
static int
sign_message(const struct sc_key *k, const uint8_t *tbs, size_t n, uint8_t *sig,
    size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, sc_key_evp(k)) == 1 &&
	    EVP_DigestSign(ctx, sig, len, tbs, n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static int
sign_digest(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, uint8_t *sig, size_t *len)
{
	EVP_PKEY_CTX *ctx = sc_key_signer(k, alg->hash, alg->pss);
	uint8_t md[64];
	size_t md_len;

	return ctx != NULL && sc_digest(alg->hash, tbs, n, md, &md_len) == 0 &&
	    EVP_PKEY_sign(ctx, sig, len, md, md_len) == 1;
}

int
sc_sig_make(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, uint8_t *sig, size_t *len, struct sc_error *e)
{
	int ok;

	if (alg->type != sc_key_type(k))
		return sc_fail(
		    e, SC_ERR_CRYPTO, "%s does not fit the key", alg->name);
	*len = SC_SIG_MAX;
	ok = alg->type == SC_KEY_ED25519
	    ? sign_message(k, tbs, n, sig, len)
	    : sign_digest(alg, k, tbs, n, sig, len);
	return ok ? 0 : sc_ossl_fail(e, SC_ERR_CRYPTO, "cannot sign");
}

int
sc_sig_put(struct sc_buf *b, const struct sc_sig_alg *alg,
    const struct sc_key *k, const uint8_t *tbs, size_t n, struct sc_error *e)
{
	uint8_t sig[1 + SC_SIG_MAX];
	size_t len;
	int r = sc_sig_make(alg, k, tbs, n, sig + 1, &len, e);

	if (r != 0)
		return r;
	sig[0] = 0; /* no unused bits */
	sc_der_put(b, SC_DER_BIT_STRING, sig, len + 1);
	return 0;
}

static int
verify_message(const struct sc_key *k, const uint8_t *tbs, size_t n,
    const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, sc_key_evp(k)) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, tbs, n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static int
verify_digest(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, const uint8_t *sig, size_t len)
{
	EVP_PKEY_CTX *ctx = sc_key_verifier(k, alg->hash, alg->pss);
	uint8_t md[64];
	size_t md_len;

	return ctx != NULL && sc_digest(alg->hash, tbs, n, md, &md_len) == 0 &&
	    EVP_PKEY_verify(ctx, sig, len, md, md_len) == 1;
}

int
sc_sig_verify(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, const uint8_t *sig, size_t sig_len,
    struct sc_error *e)
{
	int ok = alg->type == sc_key_type(k);

	if (ok)
		ok = alg->type == SC_KEY_ED25519
		    ? verify_message(k, tbs, n, sig, sig_len)
		    : verify_digest(alg, k, tbs, n, sig, sig_len);
	if (!ok)
		return sc_ossl_fail(
		    e, SC_ERR_UNAUTHENTICATED, "signature does not verify");
	return 0;
}
