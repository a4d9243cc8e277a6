#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/ossl.h"

/*
 * ROCA (CVE-2017-15361): the broken generator made primes of the form
 * k*M + (65537^a mod M), M being a product of small primes, so that the
 * modulus is a power of 65537 modulo each of them.  A modulus that is so for
 * all of these is not so by chance (about one in 2^27).
 */
static bool
looks_like_roca(const BIGNUM *n)
{
	static const unsigned short primes[] = {3, 5, 7, 11, 13, 17, 19, 23, 29,
	    31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
	    103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
	size_t i;

	for (i = 0; i < sizeof primes / sizeof primes[0]; i++) {
		unsigned p = primes[i], power = 1;
		unsigned rest = (unsigned)BN_mod_word(n, p);

		while (power != rest) {
			power = power * 65537u % p;
			if (power == 1)
				return false; /* once round the subgroup */
		}
	}
	return true;
}

static int
check_rsa(const struct sc_key *k, struct sc_error *e)
{
	BIGNUM *n = NULL, *x = NULL;
	int r = 0;

	if (k->bits < SC_MIN_RSA_BITS)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request RSA key must be at least %d bits "
		    "(%d bytes)",
		    SC_MIN_RSA_BITS, SC_MIN_RSA_BITS / 8);
	if (k->bits > SC_MAX_RSA_BITS)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "RSA key must be at most %d bits, this one has %u",
		    SC_MAX_RSA_BITS, k->bits);
	if (EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_E, &x) != 1)
		r = sc_ossl_fail(e, SC_ERR_CRYPTO, "RSA key");
	else if (!BN_is_odd(n))
		r = sc_fail_client(
		    e, SC_ERR_FORBIDDEN, "RSA key has an even modulus");
	else if (!BN_is_odd(x) || BN_is_one(x) || BN_num_bits(x) > 32)
		r = sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "RSA key has an unacceptable public exponent");
	else if (looks_like_roca(n))
		r = sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "RSA key was made by a broken generator (ROCA, "
		    "CVE-2017-15361)");
	BN_free(n);
	BN_free(x);
	return r;
}

int
sc_key_check_strength(const struct sc_key *k, struct sc_error *e)
{
	/*
	 * Nothing is left to check of the others: unnamed and other curves
	 * and points off the curve do not become an sc_key.
	 */
	return k->type == SC_KEY_RSA ? check_rsa(k, e) : 0;
}
