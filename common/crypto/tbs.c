#include "config.h"

#include "crypto/tbs.h"

static bool
get_time(struct sc_der *d, struct sc_der *whole)
{
	return sc_der_get_raw(d, SC_DER_UTC_TIME, whole) ||
	    sc_der_get_raw(d, SC_DER_GENERALIZED_TIME, whole);
}

/* In the fewest octets (X.690 section 8.3.2). */
static bool
get_integer(struct sc_der *d, struct sc_der *value)
{
	if (!sc_der_get(d, SC_DER_INTEGER, value) || value->n == 0)
		return false;
	return value->n == 1 ||
	    !((value->p[0] == 0 && !(value->p[1] & 0x80)) ||
		(value->p[0] == 0xff && (value->p[1] & 0x80)));
}

static bool
get_version(struct sc_der *d, struct sc_der *version)
{
	struct sc_der v;

	*version = (struct sc_der){NULL, 0};
	if (!sc_der_get(d, SC_DER_CONTEXT_CONS(0), &v))
		return true;
	return get_integer(&v, version) && v.n == 0;
}

static bool
get_extensions(struct sc_der *d, struct sc_der *list)
{
	struct sc_der v;

	*list = (struct sc_der){NULL, 0};
	if (!sc_der_get(d, SC_DER_CONTEXT_CONS(3), &v))
		return true;
	return sc_der_get(&v, SC_DER_SEQUENCE, list) && v.n == 0;
}

bool
sc_tbs_read(const uint8_t *der, size_t n, struct sc_tbs *t)
{
	struct sc_der all = {der, n}, cert, d, validity, id;

	if (!sc_der_get(&all, SC_DER_SEQUENCE, &cert) || all.n != 0 ||
	    !sc_der_get_raw(&cert, SC_DER_SEQUENCE, &t->tbs) ||
	    !sc_der_get_raw(&cert, SC_DER_SEQUENCE, &t->alg) ||
	    !sc_der_get(&cert, SC_DER_BIT_STRING, &t->signature) || cert.n != 0)
		return false;
	cert = t->tbs;
	if (!sc_der_get(&cert, SC_DER_SEQUENCE, &d) ||
	    !get_version(&d, &t->version) || !get_integer(&d, &t->serial) ||
	    !sc_der_get_raw(&d, SC_DER_SEQUENCE, &t->inner_alg) ||
	    !sc_der_get_raw(&d, SC_DER_SEQUENCE, &t->issuer) ||
	    !sc_der_get(&d, SC_DER_SEQUENCE, &validity) ||
	    !get_time(&validity, &t->not_before) ||
	    !get_time(&validity, &t->not_after) || validity.n != 0 ||
	    !sc_der_get_raw(&d, SC_DER_SEQUENCE, &t->subject) ||
	    !sc_der_get_raw(&d, SC_DER_SEQUENCE, &t->spki))
		return false;
	t->unique_ids = sc_der_get(&d, SC_DER_CONTEXT(1), &id);
	t->unique_ids |= sc_der_get(&d, SC_DER_CONTEXT(2), &id);
	return get_extensions(&d, &t->extensions) && d.n == 0;
}

#define ID_CE(last) "\x55\x1d" last, 3
#define AUTHORITY_INFO_ACCESS "\x2b\x06\x01\x05\x05\x07\x01\x01", 8
#define PROVISIONER "\x2b\x06\x01\x04\x01\x82\xa4\x64\xc6\x28\x40\x01", 12

static enum sc_ext_id
ext_id(const struct sc_der *oid)
{
	static const struct {
		enum sc_ext_id id;
		const char *oid;
		size_t n;
	} known[] = {
	    {SC_EXT_SUBJECT_KEY_ID, ID_CE("\x0e")},
	    {SC_EXT_KEY_USAGE, ID_CE("\x0f")},
	    {SC_EXT_SUBJECT_ALT_NAME, ID_CE("\x11")},
	    {SC_EXT_BASIC_CONSTRAINTS, ID_CE("\x13")},
	    {SC_EXT_AUTHORITY_KEY_ID, ID_CE("\x23")},
	    {SC_EXT_EXT_KEY_USAGE, ID_CE("\x25")},
	    {SC_EXT_AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS},
	    {SC_EXT_PROVISIONER, PROVISIONER},
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sc_der_is(oid, known[i].oid, known[i].n))
			return known[i].id;
	return SC_EXT_OTHER;
}

int
sc_tbs_next_ext(struct sc_der *list, struct sc_tbs_ext *x)
{
	struct sc_der ext, boolean, oid;

	if (list->n == 0)
		return 0;
	if (!sc_der_get(list, SC_DER_SEQUENCE, &ext) ||
	    !sc_der_get_raw(&ext, SC_DER_OID, &x->whole_oid))
		return -1;
	oid = x->whole_oid;
	(void)sc_der_get(&oid, SC_DER_OID, &x->oid);
	x->id = ext_id(&x->oid);
	x->critical = false;
	if (sc_der_get(&ext, SC_DER_BOOLEAN, &boolean)) {
		if (boolean.n != 1)
			return -1;
		x->critical = boolean.p[0] != 0;
	}
	return sc_der_get(&ext, SC_DER_OCTET_STRING, &x->value) && ext.n == 0
	    ? 1
	    : -1;
}

bool
sc_tbs_find_ext(const struct sc_tbs *t, enum sc_ext_id id, struct sc_tbs_ext *x)
{
	struct sc_der list = t->extensions;

	while (sc_tbs_next_ext(&list, x) == 1)
		if (x->id == id)
			return true;
	return false;
}
