#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/name.h"

#define NAME_MAX_DER 65536
#define OID_EMAIL "1.2.840.113549.1.9.1"

/* Attribute types of 2.5.4 in the order in which they are written. */
enum {
	AT_CN = 3,
	AT_SERIAL = 5,
	AT_C = 6,
	AT_L = 7,
	AT_ST = 8,
	AT_STREET = 9,
	AT_O = 10,
	AT_OU = 11,
	AT_POSTAL = 17
};

void
sc_name_clear(struct sc_name *n)
{
	size_t i;

	sc_strlist_clear(&n->country);
	sc_strlist_clear(&n->organization);
	sc_strlist_clear(&n->organizational_unit);
	sc_strlist_clear(&n->locality);
	sc_strlist_clear(&n->province);
	sc_strlist_clear(&n->street_address);
	sc_strlist_clear(&n->postal_code);
	free(n->common_name);
	free(n->serial_number);
	for (i = 0; i < n->extra_n; i++) {
		free(n->extra[i].oid);
		free(n->extra[i].value);
	}
	free(n->extra);
	*n = (struct sc_name){0};
}

int
sc_name_add_extra(struct sc_name *n, const char *oid, const char *value)
{
	struct sc_name_extra *x =
	    sc_reallocarray(n->extra, n->extra_n + 1, sizeof(*n->extra));
	struct sc_buf *b;
	int r;

	if (x == NULL)
		return SC_ERR_NOMEM;
	n->extra = x;
	x += n->extra_n;
	b = sc_buf_new(NAME_MAX_DER);
	r = sc_der_put_oid(b, oid);
	if (r == 0)
		r = sc_buf_error(b);
	sc_buf_free(b);
	if (r != 0)
		return r;
	x->oid = sc_strdup(oid);
	x->value = sc_strdup(value);
	n->extra_n++;
	return x->oid != NULL && x->value != NULL ? 0 : SC_ERR_NOMEM;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((*s & 0x80) != 0)
			return false;
	return true;
}

/* AttributeTypeAndValue. */
static void
put_attribute(struct sc_buf *b, uint8_t at, const char *value)
{
	uint8_t oid[] = {0x55, 0x04, at};
	struct sc_buf *in = sc_buf_new(NAME_MAX_DER);

	if (!sc_utf8_valid(value, strlen(value)))
		(void)sc_buf_put(in, "", SIZE_MAX);
	sc_der_put(in, SC_DER_OID, oid, sizeof(oid));
	sc_der_put_text(in, value);
	sc_der_put_buf(b, SC_DER_SEQUENCE, in);
}

struct encoded {
	const uint8_t *p;
	size_t n;
};

static int
cmp_encoded(const void *va, const void *vb)
{
	const struct encoded *a = va, *b = vb;
	size_t n = a->n < b->n ? a->n : b->n;
	int c = memcmp(a->p, b->p, n);

	return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

/* A SET OF is sorted by encoding (X.690 section 11.6). */
static void
put_sorted_set(struct sc_buf *b, uint8_t at, const struct sc_strlist *values)
{
	struct encoded *v = calloc(values->n, sizeof(*v));
	struct sc_buf **each = calloc(values->n, sizeof(struct sc_buf *));
	struct sc_buf *set = sc_buf_new(NAME_MAX_DER);
	size_t i;

	for (i = 0; v != NULL && each != NULL && i < values->n; i++) {
		each[i] = sc_buf_new(NAME_MAX_DER);
		put_attribute(each[i], at, values->v[i]);
		v[i].p = sc_buf_data(each[i]);
		v[i].n = sc_buf_len(each[i]);
		if (sc_buf_error(each[i]) != 0)
			break;
	}
	if (v == NULL || each == NULL || i < values->n) {
		(void)sc_buf_put(set, "", SIZE_MAX);
	} else {
		qsort(v, values->n, sizeof(*v), cmp_encoded);
		for (i = 0; i < values->n; i++)
			(void)sc_buf_put(set, v[i].p, v[i].n);
	}
	for (i = 0; each != NULL && i < values->n; i++)
		sc_buf_free(each[i]);
	free(each);
	free(v);
	sc_der_put_buf(b, SC_DER_SET, set);
}

static void
put_values(struct sc_buf *b, uint8_t at, const struct sc_strlist *values)
{
	if (values->n > 0)
		put_sorted_set(b, at, values);
}

static void
put_value(struct sc_buf *b, uint8_t at, const char *value)
{
	struct sc_buf *set;

	if (value == NULL || value[0] == '\0')
		return;
	set = sc_buf_new(NAME_MAX_DER);
	put_attribute(set, at, value);
	sc_der_put_buf(b, SC_DER_SET, set);
}

static void
put_extra(struct sc_buf *b, const struct sc_name_extra *x)
{
	struct sc_buf *in = sc_buf_new(NAME_MAX_DER);
	struct sc_buf *set = sc_buf_new(NAME_MAX_DER);
	size_t n = strlen(x->value);
	uint8_t tag = SC_DER_UTF8;

	if (sc_der_is_printable(x->value))
		tag = SC_DER_PRINTABLE;
	if (strcmp(x->oid, OID_EMAIL) == 0)
		tag = SC_DER_IA5;
	if (!sc_utf8_valid(x->value, n) ||
	    (tag == SC_DER_IA5 && !is_ascii(x->value)))
		(void)sc_buf_put(in, "", SIZE_MAX);
	(void)sc_der_put_oid(in, x->oid);
	sc_der_put(in, tag, x->value, n);
	sc_der_put_buf(set, SC_DER_SEQUENCE, in);
	sc_der_put_buf(b, SC_DER_SET, set);
}

int
sc_name_to_der(
    const struct sc_name *n, uint8_t **der, size_t *len, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAME_MAX_DER);
	struct sc_buf *b = sc_buf_new(NAME_MAX_DER);
	size_t i;

	put_values(in, AT_C, &n->country);
	put_values(in, AT_O, &n->organization);
	put_values(in, AT_OU, &n->organizational_unit);
	put_values(in, AT_L, &n->locality);
	put_values(in, AT_ST, &n->province);
	put_values(in, AT_STREET, &n->street_address);
	put_values(in, AT_POSTAL, &n->postal_code);
	put_value(in, AT_CN, n->common_name);
	put_value(in, AT_SERIAL, n->serial_number);
	for (i = 0; i < n->extra_n; i++)
		put_extra(in, &n->extra[i]);
	sc_der_put_buf(b, SC_DER_SEQUENCE, in);
	*len = 0;
	if ((*der = (uint8_t *)sc_buf_steal(b, len)) == NULL)
		return sc_fail(
		    e, SC_ERR_TOO_LARGE, "subject is too large or not UTF-8");
	return 0;
}

int
sc_name_next(struct sc_name_reader *r, struct sc_name_attribute *a)
{
	struct sc_der atv;

	while (r->set.n == 0) {
		if (r->rest.n == 0)
			return 0;
		if (!sc_der_get(&r->rest, SC_DER_SET, &r->set))
			return -1;
		r->empty_set |= r->set.n == 0;
	}
	return sc_der_get(&r->set, SC_DER_SEQUENCE, &atv) &&
		sc_der_get(&atv, SC_DER_OID, &a->oid) &&
		sc_der_get_any(&atv, &a->tag, &a->value) && atv.n == 0
	    ? 1
	    : -1;
}
