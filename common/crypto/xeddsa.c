#include "config.h"

#include <openssl/bn.h>

#include "base/err.h"
#include "crypto/key_build.h"
#include "crypto/ossl.h"
#include "crypto/xeddsa.h"

/* 2^255 - 19, little-endian. */
static const uint8_t prime[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x7f};

/* y = (u - 1) / (u + 1) mod p; 0 when there is none. */
static int
to_edwards(const uint8_t u[32], uint8_t y[32])
{
	BIGNUM *p = BN_lebin2bn(prime, sizeof(prime), NULL);
	BIGNUM *a = BN_lebin2bn(u, 32, NULL), *b = BN_dup(a);
	BN_CTX *ctx = BN_CTX_new();
	int ok;

	ok = p != NULL && a != NULL && b != NULL && ctx != NULL &&
	    BN_cmp(a, p) < 0 && BN_mod_sub(a, a, BN_value_one(), p, ctx) == 1 &&
	    BN_mod_add(b, b, BN_value_one(), p, ctx) == 1 &&
	    BN_mod_inverse(b, b, p, ctx) != NULL &&
	    BN_mod_mul(a, a, b, p, ctx) == 1 && BN_bn2lebinpad(a, y, 32) == 32;
	BN_CTX_free(ctx);
	BN_free(a);
	BN_free(b);
	BN_free(p);
	return ok;
}

int
sc_xeddsa_key(const uint8_t u[32], struct sc_key **out, struct sc_error *e)
{
	uint8_t y[32];

	*out = NULL;
	if (!to_edwards(u, y))
		return sc_ossl_fail(
		    e, SC_ERR_MALFORMED, "X25519 key without one of Ed25519");
	return sc_key_from_ed25519(y, NULL, out, e);
}
