#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/command.h"
#include "client/commands.h"
#include "crypto/key.h"
#include "client/cli/encoding.h"
#include "client/cli/options.h"

static const struct sc_opt options[] = {
    {.name = "bundle",
	.kind = SC_OPT_BOOL,
	.help = "one line for each certificate"},
    {.name = "format",
	.arg = "FORMAT",
	.def = "hex",
	.choices = SC_ENCODINGS,
	.help = "hex, base64, base64-url, base64-raw, base64-url-raw or "
		"emoji"},
    {.name = "sha1",
	.kind = SC_OPT_BOOL,
	.help = "SHA-1 instead of SHA-256; requires --insecure"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "root certificates to verify a server with"},
    {.name = "servername", .arg = "NAME", .help = "name to ask a server for"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "do not verify a server; allow --sha1"},
    SC_OPT_END};

/* One line; index < 0 has no number. */
static int
print(const struct sc_args *a, const uint8_t *der, size_t n, long index,
    struct sc_error *e)
{
	uint8_t sum[64];
	size_t len;
	char *text;
	int r;

	if ((r = sc_digest(sc_args_bool(a, "sha1") ? SC_SHA1 : SC_SHA256, der,
		 n, sum, &len)) != 0)
		return sc_fail(e, r, "cannot hash");
	if ((text = sc_encode(sc_args_str(a, "format"), sum, len)) == NULL)
		return sc_fail_nomem(e);
	if (index >= 0)
		printf("%ld: %s\n", index, text);
	else
		printf("%s\n", text);
	free(text);
	return 0;
}

static int
fingerprint(struct sc_args *a, struct sc_error *e)
{
	struct sc_cert_source_tls tls = {sc_args_str(a, "roots"),
	    sc_args_str(a, "servername"), sc_args_bool(a, "insecure")};
	struct sc_cert_source s = {0};
	bool bundle = sc_args_bool(a, "bundle");
	const uint8_t *der;
	size_t i, n;
	int r;

	if (sc_args_bool(a, "sha1") && !sc_args_bool(a, "insecure"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--sha1' requires the '--insecure' flag");
	if ((r = sc_cert_source_load(sc_args_pos(a, 0), &tls, &s, e)) != 0)
		return r;
	if (s.csr != NULL)
		r = print(a, s.csr, s.csr_len, -1, e);
	for (i = 0; r == 0 && i < (bundle ? s.certs.n : 1) && i < s.certs.n;
	     i++) {
		der = sc_cert_der(s.certs.v[i], &n);
		r = print(a, der, n, bundle ? (long)i : -1, e);
	}
	sc_cert_source_clear(&s);
	return r;
}

const struct sc_command sc_cmd_certificate_fingerprint = {.name = "fingerprint",
    .args = "[<crt-file-or-url>]",
    .help = "print the fingerprint of a certificate",
    .max_args = 1,
    .options = {options},
    .run = fingerprint};
