/* SSH revocation lists: what is read can be written and read again. */
#include <config.h>

#include <string.h>

#include "base/err.h"
#include "crypto/ssh_krl.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_ssh_krl *k = NULL, *again = NULL;
	struct sc_ssh_krl_head head;
	uint8_t *p = NULL;
	size_t n;

	if (sc_ssh_krl_parse(data, size, &k, NULL) != 0)
		return 0;
	sc_ssh_krl_head(k, &head);

	if (sc_ssh_krl_write(k, &head, &p, &n, NULL) == 0) {
		FUZZ_CHECK(sc_ssh_krl_parse(p, n, &again, NULL) == 0);
		FUZZ_CHECK(sc_ssh_krl_serials(k) == sc_ssh_krl_serials(again));
		FUZZ_CHECK(sc_ssh_krl_key_ids(k) == sc_ssh_krl_key_ids(again));
	}
	sc_ssh_krl_free(k);
	sc_ssh_krl_free(again);
	free(p);
	return 0;
}
