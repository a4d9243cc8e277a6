/* DER elements in base64, for the extensions of certificates. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "crypto/asn1_text.h"
#include "crypto/der.h"
#include "template/internal.h"

/* The contents of der in base64; frees der. */
static struct sc_tpl_val *
encoded(struct sc_tpl_call *c, struct sc_buf *der)
{
	struct sc_buf *b;
	int r = sc_buf_error(der);

	if (r != 0) {
		sc_buf_free(der);
		return sc_tpl_fail(c->x, "cannot encode: %s", sc_err_text(r));
	}
	b = sc_tpl_buf();
	(void)sc_b64_put(b, SC_B64_STD, sc_buf_data(der), sc_buf_len(der));
	sc_buf_free(der);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
enc(struct sc_tpl_call *c)
{
	struct sc_error e = SC_ERROR_INIT;
	const struct sc_tpl_val *v = c->arg[0];
	struct sc_buf *b;

	if (strlen(v->u.s.p) != v->u.s.n)
		return sc_tpl_fail(c->x, "asn1Enc: the value has a NUL");
	b = sc_tpl_buf();
	if (sc_asn1_text_put_typed(b, v->u.s.p, 0, &e) != 0) {
		sc_buf_free(b);
		return sc_tpl_fail(c->x, "asn1Enc: %s", e.msg);
	}
	return encoded(c, b);
}

/* A text with the type that Go's encoder would choose, if none is given. */
static struct sc_tpl_val *
marshal(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = sc_tpl_text(c->d, c->arg[0]);
	const char *type = "utf8";
	struct sc_error e = SC_ERROR_INIT;
	struct sc_buf *params, *b;
	size_t i;
	int r;

	if (v == NULL)
		return NULL;
	if (c->arg[0]->kind == SC_TPL_INT || c->arg[0]->kind == SC_TPL_INT64)
		type = "int";
	else if (c->arg[0]->kind == SC_TPL_BOOL)
		type = "bool";
	else if (c->arg[0]->kind != SC_TPL_STRING)
		return sc_tpl_fail(c->x, "asn1Marshal: unknown Go type: %s",
		    sc_tpl_type(c->arg[0]));
	params = sc_tpl_buf();
	b = sc_tpl_buf();
	if (type[0] == 'u' &&
	    sc_asn1_text_put(b, "printable", v->u.s.p, NULL) == 0 &&
	    strpbrk(v->u.s.p, "*&") == NULL)
		type = "printable";
	sc_buf_reset(b);
	(void)sc_buf_puts(params, type);
	for (i = 1; i < c->n; i++)
		(void)sc_buf_putf(params, ",%s", c->arg[i]->u.s.p);
	r = sc_buf_error(params);
	if (r == 0 && strlen(v->u.s.p) != v->u.s.n)
		r = sc_fail(&e, SC_ERR_MALFORMED, "the value has a NUL");
	if (r == 0)
		r = sc_asn1_text_put(b, sc_buf_str(params), v->u.s.p, &e);
	sc_buf_free(params);
	if (r == 0)
		return encoded(c, b);
	sc_buf_free(b);
	return sc_tpl_fail(c->x, "asn1Marshal: %s", e.msg);
}

/* Elements in base64, one behind the other in one that holds them. */
static struct sc_tpl_val *
constructed(struct sc_tpl_call *c, uint8_t tag)
{
	struct sc_buf *in = sc_tpl_buf(), *out;
	uint8_t *der;
	size_t i, n;

	for (i = 0; i < c->n; i++) {
		der = NULL;
		if (sc_b64_decode(SC_B64_STD, c->arg[i]->u.s.p,
			c->arg[i]->u.s.n, &der, &n) != 0) {
			sc_buf_free(in);
			return sc_tpl_fail(
			    c->x, "%s: illegal base64 data", c->fn->name);
		}
		(void)sc_buf_put(in, der, n);
		free(der);
	}
	out = sc_tpl_buf();
	sc_der_put_buf(out, tag, in);
	return encoded(c, out);
}

static struct sc_tpl_val *
sequence(struct sc_tpl_call *c)
{
	return constructed(c, SC_DER_SEQUENCE);
}

static struct sc_tpl_val *
set(struct sc_tpl_call *c)
{
	return constructed(c, SC_DER_SET);
}

const struct sc_tpl_func sc_tpl_funcs_asn1[] = {
    {"asn1Enc", "s", enc},
    {"asn1Marshal", "as*", marshal},
    {"asn1Seq", "s*", sequence},
    {"asn1Set", "s*", set},
    {0},
};
