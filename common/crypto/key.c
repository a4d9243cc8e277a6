#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/ossl.h"

/*
 * SubjectPublicKeyInfo of a named curve and of Ed25519 differ from key to key
 * in their last octets only, so that the strictest DER reader is a comparison
 * (RFC 5480 section 2, RFC 8410 section 4).
 */
static const uint8_t spki_p256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t spki_p384[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00};
static const uint8_t spki_p521[] = {0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07,
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
    0x00, 0x23, 0x03, 0x81, 0x86, 0x00};
static const uint8_t spki_ed25519[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
/* AlgorithmIdentifier of rsaEncryption with its NULL (RFC 3279 2.3.1). */
static const uint8_t rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
    0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

/* Orders of the base points (SEC 2 / FIPS 186-4 D.1.2). */
static const uint8_t order_p256[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
    0x51};
static const uint8_t order_p384[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d,
    0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19,
    0x6a, 0xcc, 0xc5, 0x29, 0x73};
static const uint8_t order_p521[] = {0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f,
    0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89,
    0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09};

static const struct sc_curve curves[] = {
    {"P-256", "nistp256", "ES256", 256, 32, spki_p256, sizeof spki_p256,
	order_p256},
    {"P-384", "nistp384", "ES384", 384, 48, spki_p384, sizeof spki_p384,
	order_p384},
    {"P-521", "nistp521", "ES512", 521, 66, spki_p521, sizeof spki_p521,
	order_p521},
};
#define CURVE_COUNT (sizeof curves / sizeof curves[0])

const struct sc_curve *
sc_curve_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < CURVE_COUNT; i++)
		if (sc_streq(curves[i].name, name))
			return &curves[i];
	return NULL;
}

int
sc_num_cmp(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

bool
sc_num_is_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	while (n-- > 0)
		any |= *p++;
	return any == 0;
}

/* --- the public part of an EVP_PKEY as SPKI --------------------------- */

static int
describe_ec(struct sc_key *k, struct sc_error *e)
{
	char group[80];
	uint8_t point[1 + 2 * SC_EC_MAX];
	BIGNUM *x = NULL, *y = NULL;
	struct sc_buf *b = NULL;
	int explicit = 0, r;
	size_t i, len = 0;

	if (EVP_PKEY_get_int_param(k->pkey,
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		&explicit) == 1 &&
	    explicit)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "EC key with explicit curve parameters");
	if (EVP_PKEY_get_utf8_string_param(k->pkey, OSSL_PKEY_PARAM_GROUP_NAME,
		group, sizeof group, &len) != 1)
		return sc_ossl_fail(e, SC_ERR_UNSUPPORTED, "unnamed EC curve");
	for (i = 0; i < CURVE_COUNT; i++)
		if (EVP_PKEY_get_bits(k->pkey) == (int)curves[i].bits &&
		    (strcmp(group, curves[i].name) == 0 ||
			strcmp(group, "prime256v1") == 0 ||
			strcmp(group, "secp384r1") == 0 ||
			strcmp(group, "secp521r1") == 0))
			k->curve = &curves[i];
	if (k->curve == NULL)
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "EC curve %s not supported", group);
	k->bits = k->curve->bits;
	point[0] = 4;
	if (EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
	    EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
	    BN_bn2binpad(x, point + 1, (int)k->curve->bytes) < 0 ||
	    BN_bn2binpad(y, point + 1 + k->curve->bytes, (int)k->curve->bytes) <
		0) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "EC key without a point");
		goto out;
	}
	b = sc_buf_new(256);
	sc_buf_put(b, k->curve->spki, k->curve->spki_len);
	sc_buf_put(b, point, 1 + 2 * k->curve->bytes);
	k->spki = (uint8_t *)sc_buf_steal(b, &k->spki_len);
	k->pub_off = k->curve->spki_len;
	r = k->spki == NULL ? sc_fail_nomem(e) : 0;
out:
	BN_free(x);
	BN_free(y);
	return r;
}

static void
put_bn(struct sc_buf *b, const BIGNUM *n)
{
	uint8_t bytes[SC_MAX_RSA_BITS / 4];

	if (BN_num_bytes(n) <= (int)sizeof bytes)
		sc_der_put_unsigned(b, bytes, (size_t)BN_bn2bin(n, bytes));
}

static int
describe_rsa(struct sc_key *k, struct sc_error *e)
{
	struct sc_buf *nums = sc_buf_new(8192), *bits = sc_buf_new(8192);
	struct sc_buf *body = sc_buf_new(8192), *spki = sc_buf_new(8192);
	BIGNUM *n = NULL, *x = NULL;
	int r = 0;

	k->bits = (unsigned)EVP_PKEY_get_bits(k->pkey);
	if (EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_E, &x) != 1) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "RSA key");
		goto out;
	}
	/* An absurd size is reported as such before anything is built of it. */
	if (BN_num_bits(n) > 2 * SC_MAX_RSA_BITS ||
	    BN_num_bits(x) > BN_num_bits(n)) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "RSA key of %d bits is too large", BN_num_bits(n));
		goto out;
	}
	put_bn(nums, n);
	put_bn(nums, x);
	sc_buf_put_u8(bits, 0);
	sc_der_put(bits, SC_DER_SEQUENCE, sc_buf_data(nums), sc_buf_len(nums));
	sc_der_put(body, SC_DER_SEQUENCE, rsa_algorithm, sizeof rsa_algorithm);
	sc_der_put(
	    body, SC_DER_BIT_STRING, sc_buf_data(bits), sc_buf_len(bits));
	sc_der_put(spki, SC_DER_SEQUENCE, sc_buf_data(body), sc_buf_len(body));
	if (sc_buf_error(nums) || sc_buf_error(bits) || sc_buf_error(body)) {
		r = sc_fail_nomem(e);
		goto out;
	}
	k->pub_off = sc_buf_len(bits) - 1; /* from the end, for now */
	k->spki = (uint8_t *)sc_buf_steal(spki, &k->spki_len);
	spki = NULL;
	if (k->spki == NULL)
		r = sc_fail_nomem(e);
	else
		k->pub_off = k->spki_len - k->pub_off;
out:
	sc_buf_free(nums);
	sc_buf_free(bits);
	sc_buf_free(body);
	sc_buf_free(spki);
	BN_free(n);
	BN_free(x);
	return r;
}

static int
describe_ed25519(struct sc_key *k, struct sc_error *e)
{
	size_t len = 32;

	k->bits = 256;
	k->pub_off = sizeof spki_ed25519;
	k->spki_len = sizeof spki_ed25519 + len;
	k->spki = malloc(k->spki_len);
	if (k->spki == NULL)
		return sc_fail_nomem(e);
	memcpy(k->spki, spki_ed25519, sizeof spki_ed25519);
	if (EVP_PKEY_get_raw_public_key(k->pkey, k->spki + k->pub_off, &len) !=
		1 ||
	    len != 32)
		return sc_ossl_fail(e, SC_ERR_MALFORMED, "Ed25519 key");
	return 0;
}

/* Whether pkey holds a private part; libcrypto has no direct question. */
static bool
has_private(EVP_PKEY *pkey, enum sc_key_type type)
{
	BIGNUM *d = NULL;
	size_t len = 0;
	bool yes;

	if (type == SC_KEY_ED25519)
		yes = EVP_PKEY_get_raw_private_key(pkey, NULL, &len) == 1;
	else {
		yes = EVP_PKEY_get_bn_param(
			  pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1;
		if (!yes)
			yes = EVP_PKEY_get_bn_param(
				  pkey, OSSL_PKEY_PARAM_RSA_D, &d) == 1;
	}
	BN_clear_free(d);
	ERR_clear_error();
	return yes;
}

/* --- life ------------------------------------------------------------- */

static struct sc_key *
key_alloc(EVP_PKEY *pkey, enum sc_key_type type)
{
	struct sc_key *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	atomic_init(&k->refs, 1);
	k->pkey = pkey;
	k->type = type;
	return k;
}

int
sc_key_from_evp(EVP_PKEY *pkey, struct sc_key **out, struct sc_error *e)
{
	struct sc_key *k = NULL;
	enum sc_key_type type;
	int r;

	*out = NULL;
	if (EVP_PKEY_is_a(pkey, "EC"))
		type = SC_KEY_EC;
	else if (EVP_PKEY_is_a(pkey, "RSA"))
		type = SC_KEY_RSA;
	else if (EVP_PKEY_is_a(pkey, "ED25519"))
		type = SC_KEY_ED25519;
	else {
		const char *name = EVP_PKEY_get0_type_name(pkey);

		r = sc_fail(e, SC_ERR_UNSUPPORTED,
		    "key of type %s is not supported",
		    name != NULL ? name : "unknown");
		EVP_PKEY_free(pkey);
		return r;
	}
	k = key_alloc(pkey, type);
	if (k == NULL) {
		EVP_PKEY_free(pkey);
		return sc_fail_nomem(e);
	}
	if (type == SC_KEY_EC)
		r = describe_ec(k, e);
	else if (type == SC_KEY_RSA)
		r = describe_rsa(k, e);
	else
		r = describe_ed25519(k, e);
	if (r != 0) {
		sc_key_free(k);
		return r;
	}
	k->is_private = has_private(pkey, type);
	*out = k;
	return 0;
}

void
sc_key_free(struct sc_key *k)
{
	if (k == NULL || atomic_fetch_sub(&k->refs, 1) > 1)
		return;
	EVP_PKEY_CTX_free(k->signer.ctx);
	EVP_PKEY_CTX_free(k->verifier.ctx);
	EVP_PKEY_free(k->pkey); /* wipes private numbers */
	free(k->spki);
	free(k);
}

struct sc_key *
sc_key_unconst(const struct sc_key *k)
{
	return (struct sc_key *)(uintptr_t)k;
}

struct sc_key *
sc_key_dup(const struct sc_key *k)
{
	struct sc_key *m = sc_key_unconst(k);

	if (m != NULL)
		atomic_fetch_add(&m->refs, 1);
	return m;
}

int
sc_key_generate(const char *kty, const char *curve, unsigned bits,
    struct sc_key **out, struct sc_error *e)
{
	const struct sc_curve *c;
	EVP_PKEY *pkey = NULL;

	*out = NULL;
	if (sc_streq(kty, "EC")) {
		c = sc_curve_by_name(curve != NULL ? curve : "P-256");
		if (c == NULL)
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "EC curve %s not supported", curve);
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", c->name);
	} else if (sc_streq(kty, "RSA")) {
		if (bits == 0)
			bits = SC_MIN_RSA_BITS;
		if (bits < SC_MIN_RSA_BITS || bits > SC_MAX_RSA_BITS)
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "RSA keys have %d to %d bits, not %u",
			    SC_MIN_RSA_BITS, SC_MAX_RSA_BITS, bits);
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	} else if (sc_streq(kty, "OKP")) {
		if (curve != NULL && !sc_streq(curve, "Ed25519"))
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "OKP curve %s not supported", curve);
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	} else
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "key type %s not supported", kty);
	if (pkey == NULL)
		return sc_ossl_fail(e, SC_ERR_CRYPTO, "key generation");
	return sc_key_from_evp(pkey, out, e);
}

/* --- questions -------------------------------------------------------- */

EVP_PKEY *
sc_key_evp(const struct sc_key *k)
{
	if (k->pkey == NULL)
		sc_key_unconst(k)->pkey =
		    sc_ec_public(k->curve, k->spki + k->pub_off);
	return k->pkey;
}

enum sc_key_type
sc_key_type(const struct sc_key *k)
{
	return k->type;
}

bool
sc_key_is_private(const struct sc_key *k)
{
	return k->is_private;
}

unsigned
sc_key_bits(const struct sc_key *k)
{
	return k->bits;
}

const char *
sc_key_curve(const struct sc_key *k)
{
	if (k->type == SC_KEY_ED25519)
		return "Ed25519";
	return k->curve != NULL ? k->curve->name : NULL;
}

void
sc_key_describe(const struct sc_key *k, char *out, size_t n)
{
	switch (k->type) {
	case SC_KEY_EC:
		snprintf(out, n, "ECDSA %s", k->curve->name);
		break;
	case SC_KEY_RSA:
		snprintf(out, n, "RSA %u", k->bits);
		break;
	case SC_KEY_ED25519:
		snprintf(out, n, "Ed25519");
		break;
	}
}

bool
sc_key_same_public(const struct sc_key *a, const struct sc_key *b)
{
	return a->spki_len == b->spki_len &&
	    sc_eq_ct(a->spki, b->spki, a->spki_len);
}

/* --- SubjectPublicKeyInfo --------------------------------------------- */

static int
spki_rsa(struct sc_der outer, struct sc_key **out, struct sc_error *e)
{
	struct sc_der bits, seq, n, x;
	struct sc_rsa_numbers r = {0};

	if (!sc_der_get(&outer, SC_DER_BIT_STRING, &bits) || outer.n != 0 ||
	    bits.n < 1 || bits.p[0] != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "RSA key: bad bit string");
	bits.p++;
	bits.n--;
	if (!sc_der_get(&bits, SC_DER_SEQUENCE, &seq) || bits.n != 0 ||
	    !sc_der_get_positive(&seq, &n) || !sc_der_get_positive(&seq, &x) ||
	    seq.n != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "RSA key: bad numbers");
	r.n.p = n.p;
	r.n.n = n.n;
	r.e.p = x.p;
	r.e.n = x.n;
	return sc_key_from_rsa(&r, out, e);
}

/* Not one of the fixed forms: RSA, or something to be refused by name. */
static int
spki_other(
    const uint8_t *der, size_t n, struct sc_key **out, struct sc_error *e)
{
	static const uint8_t ec_oid[] = {
	    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	struct sc_der all = {der, n}, outer, alg, whole, oid;

	if (!sc_der_get(&all, SC_DER_SEQUENCE, &outer) || all.n != 0 ||
	    !sc_der_get(&outer, SC_DER_SEQUENCE, &alg))
		return sc_fail(e, SC_ERR_MALFORMED, "not a public key");
	whole = alg;
	if (!sc_der_get(&alg, SC_DER_OID, &oid))
		return sc_fail(e, SC_ERR_MALFORMED, "not a public key");
	if (whole.n == sizeof rsa_algorithm &&
	    memcmp(whole.p, rsa_algorithm, whole.n) == 0)
		return spki_rsa(outer, out, e);
	if (oid.n == sizeof ec_oid && memcmp(oid.p, ec_oid, oid.n) == 0)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "EC key: curve or point form not supported");
	return sc_fail(
	    e, SC_ERR_UNSUPPORTED, "public key algorithm not supported");
}

int
sc_key_from_spki(
    const uint8_t *der, size_t n, struct sc_key **out, struct sc_error *e)
{
	const struct sc_curve *c;
	size_t i;

	*out = NULL;
	for (i = 0; i < CURVE_COUNT; i++) {
		c = &curves[i];
		if (n == c->spki_len + 1 + 2 * c->bytes &&
		    memcmp(der, c->spki, c->spki_len) == 0)
			return sc_key_from_ec(c, der + c->spki_len,
			    n - c->spki_len, NULL, out, e);
	}
	if (n == sizeof spki_ed25519 + 32 &&
	    memcmp(der, spki_ed25519, sizeof spki_ed25519) == 0)
		return sc_key_from_ed25519(
		    der + sizeof spki_ed25519, NULL, out, e);
	return spki_other(der, n, out, e);
}

int
sc_key_to_spki(const struct sc_key *k, uint8_t **der, size_t *n)
{
	*n = 0;
	*der = malloc(k->spki_len);
	if (*der == NULL)
		return SC_ERR_NOMEM;
	memcpy(*der, k->spki, k->spki_len);
	*n = k->spki_len;
	return 0;
}

int
sc_key_ski(const struct sc_key *k, uint8_t out[20])
{
	uint8_t md[64];
	size_t len;
	int r;

	r = sc_digest(
	    SC_SHA1, k->spki + k->pub_off, k->spki_len - k->pub_off, md, &len);
	if (r == 0)
		memcpy(out, md, 20);
	return r;
}
