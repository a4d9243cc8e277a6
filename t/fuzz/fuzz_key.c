/* Keys: PEM in every form, and SubjectPublicKeyInfo. */
#include <config.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "fuzz.h"

static int
password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)arg;
	(void)what;
	*pw = sc_strdup("password");
	return *pw != NULL ? 0 : sc_fail_nomem(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_key *k = NULL;
	const char *text = (const char *)data;

	if (sc_key_from_pem(text, size, "input", password, NULL, &k, NULL) == 0)
		FUZZ_CHECK(sc_key_is_private(k));
	sc_key_free(k);
	k = NULL;
	(void)sc_key_public_from_pem(text, size, "input", &k, NULL);
	sc_key_free(k);
	k = NULL;
	if (sc_key_from_spki(data, size, &k, NULL) == 0)
		(void)sc_key_check_strength(k, NULL);
	sc_key_free(k);
	return 0;
}
