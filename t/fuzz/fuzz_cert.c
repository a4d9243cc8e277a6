/* Certificates: DER, PEM bundles, and the provisioner extension alone. */
#include <config.h>

#include "crypto/cert.h"
#include "crypto/key.h"
#include "fuzz.h"

static void
look(struct sc_cert *c)
{
	struct sc_certs self = {&c, 1};
	struct sc_provisioner_ext x;
	struct sc_sans sans = {0};
	struct sc_key *key = NULL;
	const uint8_t *serial;
	size_t n;

	serial = sc_cert_serial(c, &n);
	free(sc_serial_decimal(serial, n));
	FUZZ_CHECK(sc_cert_common_name(c) != NULL);
	(void)sc_cert_sans(c, &sans, NULL);
	sc_sans_clear(&sans);
	if (sc_cert_key(c, &key, NULL) == 0)
		FUZZ_CHECK(!sc_key_is_private(key));
	sc_key_free(key);
	if (sc_cert_provisioner_ext(c, &x, NULL) == 0)
		sc_provisioner_ext_clear(&x);
	(void)sc_cert_path_len(c);
	(void)sc_cert_verify(c, NULL, &self, SC_EKU_SERVER, "a.example.com",
	    sc_cert_not_before(c), NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_provisioner_ext x;
	struct sc_certs list = {0};
	struct sc_cert *c = NULL;
	size_t i;

	if (sc_cert_parse_der(data, size, &c, NULL) == 0)
		look(c);
	else
		FUZZ_CHECK(c == NULL);
	sc_cert_free(c);
	(void)sc_certs_from_pem((const char *)data, size, &list, NULL);
	for (i = 0; i < list.n; i++)
		look(list.v[i]);
	sc_certs_clear(&list);
	if (sc_provisioner_ext_parse(data, size, &x, NULL) == 0) {
		FUZZ_CHECK(x.name != NULL && x.credential_id != NULL);
		sc_provisioner_ext_clear(&x);
	}
	return 0;
}
