#include "config.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/net/cert_urls.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/net/fetch.h"
#include "client/cli/options.h"
#include "client/certificate/revocation.h"
#include "client/cli/ui.h"

static const struct sc_opt options[] = {
    {.name = "host", .arg = "NAME", .help = "the certificate must name this"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "root certificates (default: those of the system)"},
    {.name = "issuing-ca",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the issuer, if it is neither below nor in the certificate"},
    {.name = "verify-crl",
	.kind = SC_OPT_BOOL,
	.help = "look the certificate up in a revocation list"},
    {.name = "crl-endpoint",
	.arg = "URL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "where the list is (default: as the certificate says)"},
    {.name = "verify-ocsp",
	.kind = SC_OPT_BOOL,
	.help = "ask an OCSP responder about the certificate"},
    {.name = "ocsp-endpoint",
	.arg = "URL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "where it is (default: as the certificate says)"},
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

/* --- revocation -------------------------------------------------------- */

static bool
is_issuer(const struct sc_cert *ca, const struct sc_cert *c)
{
	X509 *x = sc_cert_x509(ca);

	return X509_check_issued(x, sc_cert_x509(c)) == X509_V_OK &&
	    X509_verify(sc_cert_x509(c), X509_get0_pubkey(x)) == 1;
}

/* As the certificate says; checked like any other. */
static int
download_issuer(const struct sc_args *a, const struct sc_cert *c,
    struct sc_certs *out, struct sc_error *e)
{
	struct sc_fetch q = {
	    .roots = sc_args_str(a, "roots"), .max = SC_MAX_PEM_FILE};
	struct sc_strlist urls = {NULL, 0};
	struct sc_cert *found = NULL;
	char *der = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_cert_urls_issuer(c, &urls, e)) == 0 && urls.n == 0)
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "could not get the issuing CA from the cert and no "
		    "issuing CA certificate provided");
	if (r != 0)
		goto out;
	q.url = urls.v[0];
	if ((r = sc_fetch(&q, &der, &n, e)) == 0)
		r = sc_cert_parse_der((const uint8_t *)der, n, &found, e);
	if (r != 0) {
		sc_error_prefix(e, "failed to download the issuing CA");
		goto out;
	}
	if ((out->v = calloc(1, sizeof(*out->v))) == NULL) {
		sc_cert_free(found);
		r = sc_fail_nomem(e);
		goto out;
	}
	out->v[0] = found;
	out->n = 1;
out:
	sc_strlist_clear(&urls);
	free(der);
	return r;
}

static const struct sc_cert *
find_issuer(const struct sc_certs *l, const struct sc_cert *c)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (is_issuer(l->v[i], c))
			return l->v[i];
	return NULL;
}

/* --issuing-ca, else one of the chain, else the one it names. */
static int
get_issuer(const struct sc_args *a, const struct sc_cert_source *s,
    const struct sc_certs *roots, struct sc_certs *own,
    const struct sc_cert **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "issuing-ca");
	const struct sc_cert *leaf = s->certs.v[0];
	int r;

	*out = NULL;
	if (file == NULL && (*out = find_issuer(&s->certs, leaf)) == NULL)
		*out = find_issuer(roots, leaf);
	if (*out != NULL)
		return 0;
	r = file != NULL ? sc_cert_source_roots(file, own, e)
			 : download_issuer(a, leaf, own, e);
	if (r == 0 && (*out = find_issuer(own, leaf)) == NULL)
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "the issuing CA has not issued the certificate");
	return r;
}

typedef int ask_fn(
    const struct sc_revocation *q, const char *url, struct sc_error *e);

/* One after the other, until one has an answer, whatever it is. */
static int
ask_all(const struct sc_args *a, const struct sc_revocation *q, ask_fn *ask,
    const struct sc_strlist *urls, const char *good, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; i < urls->n; i++) {
		r = ask(q, urls->v[i], e);
		if (r == 0 && sc_args_bool(a, "verbose"))
			printf("%s %s\n", good, urls->v[i]);
		if (r == 0 || r == SC_ERR_FORBIDDEN)
			return r;
		if (i + 1 < urls->n)
			sc_ui_info("%s", e->msg);
	}
	return r;
}

static int
check_crl(
    const struct sc_args *a, const struct sc_revocation *q, struct sc_error *e)
{
	const char *url = sc_args_str(a, "crl-endpoint");
	struct sc_strlist urls = {NULL, 0};
	int r;

	r = url == NULL ? sc_cert_urls_crl(q->cert, &urls, e)
			: sc_strlist_add(&urls, url);
	if (r == 0 && urls.n == 0)
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "CRL distribution endpoint not found in certificate");
	if (r == 0)
		r = ask_all(a, q, sc_revocation_crl, &urls,
		    "certificate not revoked in CRL", e);
	sc_strlist_clear(&urls);
	return r;
}

static int
check_ocsp(
    const struct sc_args *a, const struct sc_revocation *q, struct sc_error *e)
{
	const char *url = sc_args_str(a, "ocsp-endpoint");
	struct sc_strlist urls = {NULL, 0};
	int r;

	r = url == NULL ? sc_cert_urls_ocsp(q->cert, &urls, e)
			: sc_strlist_add(&urls, url);
	if (r == 0 && urls.n == 0)
		r = sc_fail(e, SC_ERR_NOT_FOUND, "no OCSP AIA extension found");
	if (r == 0)
		r = ask_all(a, q, sc_revocation_ocsp, &urls,
		    "certificate status is good according OCSP", e);
	sc_strlist_clear(&urls);
	return r;
}

static int
check_revocation(const struct sc_args *a, const struct sc_cert_source *s,
    const struct sc_certs *roots, struct sc_error *e)
{
	bool crl = sc_args_bool(a, "verify-crl");
	bool ocsp = sc_args_bool(a, "verify-ocsp");
	struct sc_revocation q = {.roots = sc_args_str(a, "roots")};
	struct sc_certs own = {NULL, 0};
	int r = 0;

	if (!crl && !ocsp)
		return 0;
	q.cert = s->certs.v[0];
	r = get_issuer(a, s, roots, &own, &q.issuer, e);
	if (r == 0 && crl)
		r = check_crl(a, &q, e);
	if (r == 0 && ocsp)
		r = check_ocsp(a, &q, e);
	sc_certs_clear(&own);
	return r;
}

static int
verify_chain(
    const struct sc_args *a, const struct sc_cert_source *s, struct sc_error *e)
{
	struct sc_certs inter = {s->certs.v + 1, s->certs.n - 1};
	struct sc_certs roots = {0};
	const char *host = sc_args_str(a, "host");
	bool verbose = sc_args_bool(a, "verbose");
	int r;

	if ((r = load_roots(a, &roots, e)) == 0 &&
	    (r = sc_cert_verify(s->certs.v[0], &inter, &roots, SC_EKU_ANY, host,
		 sc_clock_now(), e)) != 0)
		sc_error_prefix(e, "failed to verify certificate: x509");
	if (r == 0 && verbose) {
		puts("certificate validated against roots");
		if (host != NULL)
			puts("certificate host name validated");
	}
	if (r == 0)
		r = check_revocation(a, s, &roots, e);
	if (r == 0 && verbose)
		puts("certificate is valid");
	sc_certs_clear(&roots);
	return r;
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

	/* A check that was asked for by half must not be left out. */
	if ((r = sc_args_check_needs(a, "crl-endpoint", "verify-crl", e)) !=
		0 ||
	    (r = sc_args_check_needs(a, "ocsp-endpoint", "verify-ocsp", e)) !=
		0)
		return r;
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
