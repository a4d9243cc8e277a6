/*
 * What renews a certificate: client certificates as text, tokens, and the
 * certificates that are copied from.
 */
#include <config.h>

#include <string.h>

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "authority/renew_token.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "fuzz.h"
#include "provisioner/token.h"

#define NOW INT64_C(1800000000)

static struct sc_authority ca;
static struct sc_cert *root;
static struct sc_key *key;

/* One self-signed authority is root and intermediate. */
static void
set_up(void)
{
	struct sc_cert_plan p = {.is_ca = true, .path_len = -1};

	p.subject.common_name = sc_strdup("Fuzz");
	p.key_usage = SC_KU_CERT_SIGN;
	p.not_after = 2 * NOW;
	FUZZ_CHECK(sc_key_generate("EC", "P-256", 0, &key, NULL) == 0);
	FUZZ_CHECK(sc_cert_build(&p, key, NULL, &root, NULL) == 0);
	FUZZ_CHECK(sc_issuer_new(root, key, &ca.issuer, NULL) == 0);
	sc_cert_plan_clear(&p);
	ca.roots = (struct sc_certs){&root, 1};
	ca.intermediates = (struct sc_certs){&root, 1};
}

/* What could be read can be renewed, or is refused, but not half. */
static void
renew(const struct sc_cert *old)
{
	struct sc_cert_plan p = {0};
	struct sc_cert *c = NULL, *again = NULL;
	const uint8_t *der;
	size_t n;

	p.not_before = NOW;
	p.not_after = NOW + 1;
	if (sc_cert_plan_renew(&p, old, true, NULL) == 0 &&
	    sc_cert_build(&p, key, ca.issuer, &c, NULL) == 0) {
		der = sc_cert_der(c, &n);
		FUZZ_CHECK(sc_cert_parse_der(der, n, &again, NULL) == 0);
		FUZZ_CHECK(sc_streq(
		    sc_cert_common_name(old), sc_cert_common_name(again)));
	}
	sc_cert_free(again);
	sc_cert_free(c);
	sc_cert_plan_clear(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = sc_strndup((const char *)data, size);
	struct sc_cert *c = NULL, *leaf = NULL;
	struct sc_token *t = NULL;

	if (key == NULL)
		set_up();
	if (text == NULL)
		return 0;
	if (sc_client_cert_parse(text, &c, NULL) == 0) {
		/* None is below a key that was just made. */
		FUZZ_CHECK(
		    sc_authority_check_leaf(&ca, c, NULL, NOW, NULL) != 0);
		renew(c);
	} else {
		FUZZ_CHECK(c == NULL);
	}
	FUZZ_CHECK(sc_renew_token_open(&ca, text, NOW, &t, &leaf, NULL) != 0);
	FUZZ_CHECK(t == NULL && leaf == NULL);
	sc_cert_free(c);
	free(text);
	return 0;
}
