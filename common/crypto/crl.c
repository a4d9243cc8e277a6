#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/cert_internal.h"
#include "crypto/crl.h"
#include "crypto/der.h"
#include "crypto/sig_alg.h"

#define OID_CRL_NUMBER "2.5.29.20"
#define OID_REASON "2.5.29.21"
#define OID_IDP "2.5.29.28"
#define SMALL 4096 /* extensions and names */

struct sc_crl {
	struct sc_buf *entries;
	size_t n;
};

struct sc_crl *
sc_crl_new(void)
{
	struct sc_crl *c = calloc(1, sizeof(*c));

	if (c != NULL && (c->entries = sc_buf_new(SC_CRL_MAX)) == NULL) {
		free(c);
		c = NULL;
	}
	return c;
}

void
sc_crl_free(struct sc_crl *c)
{
	if (c == NULL)
		return;
	sc_buf_free(c->entries);
	free(c);
}

size_t
sc_crl_count(const struct sc_crl *c)
{
	return c->n;
}

static int
failed(const struct sc_buf *b, struct sc_error *e)
{
	int r = sc_buf_error(b);

	if (r == 0)
		return 0;
	return sc_fail(e, r, "revocation list: %s", sc_err_text(r));
}

/* crlEntryExtensions of one entry. */
static void
put_reason(struct sc_buf *b, int reason)
{
	uint8_t v[3] = {0x0a, 1, (uint8_t)reason}; /* ENUMERATED */
	struct sc_buf *exts = sc_buf_new(SMALL), *value = sc_buf_new(SMALL);

	(void)sc_buf_put(value, v, sizeof(v));
	(void)sc_x509_put_ext(exts, OID_REASON, false, value);
	sc_der_put_buf(b, SC_DER_SEQUENCE, exts);
}

int
sc_crl_add(struct sc_crl *c, const uint8_t *serial, size_t n,
    int64_t revoked_at, int reason, struct sc_error *e)
{
	struct sc_buf *entry = sc_buf_new(SMALL);
	int r;

	sc_der_put_unsigned(entry, serial, n);
	if ((r = sc_x509_put_time(entry, revoked_at, e)) != 0) {
		sc_buf_free(entry);
		return r;
	}
	if (reason != SC_REASON_UNSPECIFIED && reason != SC_REASON_UNUSED &&
	    reason != SC_REASON_REMOVE_FROM_CRL)
		put_reason(entry, reason);
	sc_der_put_buf(c->entries, SC_DER_SEQUENCE, entry);
	if ((r = failed(c->entries, e)) == 0)
		c->n++;
	return r;
}

/* [0] { [0] { [6] url } }: distributionPoint, fullName, URI. */
static void
put_point(struct sc_buf *b, const char *url)
{
	struct sc_buf *uri = sc_buf_new(SMALL), *full = sc_buf_new(SMALL);

	sc_der_put(uri, SC_DER_CONTEXT(6), url, strlen(url));
	sc_der_put_buf(full, SC_DER_CONTEXT_CONS(0), uri);
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(0), full);
}

static void
put_key_id(struct sc_buf *b, const struct sc_issuer *issuer)
{
	struct sc_buf *id, *v;

	if (issuer->key_id == NULL)
		return;
	id = sc_buf_new(SMALL);
	v = sc_buf_new(SMALL);
	sc_der_put(id, SC_DER_CONTEXT(0), issuer->key_id, issuer->key_id_len);
	sc_der_put_buf(v, SC_DER_SEQUENCE, id);
	(void)sc_x509_put_ext(b, SC_OID_AKI, false, v);
}

static void
put_number(struct sc_buf *b, uint64_t number)
{
	struct sc_buf *v = sc_buf_new(SMALL);
	uint8_t be[8];
	size_t i;

	for (i = 0; i < sizeof(be); i++)
		be[i] = (uint8_t)(number >> (56 - 8 * i));
	sc_der_put_unsigned(v, be, sizeof(be));
	(void)sc_x509_put_ext(b, OID_CRL_NUMBER, false, v);
}

/*
 * Only the name of the list: every boolean of the extension is at its
 * default, because the list covers all certificates and all reasons, and
 * DER spells no defaults.
 */
static void
put_idp(struct sc_buf *b, const char *url)
{
	struct sc_buf *idp = sc_buf_new(SMALL), *v = sc_buf_new(SMALL);

	put_point(idp, url);
	sc_der_put_buf(v, SC_DER_SEQUENCE, idp);
	(void)sc_x509_put_ext(b, OID_IDP, true, v);
}

static void
put_extensions(struct sc_buf *tbs, const struct sc_crl_head *head,
    const struct sc_issuer *issuer)
{
	struct sc_buf *list = sc_buf_new(SMALL), *seq = sc_buf_new(SMALL);

	put_key_id(list, issuer);
	put_number(list, head->number);
	if (head->url != NULL)
		put_idp(list, head->url);
	sc_der_put_buf(seq, SC_DER_SEQUENCE, list);
	sc_der_put_buf(tbs, SC_DER_CONTEXT_CONS(0), seq);
}

/* TBSCertList, appended to out; the entries move into it. */
static int
put_tbs(struct sc_buf *out, struct sc_crl *c, const struct sc_crl_head *head,
    const struct sc_issuer *issuer, const struct sc_sig_alg *alg,
    struct sc_error *e)
{
	struct sc_buf *tbs = sc_buf_new(SC_CRL_MAX);
	int r;

	(void)sc_buf_put(tbs, "\x02\x01\x01", 3); /* v2 */
	(void)sc_buf_put(tbs, alg->der, alg->der_len);
	(void)sc_buf_put(tbs, issuer->name, issuer->name_len);
	if ((r = sc_x509_put_time(tbs, head->this_update, e)) != 0 ||
	    (r = sc_x509_put_time(tbs, head->next_update, e)) != 0) {
		sc_buf_free(tbs);
		return r;
	}
	/* An empty list of entries must be absent (section 5.1.2.6). */
	if (c->n > 0) {
		sc_der_put_buf(tbs, SC_DER_SEQUENCE, c->entries);
		c->entries = NULL; /* transferred */
	}
	put_extensions(tbs, head, issuer);
	sc_der_put_buf(out, SC_DER_SEQUENCE, tbs);
	return failed(out, e);
}

int
sc_crl_sign(struct sc_crl *c, const struct sc_crl_head *head,
    const struct sc_issuer *issuer, uint8_t **der, size_t *n,
    struct sc_error *e)
{
	const struct sc_sig_alg *alg = sc_sig_alg_default(issuer->key);
	struct sc_buf *body = sc_buf_new(SC_CRL_MAX);
	struct sc_buf *all = sc_buf_new(SC_CRL_MAX);
	size_t tbs_len;
	int r;

	*der = NULL;
	*n = 0;
	if ((r = put_tbs(body, c, head, issuer, alg, e)) != 0)
		goto out;
	tbs_len = sc_buf_len(body);
	(void)sc_buf_put(body, alg->der, alg->der_len);
	if ((r = failed(body, e)) != 0 ||
	    (r = sc_sig_put(
		 body, alg, issuer->key, sc_buf_data(body), tbs_len, e)) != 0)
		goto out;
	sc_der_put_buf(all, SC_DER_SEQUENCE, body);
	body = NULL; /* transferred */
	if ((r = failed(all, e)) != 0)
		goto out;
	*der = (uint8_t *)sc_buf_steal(all, n);
	all = NULL; /* transferred */
out:
	sc_buf_free(body);
	sc_buf_free(all);
	return r;
}
