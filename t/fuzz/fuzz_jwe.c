/*
 * JWE, opened with a key that the seeds are for; with a password only its form
 * is read, for the derivation of the key takes its time.
 */
#include <config.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "fuzz.h"

/* The private key of RFC 7517, appendix A.2. */
static const char text[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","
    "\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\"}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sc_jwk *jwk;
	uint8_t *out;
	size_t n;
	bool password;

	if (jwk == NULL)
		FUZZ_CHECK(
		    sc_jwk_parse_text(text, sizeof(text) - 1, &jwk, NULL) == 0);
	if (sc_jwe_needs_password((const char *)data, size, &password, NULL) !=
		0 ||
	    password)
		return 0;
	if (sc_jwe_decrypt_key((const char *)data, size, jwk->key, NULL, &out,
		&n, NULL) != 0) {
		FUZZ_CHECK(out == NULL);
		return 0;
	}
	FUZZ_CHECK(out[n] == '\0');
	sc_freezero(out, n);
	return 0;
}
