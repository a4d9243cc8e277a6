/* Certificates of Nebula: both versions, and PEM bundles of roots. */
#include <config.h>

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/nebula.h"
#include "fuzz.h"

static void
look(struct sc_nebula_cert *c)
{
	struct sc_nebula_cert *self[] = {c};
	const struct sc_nebula_roots roots = {self, 1};
	char text[SC_NEBULA_NET_TEXT];
	size_t i;

	FUZZ_CHECK(c->version == 1 || c->version == 2);
	FUZZ_CHECK(c->tbs_len > 0 && c->signature_len > 0);
	FUZZ_CHECK(c->public_key_len == (c->p256 ? 65 : 32));
	FUZZ_CHECK(c->is_ca || c->networks.n > 0);
	FUZZ_CHECK(c->networks.n <= SC_MAX_NEBULA_ITEMS);
	for (i = 0; i < c->networks.n; i++) {
		FUZZ_CHECK(
		    c->networks.v[i].bits <= 8 * c->networks.v[i].ip_len);
		sc_nebula_net_address(&c->networks.v[i], text);
		FUZZ_CHECK(sc_nebula_cert_names(c, text));
		sc_nebula_net_text(&c->networks.v[i], text);
		FUZZ_CHECK(strchr(text, '/') != NULL);
	}
	/* Nobody has signed it, and nobody is his own CA. */
	FUZZ_CHECK(sc_nebula_cert_verify(c, &roots, c->not_before, NULL) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_nebula_roots roots = {0};
	struct sc_nebula_cert *c = NULL;
	char *text = sc_strndup((const char *)data, size);
	size_t i;

	if (sc_nebula_cert_parse(data, size, &c, NULL) == 0)
		look(c);
	else
		FUZZ_CHECK(c == NULL);
	sc_nebula_cert_free(c);
	if (text != NULL && sc_nebula_roots_from_pem(text, &roots, NULL) == 0)
		for (i = 0; i < roots.n; i++)
			look(roots.v[i]);
	sc_nebula_roots_clear(&roots);
	free(text);
	return 0;
}
