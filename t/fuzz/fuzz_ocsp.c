/* OCSP requests; and certificates as a store may hold them. */
#include <config.h>

#include <stdbool.h>

#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/ocsp.h"
#include "fuzz.h"

static struct sc_ocsp_issuer *
an_issuer(void)
{
	static struct sc_ocsp_issuer *issuer;
	struct sc_cert_plan p = {.is_ca = true, .path_len = -1, .not_after = 1};
	struct sc_cert *c = NULL;
	struct sc_key *k = NULL;

	if (issuer != NULL)
		return issuer;
	FUZZ_CHECK(sc_key_generate("EC", "P-256", 0, &k, NULL) == 0);
	FUZZ_CHECK(sc_cert_build(&p, k, NULL, &c, NULL) == 0);
	FUZZ_CHECK(sc_ocsp_issuer_new(c, &issuer, NULL) == 0);
	sc_cert_plan_clear(&p);
	sc_cert_free(c);
	sc_key_free(k);
	return issuer;
}

static bool
inside(struct sc_ocsp_bytes b, const uint8_t *data, size_t size)
{
	return b.n == 0 ||
	    (b.p >= data && b.n <= size && b.p + b.n <= data + size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_ocsp_request rq;
	size_t i;

	(void)sc_ocsp_issuer_issued(an_issuer(), data, size);
	if (sc_ocsp_request_parse(data, size, &rq, NULL) != 0)
		return 0;
	FUZZ_CHECK(rq.n >= 1 && rq.n <= SC_MAX_OCSP_IDS);
	FUZZ_CHECK(rq.nonce.n <= SC_MAX_OCSP_NONCE);
	FUZZ_CHECK(inside(rq.nonce, data, size));
	for (i = 0; i < rq.n; i++) {
		FUZZ_CHECK(rq.id[i].der.n > 0);
		FUZZ_CHECK(inside(rq.id[i].der, data, size));
		FUZZ_CHECK(inside(rq.id[i].serial, data, size));
		(void)sc_ocsp_issuer_is(an_issuer(), &rq.id[i]);
	}
	return 0;
}
