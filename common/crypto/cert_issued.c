#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/der.h"
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/sig_alg.h"

/* What a leaf must have, and has once. */
struct found {
	bool key_usage, ext_key_usage, authority_key_id;
};

/* digitalSignature, and it is a BIT STRING of at most two octets. */
static bool
may_sign(struct sc_der value)
{
	struct sc_der bits;

	return sc_der_get(&value, SC_DER_BIT_STRING, &bits) && value.n == 0 &&
	    (bits.n == 2 || bits.n == 3) && bits.p[0] < 8 &&
	    (bits.p[1] & 0x80) != 0;
}

/* Purposes of RFC 5280 section 4.2.1.12 only, clientAuth among them. */
static bool
is_client(struct sc_der value)
{
	static const uint8_t id_kp[] = {
	    0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03};
	struct sc_der list, oid;
	bool client = false;

	if (!sc_der_get(&value, SC_DER_SEQUENCE, &list) || value.n != 0)
		return false;
	while (list.n > 0) {
		if (!sc_der_get(&list, SC_DER_OID, &oid) ||
		    oid.n != sizeof(id_kp) + 1 ||
		    memcmp(oid.p, id_kp, sizeof(id_kp)) != 0 ||
		    oid.p[sizeof(id_kp)] >= 0x80)
			return false;
		client |= oid.p[sizeof(id_kp)] == 2;
	}
	return client;
}

static bool
is_key_id(struct sc_der value)
{
	struct sc_der id;

	return sc_der_get(&value, SC_DER_OCTET_STRING, &id) && value.n == 0;
}

/* By its key id alone, as sc_cert_build writes it. */
static bool
names_key_of(struct sc_der value, const struct sc_issuer *issuer)
{
	struct sc_der seq, id;

	return issuer->key_id != NULL &&
	    sc_der_get(&value, SC_DER_SEQUENCE, &seq) && value.n == 0 &&
	    sc_der_get(&seq, SC_DER_CONTEXT(0), &id) && seq.n == 0 &&
	    sc_der_is(&id, issuer->key_id, issuer->key_id_len);
}

static bool
are_names(struct sc_der value)
{
	struct sc_sans names = {0};
	size_t others = 0;
	int r = sc_general_names_parse(value, &names, &others, NULL);

	sc_sans_clear(&names);
	return r == 0 && others == 0;
}

static bool
is_oid(const struct sc_der *oid)
{
	bool begins = true;
	size_t i;

	for (i = 0; i < oid->n; i++) {
		if (begins && oid->p[i] == 0x80)
			return false;
		begins = (oid->p[i] & 0x80) == 0;
	}
	return oid->n > 0 && begins;
}

/* In the string types of now. */
static bool
is_attribute(const struct sc_name_attribute *a)
{
	if (!is_oid(&a->oid))
		return false;
	return a->tag == SC_DER_UTF8
	    ? sc_utf8_valid(a->value.p, a->value.n)
	    : a->tag == SC_DER_PRINTABLE || a->tag == SC_DER_IA5;
}

static bool
is_name(struct sc_der whole)
{
	struct sc_name_reader names = {0};
	struct sc_name_attribute a;
	int r;

	if (!sc_der_get(&whole, SC_DER_SEQUENCE, &names.rest))
		return false;
	while ((r = sc_name_next(&names, &a)) == 1)
		if (!is_attribute(&a))
			return false;
	return r == 0 && !names.empty_set;
}

static bool
extension_fits(
    const struct sc_tbs_ext *x, const struct sc_issuer *issuer, struct found *f)
{
	switch (x->id) {
	case SC_EXT_KEY_USAGE:
		return f->key_usage = may_sign(x->value);
	case SC_EXT_EXT_KEY_USAGE:
		return f->ext_key_usage = is_client(x->value);
	case SC_EXT_BASIC_CONSTRAINTS: /* of no CA */
		return sc_der_is(&x->value, "\x30\x00", 2);
	case SC_EXT_SUBJECT_ALT_NAME:
		return are_names(x->value);
	case SC_EXT_SUBJECT_KEY_ID:
		return !x->critical && is_key_id(x->value);
	case SC_EXT_AUTHORITY_KEY_ID:
		return f->authority_key_id =
			   !x->critical && names_key_of(x->value, issuer);
	case SC_EXT_AUTHORITY_INFO_ACCESS:
	case SC_EXT_PROVISIONER:
		return !x->critical;
	default:
		return false;
	}
}

static bool
extensions_fit(const struct sc_tbs *t, const struct sc_issuer *issuer)
{
	struct sc_der list = t->extensions;
	struct found f = {0};
	struct sc_tbs_ext x;
	int r;

	while ((r = sc_tbs_next_ext(&list, &x)) == 1)
		if (!extension_fits(&x, issuer, &f))
			return false;
	return r == 0 && f.key_usage && f.ext_key_usage && f.authority_key_id;
}

static bool
is_signed(const struct sc_tbs *t, const struct sc_issuer *issuer)
{
	const struct sc_sig_alg *alg = sc_sig_alg_by_der(t->alg.p, t->alg.n);

	return alg != NULL && sc_der_is(&t->inner_alg, t->alg.p, t->alg.n) &&
	    t->signature.n > 1 && t->signature.p[0] == 0 &&
	    sc_sig_verify(alg, issuer->key, t->tbs.p, t->tbs.n,
		t->signature.p + 1, t->signature.n - 1, NULL) == 0;
}

bool
sc_cert_parse_issued(const uint8_t *der, size_t n,
    const struct sc_issuer *issuer, struct sc_cert **out)
{
	struct sc_tbs t;
	struct sc_cert *c;

	*out = NULL;
	if (!sc_tbs_read(der, n, &t) || !sc_der_is(&t.version, "\x02", 1) ||
	    t.unique_ids ||
	    !sc_der_is(&t.issuer, issuer->name, issuer->name_len) ||
	    sc_der_is(&t.subject, issuer->name, issuer->name_len) ||
	    !is_name(t.subject) || !extensions_fit(&t, issuer) ||
	    !is_signed(&t, issuer) ||
	    sc_cert_new_from(der, n, &t, &c, NULL) != 0)
		return false;
	if (sc_key_from_spki(t.spki.p, t.spki.n, &c->key, NULL) != 0 ||
	    sc_key_check_strength(c->key, NULL) != 0) {
		sc_cert_free(c);
		return false;
	}
	*out = c;
	return true;
}
