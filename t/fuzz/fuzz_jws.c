/* Tokens: parsed ones are whole, and no key verifies a mangled one. */
#include <config.h>

#include "base/err.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sc_key *key;
	struct sc_jws *j = NULL;

	if (key == NULL)
		FUZZ_CHECK(sc_key_generate("EC", "P-256", 0, &key, NULL) == 0);
	if (sc_jws_parse((const char *)data, size, &j, NULL) != 0) {
		FUZZ_CHECK(j == NULL);
		return 0;
	}
	FUZZ_CHECK(j->header != NULL && j->alg != NULL);
	FUZZ_CHECK(sc_jws_verify(j, key, sc_jws_algs_for_key(key), NULL) != 0);
	sc_jws_free(j);
	return 0;
}
