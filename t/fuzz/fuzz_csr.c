/* Certification requests: DER, and PEM. */
#include <config.h>

#include "base/limits.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "fuzz.h"

static void
look(struct sc_csr *c)
{
	size_t i;

	FUZZ_CHECK(c->key != NULL && !sc_key_is_private(c->key));
	FUZZ_CHECK(c->common_name != NULL && c->sans.n <= SC_MAX_SANS);
	for (i = 0; i < c->sans.n; i++)
		(void)sc_san_check(&c->sans.v[i], NULL);
	(void)sc_key_check_strength(c->key, NULL);
	(void)sc_csr_verify(c, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_csr *c = NULL;

	if (sc_csr_parse_der(data, size, &c, NULL) == 0)
		look(c);
	else
		FUZZ_CHECK(c == NULL);
	sc_csr_free(c);
	c = NULL;
	if (sc_csr_parse_pem((const char *)data, size, &c, NULL) == 0)
		look(c);
	sc_csr_free(c);
	return 0;
}
