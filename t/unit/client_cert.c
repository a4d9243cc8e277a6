/* Client certificates as web servers hand them over: forms, verdicts, paths. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;
static struct sc_cert *root, *inter, *leaf;
static struct sc_issuer *issuer;
static struct sc_authority ca;
static char *pem;

static struct sc_cert *
build(struct sc_cert_plan *p, const struct sc_key *key,
    const struct sc_issuer *by)
{
	struct sc_cert *c = NULL;

	if (sc_cert_build(p, key, by, &c, &e) != 0)
		tap_fail("%s", e.msg);
	sc_cert_plan_clear(p);
	return c;
}

/* An authority of root and intermediate, without a store, and a leaf. */
static bool
ready(void)
{
	struct sc_cert_plan p;

	if (pem != NULL)
		return true;
	root = kit_root(KIT_P256);
	kit_ca_plan(&p, "Kit Intermediate", 0);
	inter = build(&p, kit_key(KIT_P384), kit_issuer(KIT_P256));
	if (inter == NULL ||
	    sc_issuer_new(inter, kit_key(KIT_P384), &issuer, &e) != 0)
		return false;
	leaf = kit_leaf("a.example.com", issuer);
	ca.roots = (struct sc_certs){&root, 1};
	ca.intermediates = (struct sc_certs){&inter, 1};
	return leaf != NULL && sc_cert_to_pem(leaf, &pem) == 0;
}

/* In text every from becomes to; malloc'ed. */
static char *
replace(const char *text, const char *from, const char *to)
{
	struct sc_buf *b = sc_buf_new(1 << 20);
	const char *at;

	while ((at = strstr(text, from)) != NULL) {
		(void)sc_buf_put(b, text, (size_t)(at - text));
		(void)sc_buf_puts(b, to);
		text = at + strlen(from);
	}
	(void)sc_buf_puts(b, text);
	return sc_buf_steal(b, NULL);
}

static char *
url_escape(const char *text, const char *keep)
{
	struct sc_buf *b = sc_buf_new(1 << 20);

	for (; *text != '\0'; text++)
		if (strchr(keep, *text) != NULL)
			(void)sc_buf_putf(b, "%%%02X", (unsigned char)*text);
		else
			(void)sc_buf_putc(b, *text);
	return sc_buf_steal(b, NULL);
}

static void
accepted(const char *what, char *text)
{
	struct sc_cert *c = NULL;
	const uint8_t *a, *b;
	size_t an = 0, bn;

	tap_context("%s", what);
	e = (struct sc_error)SC_ERROR_INIT;
	if (tap_int(sc_client_cert_parse(text, &c, &e), 0)) {
		a = sc_cert_der(c, &an);
		b = sc_cert_der(leaf, &bn);
		tap_mem(a, an, b, bn);
	}
	sc_cert_free(c);
	free(text);
	tap_context("%s", "");
}

static void
refused(const char *what, char *text)
{
	struct sc_cert *c = NULL;

	tap_context("%s", what);
	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(sc_client_cert_parse(text, &c, &e), SC_ERR_MALFORMED);
	tap_ok(c == NULL);
	tap_has(e.client, "not exactly one PEM certificate");
	free(text);
	tap_context("%s", "");
}

static void
forms(void)
{
	tap_need(ready());
	accepted("as it is", sc_strdup(pem));
	accepted("CRLF", replace(pem, "\n", "\r\n"));
	accepted("a tab before each line", replace(pem, "\n", "\n\t"));
	accepted("blanks for line ends", replace(pem, "\n", " "));
	accepted("no line end at the end", sc_strndup(pem, strlen(pem) - 1));
	accepted("escaped by nginx", url_escape(pem, " \n+=/"));
	accepted("escaped more", url_escape(pem, " \n+=/-ABCDEFabc0123456"));
	accepted("escaped, + as it is", url_escape(pem, " \n="));
	accepted("lower-case escapes", replace(pem, "\n", "%0a"));
}

static void
ambiguous(void)
{
	char *two, *big;

	tap_need(ready());
	two = sc_asprintf("%s%s", pem, pem);
	refused("two", sc_strdup(two));
	refused("two, escaped", url_escape(two, " \n+="));
	free(two);
	refused("empty", sc_strdup(""));
	refused("text before", sc_asprintf("x\n%s", pem));
	refused("text behind", sc_asprintf("%sx\n", pem));
	refused("a line end before", sc_asprintf("\n%s", pem));
	refused("half", sc_strndup(pem, strlen(pem) / 2));
	refused("without its last line",
	    sc_strndup(pem, strlen(pem) - sizeof("-----END")));
	refused("another label", replace(pem, "CERTIFICATE", "X509 CRL"));
	refused("a trusted certificate",
	    replace(pem, "CERTIFICATE", "TRUSTED CERTIFICATE"));
	refused("a header line",
	    replace(pem, "CERTIFICATE-----\nM",
		"CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nM"));
	refused("a foreign sign", replace(pem, "\nM", "\n!M"));
	refused("NUL, escaped", sc_asprintf("%s%%00", pem));
	refused("NUL and more, escaped", sc_asprintf("%s%%00%s", pem, pem));
	refused("a broken escape at the end", sc_asprintf("%s%%", pem));
	refused("half an escape at the end", sc_asprintf("%s%%0", pem));
	refused("no hex", sc_asprintf("%s%%zz", pem));
	refused("not a certificate",
	    sc_strdup("-----BEGIN CERTIFICATE-----\nAAAA\n"
		      "-----END CERTIFICATE-----\n"));
	big = malloc(200 * 1024 + 1);
	tap_need(big != NULL);
	memset(big, 'A', 200 * 1024);
	big[200 * 1024] = '\0';
	memcpy(big, "-----BEGIN CERTIFICATE-----\n", 28);
	refused("200 KB", big);
}

/* Bytes behind the DER are not part of a certificate. */
static void
trailing_bytes(void)
{
	const uint8_t *der;
	uint8_t *more;
	size_t n;
	char *text = NULL;

	tap_need(ready());
	der = sc_cert_der(leaf, &n);
	more = malloc(n + 1);
	tap_need(more != NULL);
	memcpy(more, der, n);
	more[n] = 0;
	tap_int(sc_der_to_pem("CERTIFICATE", more, n + 1, &text), 0);
	free(more);
	refused("a byte behind it", text);
}

static int
judge_at(const char *text, const char *verdict, int64_t now)
{
	struct sc_cert *c = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	r = sc_authority_client_cert(&ca, text, verdict, now, &c, &e);
	tap_ok((c != NULL) == (r == 0));
	sc_cert_free(c);
	return r;
}

static int
judge(const char *text, const char *verdict)
{
	return judge_at(text, verdict, KIT_NOW + 1);
}

static void
verdicts(void)
{
	tap_need(ready());
	tap_int(judge(pem, "SUCCESS"), 0);
	tap_int(judge(NULL, "SUCCESS"), SC_ERR_UNAUTHENTICATED);
	tap_str(e.client, "missing client certificate");
	tap_int(judge("", "SUCCESS"), SC_ERR_UNAUTHENTICATED);
	tap_str(e.client, "missing client certificate");
	tap_int(judge(pem, NULL), SC_ERR_UNAUTHENTICATED);
	tap_str(e.client, "missing client certificate");
	tap_int(judge(pem, ""), SC_ERR_UNAUTHENTICATED);
	tap_int(judge(pem, "NONE"), SC_ERR_UNAUTHENTICATED);
	tap_str(e.client, "missing client certificate");
	tap_int(judge(pem, "FAILED:x"), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "missing client certificate");
	tap_has(e.client, "(x)");
	tap_int(judge(pem, "GENEROUS"), SC_ERR_UNAUTHENTICATED);
	tap_int(judge(pem, "success"), SC_ERR_UNAUTHENTICATED);
	tap_int(judge(pem, "SUCCESS "), SC_ERR_UNAUTHENTICATED);
	tap_int(judge("x", "SUCCESS"), SC_ERR_MALFORMED);
}

static void
times(void)
{
	tap_need(ready());
	tap_int(judge_at(pem, "SUCCESS", KIT_NOW), 0);
	tap_int(judge_at(pem, "SUCCESS", KIT_NOW + KIT_DAY - 1), 0);
	tap_int(judge_at(pem, "SUCCESS", KIT_NOW + KIT_DAY), SC_ERR_EXPIRED);
	tap_str(e.client,
	    "certificate expired on "
	    "2023-11-15 22:13:20 +0000 UTC");
	tap_int(
	    judge_at(pem, "FAILED:certificate has expired", KIT_NOW + KIT_DAY),
	    SC_ERR_EXPIRED);
	tap_int(judge_at(pem, "SUCCESS", KIT_NOW - 1), SC_ERR_UNAUTHENTICATED);
	tap_str(e.client,
	    "certificate is not valid before "
	    "2023-11-14 22:13:20 +0000 UTC");
	/* In time itself, and its issuer is not. */
	tap_int(
	    judge_at(pem, "SUCCESS", KIT_NOW + 1826 * KIT_DAY), SC_ERR_EXPIRED);
}

/* A leaf of ours by this plan. */
static int
judge_plan(struct sc_cert_plan *p, const struct sc_issuer *by)
{
	struct sc_cert *c = build(p, kit_other_key(KIT_P256), by);
	char *text = NULL;
	int r = -99;

	if (c != NULL && sc_cert_to_pem(c, &text) == 0)
		r = judge(text, "SUCCESS");
	free(text);
	sc_cert_free(c);
	return r;
}

static void
usages(void)
{
	struct sc_cert_plan p;

	tap_need(ready());
	kit_plan(&p, "a.example.com");
	tap_int(judge_plan(&p, issuer), 0);
	kit_plan(&p, "a.example.com");
	sc_strlist_clear(&p.ext_key_usage);
	tap_int(judge_plan(&p, issuer), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "not one of a client");
	kit_plan(&p, "a.example.com");
	sc_strlist_clear(&p.ext_key_usage);
	(void)sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_SERVER_AUTH);
	tap_int(judge_plan(&p, issuer), SC_ERR_UNAUTHENTICATED);
	kit_plan(&p, "a.example.com");
	p.key_usage = 0;
	tap_int(judge_plan(&p, issuer), SC_ERR_UNAUTHENTICATED);
	kit_plan(&p, "a.example.com");
	p.key_usage = SC_KU_KEY_ENCIPHERMENT;
	tap_int(judge_plan(&p, issuer), SC_ERR_UNAUTHENTICATED);
	kit_ca_plan(&p, "Sub", 0);
	p.key_usage |= SC_KU_DIGITAL_SIGNATURE;
	(void)sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_CLIENT_AUTH);
	tap_int(judge_plan(&p, kit_issuer(KIT_P256)), SC_ERR_UNAUTHENTICATED);
}

static void
foreign(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	char *text = NULL;

	tap_need(ready());
	/* Below a root that this authority does not have. */
	kit_plan(&p, "a.example.com");
	tap_int(
	    judge_plan(&p, kit_issuer(KIT_ED25519)), SC_ERR_UNAUTHENTICATED);
	/* Below none. */
	kit_plan(&p, "a.example.com");
	c = build(&p, kit_key(KIT_P521), NULL);
	tap_need(c != NULL && sc_cert_to_pem(c, &text) == 0);
	tap_int(judge(text, "SUCCESS"), SC_ERR_UNAUTHENTICATED);
	free(text);
	sc_cert_free(c);
	/* The authority's own. */
	tap_need(sc_cert_to_pem(inter, &text) == 0);
	tap_int(judge(text, "SUCCESS"), SC_ERR_UNAUTHENTICATED);
	free(text);
}

TAP_MAIN(TAP_NAMED("R5 every form of one certificate", forms),
    TAP_NAMED("R5 what is not exactly one", ambiguous),
    TAP_NAMED("R5 bytes behind it", trailing_bytes),
    TAP_NAMED("R2 verdicts of the web server", verdicts),
    TAP_NAMED("R3 times", times), TAP_NAMED("R3 usages", usages),
    TAP_NAMED("R4 of another authority", foreign))
