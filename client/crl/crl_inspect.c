/*
 * crl inspect.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/net/cert_urls.h"
#include "client/commands.h"
#include "client/crl/crlinfo.h"
#include "crypto/cert.h"
#include "client/net/fetch.h"
#include "client/cli/options.h"

#define CRL_MAX (128u * 1024 * 1024)
#define OUTPUT_MAX (1024u * 1024 * 1024)

static const struct sc_opt options[] = {{.name = "format",
					    .arg = "FORMAT",
					    .flags = SC_OPT_LINE_ONLY,
					    .def = "text",
					    .choices = "text, json, pem",
					    .help = "text, json or pem"},
    {.name = "ca",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "certificate that the list must be signed by"},
    {.name = "from",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "of a certificate: the list that it names, and its CA"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "roots of an https server (default: those of the system)"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "without a CA that the signature is checked with"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_certs cas;
	char *url; /* NULL: name */
	const char *name;
	char *text; /* the list, DER or PEM */
	size_t len;
	X509_CRL *crl;
};

static void
job_clear(struct job *j)
{
	sc_certs_clear(&j->cas);
	free(j->url);
	free(j->text);
	X509_CRL_free(j->crl);
}

/* The first URI of the distribution points; malloc'ed. */
static int
find_point(
    const struct sc_cert *c, char **out, const char *name, struct sc_error *e)
{
	struct sc_strlist urls = {NULL, 0};
	int r = sc_cert_urls_crl(c, &urls, e);

	*out = NULL;
	if (r == 0 && urls.n == 0)
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "failed to get CRL distribution points from %s", name);
	if (r == 0 && (*out = sc_strdup(urls.v[0])) == NULL)
		r = sc_fail_nomem(e);
	sc_strlist_clear(&urls);
	return r;
}

static int
move_rest(struct sc_certs *from, struct sc_certs *to, struct sc_error *e)
{
	size_t i;

	if (from->n < 2)
		return 0;
	to->v = sc_reallocarray(to->v, to->n + from->n, sizeof(*to->v));
	if (to->v == NULL)
		return sc_fail_nomem(e);
	for (i = 1; i < from->n; i++)
		to->v[to->n++] = sc_cert_dup(from->v[i]);
	return 0;
}

/* --from: a certificate tells where the list is, its chain who signs it. */
static int
follow(struct job *j, struct sc_error *e)
{
	struct sc_cert_source_tls tls = {
	    sc_args_str(j->a, "roots"), NULL, false};
	struct sc_cert_source s = {0};
	int r;

	r = sc_cert_source_load(j->name, &tls, &s, e);
	if (r == 0 && s.certs.n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s contains no PEM certificate blocks", j->name);
	if (r == 0)
		r = find_point(s.certs.v[0], &j->url, j->name, e);
	if (r == 0)
		r = move_rest(&s.certs, &j->cas, e);
	sc_cert_source_clear(&s);
	return r;
}

/* The signature is checked later: http will do. */
static int
download(struct job *j, const char *url, struct sc_error *e)
{
	struct sc_fetch q = {
	    .url = url, .roots = sc_args_str(j->a, "roots"), .max = CRL_MAX};
	int r = sc_fetch(&q, &j->text, &j->len, e);

	if (r != 0)
		sc_error_prefix(e, "error downloading crl");
	return r;
}

static int
load(struct job *j, struct sc_error *e)
{
	if (j->url != NULL)
		return download(j, j->url, e);
	if (sc_fetch_is_url(j->name))
		return download(j, j->name, e);
	if (sc_streq(j->name, "-"))
		return sc_fd_read(0, CRL_MAX, &j->text, &j->len, e);
	return sc_file_read(j->name, CRL_MAX, &j->text, &j->len, e);
}

/* DER, or the first PEM block; nothing behind it. */
static int
parse(struct job *j, struct sc_error *e)
{
	const unsigned char *p;
	char *label = NULL, *begin = strstr(j->text, "-----BEGIN X509 CRL");
	uint8_t *der = NULL;
	size_t n = 0;
	int r = 0;

	if (begin != NULL) {
		r = sc_pem_to_der(begin, j->len - (size_t)(begin - j->text),
		    &der, &n, &label, e);
		if (r == 0) {
			free(j->text);
			j->text = (char *)der;
			j->len = n;
		}
		free(label);
	}
	p = (const unsigned char *)j->text;
	if (r == 0) {
		j->crl = d2i_X509_CRL(NULL, &p, (long)j->len);
		if (j->crl == NULL ||
		    p != (const unsigned char *)j->text + j->len)
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "not a certificate revocation list");
		ERR_clear_error();
	}
	if (r != 0)
		sc_error_prefix(e, "error parsing crl");
	return r;
}

/* Might this certificate have signed the list? */
static bool
may_have_signed(const struct job *j, X509 *ca)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(ca);
	AUTHORITY_KEYID *aki;
	bool may;

	if (ski == NULL || (X509_get_key_usage(ca) & KU_CRL_SIGN) == 0)
		return false;
	aki = X509_CRL_get_ext_d2i(
	    j->crl, NID_authority_key_identifier, NULL, NULL);
	may = aki == NULL || aki->keyid == NULL ||
	    ASN1_OCTET_STRING_cmp(aki->keyid, ski) == 0;
	AUTHORITY_KEYID_free(aki);
	return may;
}

static const char *
what_is_wrong(const struct job *j, const struct sc_cert *ca)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(j->crl);
	EVP_PKEY *key = X509_get0_pubkey(sc_cert_x509(ca));
	int64_t now = sc_clock_now();

	if (next != NULL && now > sc_crlinfo_time(next))
		return "CRL has expired";
	if (now > sc_cert_not_after(ca))
		return "CA certificate has expired";
	if (key == NULL || X509_CRL_verify(j->crl, key) != 1)
		return "Signature does not match";
	return NULL;
}

static void
judge(const struct job *j, struct sc_crlinfo *c)
{
	size_t i;

	c->crl = j->crl;
	c->valid = false;
	c->reason = NULL;
	for (i = 0; !c->valid && i < j->cas.n; i++) {
		if (!may_have_signed(j, sc_cert_x509(j->cas.v[i])))
			continue;
		c->reason = what_is_wrong(j, j->cas.v[i]);
		c->valid = c->reason == NULL;
	}
	ERR_clear_error();
}

static int
put(const struct job *j, struct sc_buf *b, struct sc_error *e)
{
	const char *format = sc_args_str(j->a, "format");
	struct json_object *o = NULL;
	struct sc_crlinfo c;
	char *pem = NULL;
	int r = 0;

	judge(j, &c);
	if (sc_streq(format, "pem")) {
		r = sc_der_to_pem(
		    "X509 CRL", (const uint8_t *)j->text, j->len, &pem);
		if (r == 0)
			(void)sc_buf_puts(b, pem);
		else
			r = sc_fail_nomem(e);
		free(pem);
	} else if (sc_streq(format, "json")) {
		r = sc_crlinfo_json(&c, &o, e);
		if (r == 0)
			(void)sc_json_put(b, o, "  ");
		(void)sc_buf_putc(b, '\n');
		json_object_put(o);
	} else {
		r = sc_crlinfo_text(&c, b, e);
	}
	if (r == 0 && sc_buf_error(b) != 0)
		r = sc_fail(e, sc_buf_error(b), "too much to show");
	return r;
}

static int
need_ca(const struct job *j, struct sc_error *e)
{
	if (j->cas.n > 0 || sc_args_bool(j->a, "insecure"))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "'%s' requires the '--insecure' flag, or --ca with the "
	    "certificate that has signed the list",
	    sc_args_path(j->a));
}

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	const char *ca = sc_args_str(a, "ca");
	struct sc_buf *b = sc_buf_new(OUTPUT_MAX);
	struct job j;
	int r = 0;

	memset(&j, 0, sizeof(j));
	j.a = a;
	j.name = sc_args_pos(a, 0) != NULL ? sc_args_pos(a, 0) : "-";
	if (ca != NULL)
		r = sc_cert_source_roots(ca, &j.cas, e);
	if (r == 0 && sc_args_bool(a, "from"))
		r = follow(&j, e);
	if (r == 0)
		r = need_ca(&j, e);
	if (r == 0)
		r = load(&j, e);
	if (r == 0)
		r = parse(&j, e);
	if (r == 0)
		r = put(&j, b, e);
	if (r == 0 && fputs(sc_buf_str(b), stdout) == EOF)
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	job_clear(&j);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_crl_inspect = {.name = "inspect",
    .args = "[<crl-file-or-url>]",
    .help = "show a certificate revocation list",
    .notes = "The list is DER or PEM, in a file, on standard input, or at an "
	     "http or https address.  It is valid when it is signed by the CA "
	     "and of today.",
    .max_args = 1,
    .options = {options},
    .run = inspect};
