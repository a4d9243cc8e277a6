/* SSH: certificates and keys, as blobs and as lines. */
#include <config.h>

#include <string.h>

#include "base/err.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "fuzz.h"

static void
try_key(const struct sc_ssh_key *k)
{
	char *line = NULL;
	struct sc_ssh_key *again = NULL;

	(void)sc_ssh_key_check(k, NULL);
	FUZZ_CHECK(sc_ssh_key_to_line(k, NULL, &line) == 0);
	FUZZ_CHECK(
	    sc_ssh_key_from_line(line, strlen(line), &again, NULL, NULL) == 0);
	FUZZ_CHECK(sc_ssh_key_same(k, again));
	sc_ssh_key_free(again);
	free(line);
}

static void
try_cert(const struct sc_ssh_cert *c)
{
	size_t i;

	FUZZ_CHECK(c->signed_len < c->blob_len);
	FUZZ_CHECK(c->sig + c->sig_len == c->blob + c->blob_len);
	for (i = 0; i < c->principals.n; i++)
		(void)sc_ssh_principal_check(c->principals.v[i], NULL);
	for (i = 1; i < c->extensions.n; i++)
		FUZZ_CHECK(strcmp(c->extensions.v[i - 1].name,
			       c->extensions.v[i].name) < 0);
	(void)sc_ssh_cert_verify(c, NULL, NULL);
	try_key(c->key);
	try_key(c->signer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_ssh_cert *c = NULL;
	struct sc_ssh_key *k = NULL;
	const char *text = (const char *)data;

	if (sc_ssh_cert_parse(data, size, &c, NULL) == 0)
		try_cert(c);
	sc_ssh_cert_free(c);
	if (sc_ssh_cert_from_line(text, size, &c, NULL, NULL) == 0)
		try_cert(c);
	sc_ssh_cert_free(c);
	if (sc_ssh_key_parse(data, size, &k, NULL) == 0)
		try_key(k);
	sc_ssh_key_free(k);
	if (sc_ssh_key_from_line(text, size, &k, NULL, NULL) == 0)
		try_key(k);
	sc_ssh_key_free(k);
	return 0;
}
