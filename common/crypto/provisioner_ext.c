#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/der.h"

#define EXT_MAX 65536

int
sc_provisioner_ext_encode(int type, const char *name, const char *credential_id,
    const struct sc_strlist *pairs, uint8_t **der, size_t *n)
{
	struct sc_buf *in = sc_buf_new(EXT_MAX), *b = sc_buf_new(EXT_MAX);
	struct sc_buf *list;
	uint8_t number = (uint8_t)type;
	size_t i;

	sc_der_put(in, SC_DER_INTEGER, &number, 1);
	sc_der_put(in, SC_DER_OCTET_STRING, name, strlen(name));
	sc_der_put(
	    in, SC_DER_OCTET_STRING, credential_id, strlen(credential_id));
	if (pairs != NULL && pairs->n > 0) {
		list = sc_buf_new(EXT_MAX);
		for (i = 0; i < pairs->n; i++)
			sc_der_put_text(list, pairs->v[i]);
		sc_der_put_buf(in, SC_DER_SEQUENCE, list);
	}
	sc_der_put_buf(b, SC_DER_SEQUENCE, in);
	*n = 0;
	*der = (uint8_t *)sc_buf_steal(b, n);
	return *der == NULL ? SC_ERR_NOMEM : 0;
}

static int
bad_ext(struct sc_error *e)
{
	return sc_fail(
	    e, SC_ERR_MALFORMED, "certificate: bad provisioner extension");
}

static int
parse_pairs(struct sc_der list, struct sc_strlist *out, struct sc_error *e)
{
	struct sc_der v;
	uint8_t tag;
	char *s;
	int r = 0;

	while (r == 0 && list.n > 0) {
		if (!sc_der_get_any(&list, &tag, &v) ||
		    (tag != SC_DER_PRINTABLE && tag != SC_DER_UTF8 &&
			tag != SC_DER_IA5) ||
		    memchr(v.p, '\0', v.n) != NULL)
			return bad_ext(e);
		if ((s = sc_strndup((const char *)v.p, v.n)) == NULL)
			return sc_fail_nomem(e);
		r = sc_strlist_add(out, s) != 0 ? sc_fail_nomem(e) : 0;
		free(s);
	}
	return r;
}

static int
parse(struct sc_der value, struct sc_provisioner_ext *out, struct sc_error *e)
{
	struct sc_der seq, type, name, id, pairs;

	if (!sc_der_get(&value, SC_DER_SEQUENCE, &seq) || value.n != 0 ||
	    !sc_der_get(&seq, SC_DER_INTEGER, &type) || type.n != 1 ||
	    (type.p[0] & 0x80) != 0 ||
	    !sc_der_get(&seq, SC_DER_OCTET_STRING, &name) ||
	    !sc_der_get(&seq, SC_DER_OCTET_STRING, &id) ||
	    memchr(name.p, '\0', name.n) != NULL ||
	    memchr(id.p, '\0', id.n) != NULL)
		return bad_ext(e);
	out->type = type.p[0];
	out->name = sc_strndup((const char *)name.p, name.n);
	out->credential_id = sc_strndup((const char *)id.p, id.n);
	if (out->name == NULL || out->credential_id == NULL)
		return sc_fail_nomem(e);
	if (seq.n == 0)
		return 0;
	if (!sc_der_get(&seq, SC_DER_SEQUENCE, &pairs) || seq.n != 0)
		return bad_ext(e);
	return parse_pairs(pairs, &out->pairs, e);
}

int
sc_provisioner_ext_parse(const uint8_t *der, size_t n,
    struct sc_provisioner_ext *out, struct sc_error *e)
{
	struct sc_der d = {der, n};
	int r;

	*out = (struct sc_provisioner_ext){0};
	if ((r = parse(d, out, e)) != 0)
		sc_provisioner_ext_clear(out);
	return r;
}

int
sc_cert_provisioner_ext(
    const struct sc_cert *c, struct sc_provisioner_ext *out, struct sc_error *e)
{
	struct sc_tbs_ext x;

	*out = (struct sc_provisioner_ext){0};
	if (!sc_cert_find_ext(c, SC_EXT_PROVISIONER, &x))
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "certificate has no provisioner extension");
	return sc_provisioner_ext_parse(x.value.p, x.value.n, out, e);
}

void
sc_provisioner_ext_clear(struct sc_provisioner_ext *x)
{
	free(x->name);
	free(x->credential_id);
	sc_strlist_clear(&x->pairs);
	*x = (struct sc_provisioner_ext){0};
}
