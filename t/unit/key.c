#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "mutate.h"
#include "tap.h"

static const struct kind {
	const char *kty, *curve;
	unsigned bits;
	const char *text;
} kinds[] = {
    {"EC", "P-256", 0, "ECDSA P-256"},
    {"EC", "P-384", 0, "ECDSA P-384"},
    {"EC", "P-521", 0, "ECDSA P-521"},
    {"RSA", NULL, 2048, "RSA 2048"},
    {"OKP", "Ed25519", 0, "Ed25519"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* One key of each kind for all tests: RSA is slow to make. */
static struct sc_key *
key_of(size_t i)
{
	static struct sc_key *keys[KINDS];
	struct sc_error e = SC_ERROR_INIT;

	if (keys[i] == NULL &&
	    sc_key_generate(
		kinds[i].kty, kinds[i].curve, kinds[i].bits, &keys[i], &e) != 0)
		tap_fail("%s", e.msg);
	return keys[i];
}

static void
generated_keys(void)
{
	struct sc_key *k;
	char text[40];
	size_t i;

	for (i = 0; i < KINDS; i++) {
		k = key_of(i);
		tap_need(k != NULL);
		sc_key_describe(k, text, sizeof text);
		tap_str(text, kinds[i].text);
		tap_ok(sc_key_is_private(k));
		tap_int(sc_key_check_strength(k, NULL), 0);
		tap_str(sc_key_curve(k), kinds[i].curve);
	}
	tap_int(sc_key_bits(key_of(0)), 256);
	tap_int(sc_key_bits(key_of(2)), 521);
	tap_int(sc_key_bits(key_of(3)), 2048);
}

static void
refused_generation(void)
{
	struct sc_key *k;

	tap_int(
	    sc_key_generate("EC", "P-224", 0, &k, NULL), SC_ERR_UNSUPPORTED);
	tap_ok(k == NULL);
	tap_int(
	    sc_key_generate("RSA", NULL, 2047, &k, NULL), SC_ERR_UNSUPPORTED);
	tap_int(
	    sc_key_generate("RSA", NULL, 8193, &k, NULL), SC_ERR_UNSUPPORTED);
	tap_int(
	    sc_key_generate("OKP", "X25519", 0, &k, NULL), SC_ERR_UNSUPPORTED);
	tap_int(sc_key_generate("oct", NULL, 0, &k, NULL), SC_ERR_UNSUPPORTED);
}

static void
spki_round_trip(void)
{
	struct sc_error e = SC_ERROR_INIT;
	uint8_t *der, *ours;
	struct sc_key *k;
	size_t i, n;
	int len;

	for (i = 0; i < KINDS; i++) {
		tap_context("%s", kinds[i].text);
		der = NULL;
		len = i2d_PUBKEY(sc_key_evp(key_of(i)), &der);
		tap_int(sc_key_to_spki(key_of(i), &ours, &n), 0);
		tap_mem(ours, n, der, (size_t)len);
		tap_int(sc_key_from_spki(der, (size_t)len, &k, &e), 0);
		tap_need(k != NULL);
		tap_ok(!sc_key_is_private(k));
		tap_ok(sc_key_same_public(k, key_of(i)));
		tap_int(EVP_PKEY_eq(sc_key_evp(k), sc_key_evp(key_of(i))), 1);
		tap_int(sc_key_check_strength(k, NULL), 0);
		sc_key_free(k);
		OPENSSL_free(der);
		free(ours);
	}
	tap_context("%s", "");
	tap_ok(!sc_key_same_public(key_of(0), key_of(1)));
}

static void
ski_is_sha1_of_the_bits(void)
{
	uint8_t ski[20], want[64];
	unsigned len;
	size_t i;

	for (i = 0; i < KINDS; i++) {
		X509_PUBKEY *p = NULL;
		const uint8_t *bits;
		int n;

		X509_PUBKEY_set(&p, sc_key_evp(key_of(i)));
		X509_PUBKEY_get0_param(NULL, &bits, &n, NULL, p);
		EVP_Digest(bits, (size_t)n, want, &len, EVP_sha1(), NULL);
		tap_int(sc_key_ski(key_of(i), ski), 0);
		tap_mem(ski, 20, want, 20);
		X509_PUBKEY_free(p);
	}
}

/* --- C3: keys that must not be certified ------------------------------ */

/* SPKI of an RSA public key of these numbers. */
static int
rsa_verdict(const BIGNUM *n, unsigned long exponent, struct sc_error *e)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;
	BIGNUM *x = BN_new();
	struct sc_key *k = NULL;
	uint8_t *der = NULL;
	int len, r;

	BN_set_word(x, exponent);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, x);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	tap_int(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	len = i2d_PUBKEY(pkey, &der);
	r = sc_key_from_spki(der, (size_t)len, &k, e);
	if (r == 0)
		r = sc_key_check_strength(k, e);
	sc_key_free(k);
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(x);
	return r;
}

static void
rsa_bounds(void)
{
	struct sc_error e = SC_ERROR_INIT;
	BIGNUM *n = BN_new();

	BN_rand(n, 2048, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), 0);
	tap_int(rsa_verdict(n, 3, &e), 0);
	tap_int(rsa_verdict(n, 4294967295UL, &e), 0);
	tap_int(rsa_verdict(n, 4294967297UL, &e), SC_ERR_FORBIDDEN);
	tap_int(rsa_verdict(n, 1, &e), SC_ERR_FORBIDDEN);
	tap_int(rsa_verdict(n, 2, &e), SC_ERR_FORBIDDEN);
	tap_int(rsa_verdict(n, 65538, &e), SC_ERR_FORBIDDEN);
	BN_sub_word(n, 1);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	BN_rand(n, 2047, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	tap_str(e.client,
	    "certificate request RSA key must be at least 2048 "
	    "bits (256 bytes)");
	BN_rand(n, 1024, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	BN_rand(n, 8192, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), 0);
	BN_rand(n, 8193, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	BN_rand(n, 16384, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	BN_rand(n, 16385, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	tap_ok(rsa_verdict(n, 65537, &e) != 0);
	BN_free(n);
}

/* A modulus with the structure of the broken generator. */
static void
roca(void)
{
	struct sc_error e = SC_ERROR_INIT;
	BIGNUM *m = BN_new(), *r = BN_new(), *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	unsigned i, p, prime;

	BN_one(m);
	for (p = 2; p <= 701; p++) {
		for (prime = 1, i = 2; i * i <= p; i++)
			if (p % i == 0)
				prime = 0;
		if (prime)
			BN_mul_word(m, p);
	}
	BN_set_word(r, 65537);
	BN_set_word(n, 123457);
	BN_mod_exp(r, r, n, m, ctx);
	BN_rand(n, 2048, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
	BN_sub(n, n, r);
	BN_div(n, NULL, n, m, ctx);
	BN_mul(n, n, m, ctx);
	BN_add(n, n, r);
	tap_int(BN_num_bits(n), 2048);
	tap_int(rsa_verdict(n, 65537, &e), SC_ERR_FORBIDDEN);
	tap_has(e.msg, "ROCA");
	BN_add_word(n, 2);
	tap_int(rsa_verdict(n, 65537, &e), 0);
	BN_free(m);
	BN_free(r);
	BN_free(n);
	BN_CTX_free(ctx);
}

static int
verdict_of(EVP_PKEY *pkey)
{
	struct sc_key *k = NULL;
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(pkey, &der), by_der, by_evp;

	by_der = sc_key_from_spki(der, (size_t)len, &k, NULL);
	tap_ok(k == NULL);
	by_evp = sc_key_from_evp(pkey, &k, NULL); /* takes pkey over */
	tap_ok(k == NULL);
	tap_int(by_evp, by_der);
	OPENSSL_free(der);
	return by_der;
}

static void
other_keys(void)
{
	EVP_PKEY *p;

	tap_int(verdict_of(EVP_EC_gen("P-224")), SC_ERR_UNSUPPORTED);
	tap_int(verdict_of(EVP_EC_gen("prime192v1")), SC_ERR_UNSUPPORTED);
	tap_int(verdict_of(EVP_EC_gen("secp256k1")), SC_ERR_UNSUPPORTED);
	tap_int(verdict_of(EVP_EC_gen("brainpoolP256r1")), SC_ERR_UNSUPPORTED);
	tap_int(verdict_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED448")),
	    SC_ERR_UNSUPPORTED);
	tap_int(verdict_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519")),
	    SC_ERR_UNSUPPORTED);
	p = EVP_EC_gen("P-256");
	EVP_PKEY_set_utf8_string_param(
	    p, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
	{
		struct sc_key *k;
		uint8_t *der = NULL;
		const uint8_t *q;
		int len = i2d_PUBKEY(p, &der);
		EVP_PKEY *again;

		tap_ok(len > 200); /* it is explicit */
		tap_int(sc_key_from_spki(der, (size_t)len, &k, NULL),
		    SC_ERR_UNSUPPORTED);
		q = der;
		again = d2i_PUBKEY(NULL, &q, len);
		tap_need(again != NULL);
		tap_int(sc_key_from_evp(again, &k, NULL), SC_ERR_UNSUPPORTED);
		OPENSSL_free(der);
	}
	EVP_PKEY_free(p);
}

static void
points(void)
{
	uint8_t *der, bad[200];
	struct sc_key *k;
	size_t n;

	tap_int(sc_key_to_spki(key_of(0), &der, &n), 0);
	tap_int(n, 91);
	memcpy(bad, der, n);
	bad[n - 1] ^= 1; /* off the curve */
	tap_int(sc_key_from_spki(bad, n, &k, NULL), SC_ERR_MALFORMED);
	memset(bad + n - 64, 0, 64);
	tap_int(sc_key_from_spki(bad, n, &k, NULL), SC_ERR_MALFORMED);
	memset(bad + n - 64, 0xff, 64); /* x >= p */
	tap_int(sc_key_from_spki(bad, n, &k, NULL), SC_ERR_MALFORMED);
	memcpy(bad, der, n);
	bad[n - 65] = 6; /* hybrid form */
	tap_ok(sc_key_from_spki(bad, n, &k, NULL) != 0);
	memcpy(bad, der, n);
	bad[n] = 0; /* trailing octet */
	tap_ok(sc_key_from_spki(bad, n + 1, &k, NULL) != 0);
	/* compressed, and the point at infinity */
	memcpy(bad, der, n);
	bad[1] -= 32;
	bad[24] -= 32;
	bad[26] = 2;
	tap_int(sc_key_from_spki(bad, n - 32, &k, NULL), SC_ERR_UNSUPPORTED);
	bad[1] -= 32;
	bad[24] -= 32;
	bad[26] = 0;
	tap_int(sc_key_from_spki(bad, n - 64, &k, NULL), SC_ERR_UNSUPPORTED);
	free(der);
}

static bool
accepts_spki(const uint8_t *p, size_t n, void *arg)
{
	struct sc_key *k = NULL, *want = arg;
	bool same;

	if (sc_key_from_spki(p, n, &k, NULL) != 0)
		return false;
	same = sc_key_same_public(k, want);
	sc_key_free(k);
	if (same)
		tap_fail("a second spelling of the same key");
	return true;
}

static void
damaged_spki(void)
{
	uint8_t *der;
	size_t n;

	tap_int(sc_key_to_spki(key_of(0), &der, &n), 0);
	/* only by chance is a damaged point on the curve: never here */
	tap_int(mutate(der, n, 1, accepts_spki, key_of(0), NULL), 0);
	free(der);
	tap_int(sc_key_to_spki(key_of(3), &der, &n), 0);
	mutate(der, n, 3, accepts_spki, key_of(3), NULL);
	free(der);
	tap_int(sc_key_to_spki(key_of(4), &der, &n), 0);
	mutate(der, n, 1, accepts_spki, key_of(4), NULL);
	free(der);
}

/* --- PEM -------------------------------------------------------------- */

static int
give(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)e;
	tap_str(what, "k.pem");
	*pw = sc_strdup(arg);
	return 0;
}

static int
cannot_ask(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)arg;
	(void)what;
	*pw = NULL;
	return sc_fail(e, SC_ERR_IO, "no terminal");
}

static void
pem_round_trip(void)
{
	static const char *const plain[] = {"-----BEGIN EC PRIVATE KEY-----\n",
	    "-----BEGIN EC PRIVATE KEY-----\n",
	    "-----BEGIN EC PRIVATE KEY-----\n",
	    "-----BEGIN RSA PRIVATE KEY-----\n",
	    "-----BEGIN PRIVATE KEY-----\n"};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *k;
	char *pem;
	size_t i;

	for (i = 0; i < KINDS; i++) {
		tap_context("%s", kinds[i].text);
		tap_int(sc_key_to_pem(key_of(i), NULL, &pem, &e), 0);
		tap_has(pem, plain[i]);
		tap_int(sc_key_from_pem(
			    pem, strlen(pem), "k.pem", NULL, NULL, &k, &e),
		    0);
		tap_need(k != NULL);
		tap_ok(sc_key_is_private(k));
		tap_ok(sc_key_same_public(k, key_of(i)));
		sc_key_free(k);
		sc_free_secret(pem);
		tap_int(sc_key_public_to_pem(key_of(i), &pem), 0);
		tap_has(pem, "-----BEGIN PUBLIC KEY-----\n");
		tap_int(
		    sc_key_public_from_pem(pem, strlen(pem), "k.pem", &k, &e),
		    0);
		tap_ok(k != NULL && sc_key_same_public(k, key_of(i)));
		free(pem);
		tap_int(sc_key_to_pem(k, NULL, &pem, NULL), SC_ERR_MALFORMED);
		sc_key_free(k);
	}
}

static void
encrypted_pem(void)
{
	static const char *const mark[] = {"DEK-Info: AES-256-CBC,",
	    "DEK-Info: AES-256-CBC,", "DEK-Info: AES-256-CBC,",
	    "DEK-Info: AES-256-CBC,", "BEGIN ENCRYPTED PRIVATE KEY"};
	struct sc_error e = SC_ERROR_INIT;
	char right[] = "correct horse", wrong[] = "correct mule";
	struct sc_key *k;
	char *pem;
	size_t i, n;

	tap_int(sc_key_to_pem(key_of(0), "", &pem, &e), SC_ERR_MALFORMED);
	for (i = 0; i < KINDS; i++) {
		tap_context("%s", kinds[i].text);
		tap_int(sc_key_to_pem(key_of(i), right, &pem, &e), 0);
		tap_need(pem != NULL);
		n = strlen(pem);
		tap_has(pem, mark[i]);
		tap_int(
		    sc_key_from_pem(pem, n, "k.pem", give, right, &k, &e), 0);
		tap_ok(k != NULL && sc_key_same_public(k, key_of(i)));
		sc_key_free(k);
		tap_int(sc_key_from_pem(pem, n, "k.pem", give, wrong, &k, &e),
		    SC_ERR_UNAUTHENTICATED);
		tap_ok(k == NULL);
		tap_int(sc_key_from_pem(pem, n, "k.pem", NULL, NULL, &k, &e),
		    SC_ERR_UNAUTHENTICATED);
		tap_has(e.msg, "k.pem needs a password");
		tap_int(
		    sc_key_from_pem(pem, n, "k.pem", cannot_ask, NULL, &k, &e),
		    SC_ERR_IO);
		sc_free_secret(pem);
	}
}

/* Whatever the padding looks like: never a key from a wrong password. */
static void
many_wrong_passwords(void)
{
	char *pem, pw[20];
	struct sc_key *k;
	int i;

	tap_int(sc_key_to_pem(key_of(0), "right", &pem, NULL), 0);
	for (i = 0; i < 1000; i++) {
		snprintf(pw, sizeof pw, "wrong %d", i);
		if (sc_key_from_pem(pem, strlen(pem), "k.pem", give, pw, &k,
			NULL) != SC_ERR_UNAUTHENTICATED)
			tap_fail("password %d", i);
	}
	sc_free_secret(pem);
}

static void
not_a_key(void)
{
	static const char *const texts[] = {"", "hello",
	    "-----BEGIN EC PRIVATE KEY-----\n",
	    "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
	    "-----BEGIN EC PRIVATE KEY-----\nMAA=\n"
	    "-----END EC PRIVATE KEY-----\n",
	    "-----BEGIN PRIVATE KEY-----\nMAA=\n"
	    "-----END PRIVATE KEY-----\n",
	    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n",
	    "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n"
	    "-----END OPENSSH PRIVATE KEY-----\n"};
	static const char dsa[] = "-----BEGIN DSA PRIVATE KEY-----\nMAA=\n"
				  "-----END DSA PRIVATE KEY-----\n";
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *k;
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		tap_context("%s", texts[i]);
		tap_int(sc_key_from_pem(texts[i], strlen(texts[i]), "k.pem",
			    NULL, NULL, &k, &e),
		    SC_ERR_MALFORMED);
		tap_has(e.msg, "k.pem");
		tap_int(sc_key_public_from_pem(
			    texts[i], strlen(texts[i]), "k.pem", &k, &e),
		    SC_ERR_MALFORMED);
	}
	tap_context("%s", "");
	tap_int(sc_key_from_pem(dsa, strlen(dsa), "k.pem", NULL, NULL, &k, &e),
	    SC_ERR_UNSUPPORTED);
}

static bool
accepts_pem(const uint8_t *p, size_t n, void *arg)
{
	struct sc_key *k = NULL;

	(void)arg;
	sc_key_from_pem((const char *)p, n, "k.pem", NULL, NULL, &k, NULL);
	sc_key_free(k);
	return false;
}

static void
damaged_pem(void)
{
	char *pem;

	tap_int(sc_key_to_pem(key_of(0), NULL, &pem, NULL), 0);
	tap_int(mutate(pem, strlen(pem), 5, accepts_pem, NULL, NULL), 0);
	sc_free_secret(pem);
}

/* --- OpenSSH's format -------------------------------------------------- */

/* What may be wrong with a key file; zero: nothing. */
struct wrong {
	const char *cipher, *kdf, *type, *tail;
	uint32_t count, check;
	int pub, priv, trailing;
};

/* An Ed25519 key (RFC 8032 section 7.1, test 1) as OpenSSH writes it. */
static char *
openssh(const struct wrong *w)
{
	static const uint8_t pub[] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a,
	    0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
	    0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7,
	    0x07, 0x51, 0x1a};
	static const uint8_t seed[] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a,
	    0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
	    0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c,
	    0xae, 0x7f, 0x60};
	const char *cipher = w->cipher != NULL ? w->cipher : "none";
	const char *kdf = w->kdf != NULL ? w->kdf : "none";
	const char *type = w->type != NULL ? w->type : "ssh-ed25519";
	const char *tail = w->tail != NULL ? w->tail : "\1\2\3\4\5";
	struct sc_buf *in = sc_buf_new(1000), *all = sc_buf_new(1000);
	struct sc_buf *pem = sc_buf_new(2000);
	uint8_t priv[64], shown[32];

	memcpy(priv, seed, 32);
	memcpy(priv + 32, pub, 32);
	memcpy(shown, pub, 32);
	priv[0] ^= (uint8_t)w->priv;
	shown[0] ^= (uint8_t)w->pub;
	sc_buf_put_u32(in, 7);
	sc_buf_put_u32(in, 7 + w->check);
	sc_buf_put_string(in, type, strlen(type));
	sc_buf_put_string(in, shown, 32);
	sc_buf_put_string(in, priv, 64);
	sc_buf_put_string(in, "comment", 7);
	sc_buf_puts(in, tail);
	sc_buf_put(all, "openssh-key-v1", 15);
	sc_buf_put_string(all, cipher, strlen(cipher));
	sc_buf_put_string(all, kdf, strlen(kdf));
	sc_buf_put_string(all, "", 0);
	sc_buf_put_u32(all, 1 + w->count);
	sc_buf_put_string(all, "public", 6);
	sc_buf_put_string(all, sc_buf_data(in), sc_buf_len(in));
	if (w->trailing)
		sc_buf_putc(all, 'x');
	sc_buf_puts(pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	sc_b64_put(pem, SC_B64_STD, sc_buf_data(all), sc_buf_len(all));
	sc_buf_puts(pem, "\n-----END OPENSSH PRIVATE KEY-----\n");
	sc_buf_free(in);
	sc_buf_free(all);
	return sc_buf_steal(pem, NULL);
}

static void
openssh_format(void)
{
	static const struct {
		const char *what;
		struct wrong w;
		int want;
	} v[] = {
	    {"control", {0}, 0},
	    {"no kdf", {.cipher = "aes256-ctr"}, SC_ERR_UNSUPPORTED},
	    {"cipher", {.cipher = "3des-cbc", .kdf = "bcrypt"},
		SC_ERR_UNSUPPORTED},
	    {"kdf", {.kdf = "bcrypt"}, SC_ERR_MALFORMED},
	    {"check", {.check = 1}, SC_ERR_MALFORMED},
	    {"two keys", {.count = 1}, SC_ERR_MALFORMED},
	    {"no key", {.count = UINT32_MAX}, SC_ERR_MALFORMED},
	    {"type", {.type = "ssh-dss"}, SC_ERR_UNSUPPORTED},
	    {"other type", {.type = "ssh-rsa"}, SC_ERR_MALFORMED},
	    {"EC type", {.type = "ecdsa-sha2-nistp256"}, SC_ERR_MALFORMED},
	    {"public key", {.pub = 1}, SC_ERR_MALFORMED},
	    {"private key", {.priv = 1}, SC_ERR_MALFORMED},
	    {"padding", {.tail = "\1\2\4"}, SC_ERR_MALFORMED},
	    {"long padding",
		{.tail = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21"},
		SC_ERR_MALFORMED},
	    {"trailing octet", {.trailing = 1}, SC_ERR_MALFORMED},
	};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *k;
	char *pem;
	size_t i;

	for (i = 0; i < sizeof v / sizeof v[0]; i++) {
		tap_context("%s", v[i].what);
		pem = openssh(&v[i].w);
		tap_int(sc_key_from_pem(
			    pem, strlen(pem), "k.pem", NULL, NULL, &k, &e),
		    v[i].want);
		tap_ok((k != NULL) == (v[i].want == 0));
		sc_key_free(k);
		free(pem);
	}
	pem = openssh(&v[0].w);
	mutate(pem, strlen(pem), 1, accepts_pem, NULL, NULL);
	free(pem);
	pem = openssh(&v[1].w);
	sc_key_from_pem(pem, strlen(pem), "k.pem", NULL, NULL, &k, &e);
	tap_has(e.msg, "ssh-keygen -p");
	free(pem);
}

/* Others read libcrypto's error queue: nothing of ours stays in it. */
static void
no_errors_left(void)
{
	tap_int(ERR_peek_error(), 0);
}

/* --- digests ---------------------------------------------------------- */

static void
digests(void)
{
	static const uint8_t sha1_abc[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06,
	    0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c,
	    0xd0, 0xd8, 0x9d};
	uint8_t a[64], b[32];
	size_t n;

	tap_int(sc_digest(SC_SHA1, "abc", 3, a, &n), 0);
	tap_mem(a, n, sha1_abc, sizeof sha1_abc);
	tap_int(sc_digest(SC_SHA256, "abc", 3, a, &n), 0);
	tap_int(n, 32);
	tap_int(a[0], 0xba); /* FIPS 180-4: ba7816bf... */
	tap_int(a[1], 0x78);
	tap_int(sc_sha256("abc", 3, b), 0);
	tap_mem(a, 32, b, 32);
	tap_int(sc_digest(SC_SHA384, "", 0, a, &n), 0);
	tap_int(n, 48);
	tap_int(sc_digest(SC_SHA512, "", 0, a, &n), 0);
	tap_int(n, 64);
}

/* RFC 4231 section 4.3; and what Python's hmac says of an empty key. */
static void
hmac(void)
{
	static const char *const want[] = {
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "76d9e7194e7dbc3aa00bbe8ffb9f6fcb5a932170f971f948bb2ab61607d2b9d6",
	};
	static const char text[] = "what do ya want for nothing?";
	uint8_t mac[32];
	char *hex;

	tap_int(sc_hmac_sha256("Jefe", 4, text, strlen(text), mac), 0);
	hex = sc_hex_encode(mac, sizeof(mac));
	tap_str(hex, want[0]);
	free(hex);
	tap_int(sc_hmac_sha256(NULL, 0, text, strlen(text), mac), 0);
	hex = sc_hex_encode(mac, sizeof(mac));
	tap_str(hex, want[1]);
	free(hex);
}

TAP_MAIN(TAP_TEST(generated_keys), TAP_TEST(refused_generation),
    TAP_TEST(spki_round_trip), TAP_TEST(ski_is_sha1_of_the_bits),
    TAP_NAMED("C3 RSA bounds, exponent, even modulus", rsa_bounds),
    TAP_NAMED("C3 ROCA modulus", roca),
    TAP_NAMED("C3 other curves and key types", other_keys),
    TAP_NAMED("C3 point off the curve, infinity, compressed", points),
    TAP_TEST(damaged_spki), TAP_TEST(pem_round_trip), TAP_TEST(encrypted_pem),
    TAP_TEST(many_wrong_passwords), TAP_TEST(not_a_key), TAP_TEST(damaged_pem),
    TAP_TEST(openssh_format), TAP_TEST(digests), TAP_TEST(hmac),
    TAP_TEST(no_errors_left))
