#include "config.h"

#include <string.h>

#include "authority/request_check.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "provisioner/grant.h"

#include <stdlib.h>

/* Lists in messages are cut: 1,000 names help nobody. */
#define LIST_MAX 200

int
sc_request_check_fingerprint(
    const struct sc_csr *csr, const char *fingerprint, struct sc_error *e)
{
	uint8_t *want = NULL;
	size_t n = 0;
	int r;

	if (fingerprint == NULL)
		return 0;
	if ((r = sc_b64_decode(
		 SC_B64_URL, fingerprint, strlen(fingerprint), &want, &n)) != 0)
		return sc_fail_client(
		    e, SC_ERR_FORBIDDEN, "error decoding fingerprint");
	if (n != sizeof(csr->fingerprint) ||
	    !sc_eq_ct(want, csr->fingerprint, n))
		r = sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request fingerprint does not match "
		    "\"%.100s\"",
		    fingerprint);
	free(want);
	return r;
}

static void
close_list(struct sc_buf *b)
{
	if (sc_buf_len(b) > LIST_MAX) {
		sc_buf_truncate(b, LIST_MAX);
		(void)sc_buf_puts(b, "...");
	}
	(void)sc_buf_putc(b, ']');
}

static int
check_common_name(
    const struct sc_csr *csr, const struct sc_grant *g, struct sc_error *e)
{
	struct sc_buf *b;
	size_t i;

	if (csr->common_names > 1)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request contains %zu common names",
		    csr->common_names);
	if (csr->common_name[0] == '\0' ||
	    sc_strlist_has(&g->request_cns, csr->common_name))
		return 0;
	if (g->request_cns.n == 0) {
		if (sc_streq(csr->common_name, g->subject))
			return 0;
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request does not contain the valid common "
		    "name - got %.100s, want %.100s",
		    csr->common_name, g->subject);
	}
	b = sc_buf_new(65536);
	(void)sc_buf_putc(b, '[');
	for (i = 0; i < g->request_cns.n && sc_buf_len(b) < LIST_MAX; i++)
		(void)sc_buf_putf(
		    b, "%s%s", i > 0 ? " " : "", g->request_cns.v[i]);
	close_list(b);
	(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "certificate request does not contain the valid common name - "
	    "got %.100s, want %s",
	    csr->common_name, sc_buf_error(b) == 0 ? sc_buf_str(b) : "[]");
	sc_buf_free(b);
	return SC_ERR_FORBIDDEN;
}

static bool
has(const struct sc_sans *l, enum sc_san_type type, const char *value)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].type == type && sc_streq(l->v[i].value, value))
			return true;
	return false;
}

static bool
subset(const struct sc_sans *a, const struct sc_sans *b, enum sc_san_type type)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->v[i].type == type && !has(b, type, a->v[i].value))
			return false;
	return true;
}

static bool
any(const struct sc_sans *l, enum sc_san_type type)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].type == type)
			return true;
	return false;
}

static void
put_names(struct sc_buf *b, const struct sc_sans *l, enum sc_san_type type)
{
	const char *sep = "";
	size_t i;

	(void)sc_buf_putc(b, '[');
	for (i = 0; i < l->n && sc_buf_len(b) < LIST_MAX; i++)
		if (l->v[i].type == type) {
			(void)sc_buf_putf(b, "%s%s", sep, l->v[i].value);
			sep = " ";
		}
	close_list(b);
}

/* some: a part of those that are granted will do. */
static int
check_names(const struct sc_csr *csr, const struct sc_grant *g,
    enum sc_san_type type, const char *what, bool some, struct sc_error *e)
{
	struct sc_buf *got, *want;

	if (!any(&csr->sans, type) ||
	    (subset(&csr->sans, &g->sans, type) &&
		(some || subset(&g->sans, &csr->sans, type))))
		return 0;
	got = sc_buf_new(65536);
	want = sc_buf_new(65536);
	put_names(got, &csr->sans, type);
	put_names(want, &g->sans, type);
	(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "certificate request %s %s - got %s, %s %s",
	    some ? "contains unauthorized" : "does not contain the valid", what,
	    got != NULL ? sc_buf_str(got) : "[]", some ? "allowed" : "want",
	    want != NULL ? sc_buf_str(want) : "[]");
	sc_buf_free(got);
	sc_buf_free(want);
	return SC_ERR_FORBIDDEN;
}

int
sc_request_check(
    const struct sc_csr *csr, const struct sc_grant *g, struct sc_error *e)
{
	int r;

	if ((r = sc_request_check_fingerprint(csr, g->csr_fingerprint, e)) !=
		0 ||
	    (!g->any_cn && !g->request_ignored &&
		(r = check_common_name(csr, g, e)) != 0) ||
	    (r = sc_key_check_strength(csr->key, e)) != 0 || g->from_request ||
	    g->request_ignored)
		return r;
	if ((r = check_names(
		 csr, g, SC_SAN_DNS, "DNS names", g->some_dns, e)) != 0 ||
	    (r = check_names(
		 csr, g, SC_SAN_EMAIL, "email addresses", false, e)) != 0 ||
	    (r = check_names(
		 csr, g, SC_SAN_IP, "IP addresses", g->some_ips, e)) != 0 ||
	    (r = check_names(csr, g, SC_SAN_URI, "URIs", false, e)) != 0)
		return r;
	/* A template may take them up, or leave them. */
	if (csr->other_sans > 0 && g->template == NULL)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "certificate request contains %zu names of kinds that the "
		    "token cannot grant",
		    csr->other_sans);
	return 0;
}
