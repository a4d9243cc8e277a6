/* Keys: PEM in every form, and SubjectPublicKeyInfo. */
#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "fuzz.h"

/*
 * No password for OpenSSH's form, which may ask for seconds of work, and gives
 * nothing to read with a wrong one.
 */
static int
password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	const bool *openssh = arg;

	(void)what;
	*pw = NULL;
	if (*openssh)
		return 0;
	*pw = sc_strdup("password");
	return *pw != NULL ? 0 : sc_fail_nomem(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_key *k = NULL;
	const char *text = (const char *)data;
	bool openssh = memmem(data, size, "OPENSSH", 7) != NULL;

	if (sc_key_from_pem(
		text, size, "input", password, &openssh, &k, NULL) == 0)
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
