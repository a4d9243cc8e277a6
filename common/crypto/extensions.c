#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/extensions.h"
#include "crypto/san.h"

#define VALUE_MAX (1024 * 1024)
#define OID_OCSP "1.3.6.1.5.5.7.48.1"
#define OID_CA_ISSUERS "1.3.6.1.5.5.7.48.2"

/* Tags of GeneralName. */
#define TAG_EMAIL SC_DER_CONTEXT(1)
#define TAG_DNS SC_DER_CONTEXT(2)
#define TAG_URI SC_DER_CONTEXT(6)
#define TAG_IP SC_DER_CONTEXT(7)

/* Its bytes to the caller; frees b. */
static int
finish(struct sc_buf *b, int r, uint8_t **der, size_t *n, struct sc_error *e)
{
	*der = NULL;
	*n = 0;
	if (r == 0 && (r = sc_buf_error(b)) != 0)
		(void)sc_fail(e, r, "extension: %s", sc_err_text(r));
	if (r != 0) {
		sc_buf_free(b);
		return r;
	}
	*der = (uint8_t *)sc_buf_steal(b, n);
	return *der != NULL ? 0 : sc_fail_nomem(e);
}

/* A GeneralName of an IA5String. */
static int
put_text(struct sc_buf *b, uint8_t tag, const char *s, struct sc_error *e)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "extension: a blank, control or non-ASCII "
			    "character in \"%.128s\"",
			    s);
	sc_der_put(b, tag, s, i);
	return 0;
}

static int
put_access(struct sc_buf *b, const char *method, const struct sc_strlist *urls,
    struct sc_error *e)
{
	struct sc_buf *one;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < urls->n; i++) {
		one = sc_buf_new(VALUE_MAX);
		(void)sc_der_put_oid(one, method);
		r = put_text(one, TAG_URI, urls->v[i], e);
		sc_der_put_buf(b, SC_DER_SEQUENCE, one);
	}
	return r;
}

int
sc_ext_access_info(const struct sc_strlist *ocsp,
    const struct sc_strlist *issuers, uint8_t **der, size_t *n,
    struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(VALUE_MAX);
	struct sc_buf *all = sc_buf_new(VALUE_MAX);
	int r = put_access(list, OID_OCSP, ocsp, e);

	if (r == 0)
		r = put_access(list, OID_CA_ISSUERS, issuers, e);
	sc_der_put_buf(all, SC_DER_SEQUENCE, list);
	return finish(all, r, der, n, e);
}

int
sc_ext_crl_points(
    const struct sc_strlist *urls, uint8_t **der, size_t *n, struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(VALUE_MAX);
	struct sc_buf *all = sc_buf_new(VALUE_MAX);
	struct sc_buf *uri, *full, *name, *point;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < urls->n; i++) {
		uri = sc_buf_new(VALUE_MAX);
		full = sc_buf_new(VALUE_MAX);
		name = sc_buf_new(VALUE_MAX);
		point = sc_buf_new(VALUE_MAX);
		r = put_text(uri, TAG_URI, urls->v[i], e);
		sc_der_put_buf(full, SC_DER_CONTEXT_CONS(0), uri);
		sc_der_put_buf(name, SC_DER_CONTEXT_CONS(0), full);
		sc_der_put_buf(point, SC_DER_SEQUENCE, name);
		(void)sc_buf_put(list, sc_buf_data(point), sc_buf_len(point));
		sc_buf_free(point);
	}
	sc_der_put_buf(all, SC_DER_SEQUENCE, list);
	return finish(all, r, der, n, e);
}

int
sc_ext_policies(
    const struct sc_strlist *oids, uint8_t **der, size_t *n, struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(VALUE_MAX);
	struct sc_buf *all = sc_buf_new(VALUE_MAX), *one;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < oids->n; i++) {
		one = sc_buf_new(VALUE_MAX);
		if ((r = sc_der_put_oid(one, oids->v[i])) != 0)
			(void)sc_fail(e, r,
			    "extension: \"%.128s\" is not an object identifier",
			    oids->v[i]);
		sc_der_put_buf(list, SC_DER_SEQUENCE, one);
	}
	sc_der_put_buf(all, SC_DER_SEQUENCE, list);
	return finish(all, r, der, n, e);
}

void
sc_ext_subtrees_clear(struct sc_ext_subtrees *s)
{
	sc_strlist_clear(&s->dns);
	sc_strlist_clear(&s->ip);
	sc_strlist_clear(&s->email);
	sc_strlist_clear(&s->uri);
}

/* Address and mask, with what the mask does not cover set to zero. */
static int
put_range(struct sc_buf *b, const char *text, struct sc_error *e)
{
	const char *slash = strchr(text, '/');
	uint8_t v[32] = {0};
	int64_t bits = 0;
	char *address;
	size_t n = 0, i;
	int r = SC_ERR_MALFORMED;

	if (slash != NULL) {
		address = sc_strndup(text, (size_t)(slash - text));
		if (address == NULL)
			return sc_fail_nomem(e);
		r = sc_san_ip_bytes(address, v, &n);
		free(address);
	}
	if (r != 0 || sc_strtonum(slash + 1, 0, (int64_t)n * 8, &bits) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "extension: \"%.128s\" is not a range of addresses", text);
	for (i = 0; i < n; i++, bits -= 8) {
		v[n + i] = bits >= 8 ? 0xff
		    : bits > 0	     ? (uint8_t)(0xff00 >> bits)
				     : 0;
		v[i] &= v[n + i];
	}
	sc_der_put(b, TAG_IP, v, 2 * n);
	return 0;
}

static int
put_each(struct sc_buf *b, uint8_t tag, const struct sc_strlist *names,
    struct sc_error *e)
{
	struct sc_buf *one;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < names->n; i++) {
		one = sc_buf_new(VALUE_MAX);
		r = tag == TAG_IP ? put_range(one, names->v[i], e)
				  : put_text(one, tag, names->v[i], e);
		sc_der_put_buf(b, SC_DER_SEQUENCE, one);
	}
	return r;
}

static int
put_subtrees(struct sc_buf *b, uint8_t tag, const struct sc_ext_subtrees *s,
    struct sc_error *e)
{
	struct sc_buf *list;
	int r;

	if (s->dns.n + s->ip.n + s->email.n + s->uri.n == 0)
		return 0;
	list = sc_buf_new(VALUE_MAX);
	if ((r = put_each(list, TAG_DNS, &s->dns, e)) == 0 &&
	    (r = put_each(list, TAG_IP, &s->ip, e)) == 0 &&
	    (r = put_each(list, TAG_EMAIL, &s->email, e)) == 0)
		r = put_each(list, TAG_URI, &s->uri, e);
	sc_der_put_buf(b, tag, list);
	return r;
}

int
sc_ext_name_constraints(const struct sc_ext_subtrees *permitted,
    const struct sc_ext_subtrees *excluded, uint8_t **der, size_t *n,
    struct sc_error *e)
{
	struct sc_buf *list = sc_buf_new(VALUE_MAX);
	struct sc_buf *all = sc_buf_new(VALUE_MAX);
	int r = put_subtrees(list, SC_DER_CONTEXT_CONS(0), permitted, e);

	if (r == 0)
		r = put_subtrees(list, SC_DER_CONTEXT_CONS(1), excluded, e);
	sc_der_put_buf(all, SC_DER_SEQUENCE, list);
	return finish(all, r, der, n, e);
}
