#include "config.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "cert_source.h"
#include "command.h"
#include "commands.h"
#include "options.h"

static const struct sc_opt options[] = {
    {.name = "host", .arg = "NAME", .help = "the certificate must name this"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "root certificates (default: those of the system)"},
    {.name = "servername", .arg = "NAME", .help = "name to ask a server for"},
    {.name = "verbose",
	.letter = 'v',
	.kind = SC_OPT_BOOL,
	.help = "say what was checked"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "take a server's chain whatever TLS says of it"},
    SC_OPT_END};

/*
 * Unlike the reference, which then asks the roots of the system, roots that
 * cannot be read are an error: who names roots trusts no others.
 */
static int
load_roots(const struct sc_args *a, struct sc_certs *out, struct sc_error *e)
{
	const char *list = sc_args_str(a, "roots");

	if (list != NULL)
		return sc_cert_source_roots(list, out, e);
	return sc_cert_source_roots(getenv("SSL_CERT_FILE") != NULL
		? getenv("SSL_CERT_FILE")
		: "/etc/ssl/certs/ca-certificates.crt",
	    out, e);
}

/* PEM only, and nothing behind the last block. */
static int
check_text(const char *name, struct sc_error *e)
{
	static const char end[] = "-----END CERTIFICATE-----";
	char *text = NULL, *p, *last = NULL;
	size_t n;
	int r;

	if ((r = sc_file_read(name, 1 << 20, &text, &n, e)) != 0)
		return r;
	for (p = text; (p = strstr(p, end)) != NULL; p += strlen(end))
		last = p + strlen(end);
	if (last == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s contains no PEM certificate blocks", name);
	else if (last[strspn(last, " \t\r\n")] != '\0')
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s contains an invalid PEM block", name);
	free(text);
	return r;
}

static int
verify_chain(
    const struct sc_args *a, const struct sc_cert_source *s, struct sc_error *e)
{
	struct sc_certs inter = {s->certs.v + 1, s->certs.n - 1};
	struct sc_certs roots = {0};
	const char *host = sc_args_str(a, "host");
	int r;

	if ((r = load_roots(a, &roots, e)) == 0 &&
	    (r = sc_cert_verify(s->certs.v[0], &inter, &roots, SC_EKU_ANY, host,
		 sc_clock_now(), e)) != 0)
		sc_error_prefix(e, "failed to verify certificate: x509");
	sc_certs_clear(&roots);
	if (r != 0 || !sc_args_bool(a, "verbose"))
		return r;
	puts("certificate validated against roots");
	if (host != NULL)
		puts("certificate host name validated");
	puts("certificate is valid");
	return 0;
}

static int
verify(struct sc_args *a, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0);
	/* The chain is judged below, against the same roots. */
	struct sc_cert_source_tls tls = {
	    NULL, sc_args_str(a, "servername"), true};
	struct sc_cert_source s = {0};
	int r;

	if (!sc_cert_source_is_url(name) && (r = check_text(name, e)) != 0)
		return r;
	if ((r = sc_cert_source_load(name, &tls, &s, e)) != 0)
		return r;
	r = s.certs.n > 0 ? verify_chain(a, &s, e)
			  : sc_fail(e, SC_ERR_MALFORMED,
				"%s contains no PEM certificate blocks", name);
	sc_cert_source_clear(&s);
	return r;
}

const struct sc_command sc_cmd_certificate_verify = {.name = "verify",
    .args = "<crt-file-or-url>",
    .help = "verify a certificate against roots",
    .min_args = 1,
    .max_args = 1,
    .options = {options},
    .run = verify};
