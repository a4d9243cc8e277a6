/* JSON Web Keys; an accepted one is written and read again as the same. */
#include <config.h>

#include <json-c/json.h>

#include "base/err.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_jwk *a = NULL, *b = NULL;
	struct json_object *o = NULL;

	if (sc_jwk_parse_text((const char *)data, size, &a, NULL) != 0) {
		FUZZ_CHECK(a == NULL);
		return 0;
	}
	if (sc_jwk_format(a, 0, &o, NULL) == 0) {
		FUZZ_CHECK(sc_jwk_parse(o, &b, NULL) == 0);
		FUZZ_CHECK(sc_key_same_public(a->key, b->key));
	}
	json_object_put(o);
	sc_jwk_free(a);
	sc_jwk_free(b);
	return 0;
}
