/* Version 2: DER, with tags of its own. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "crypto/nebula.h"

#define DETAILS SC_DER_CONTEXT_CONS(0)
#define CURVE SC_DER_CONTEXT(1)
#define PUBLIC_KEY SC_DER_CONTEXT(2)
#define SIGNATURE SC_DER_CONTEXT(3)

/* In details. */
#define NAME SC_DER_CONTEXT(0)
#define NETWORKS SC_DER_CONTEXT_CONS(1)
#define UNSAFE_NETWORKS SC_DER_CONTEXT_CONS(2)
#define GROUPS SC_DER_CONTEXT_CONS(3)
#define IS_CA SC_DER_CONTEXT(4)
#define NOT_BEFORE SC_DER_CONTEXT(5)
#define NOT_AFTER SC_DER_CONTEXT(6)
#define ISSUER SC_DER_CONTEXT(7)

/* Address, and a last octet with the bits of its prefix. */
static int
read_nets(
    struct sc_nebula_nets *l, struct sc_der *d, uint8_t tag, struct sc_error *e)
{
	struct sc_der list, v;
	int r = 0;

	if (!sc_der_get(d, tag, &list))
		return 0;
	while (r == 0 && list.n > 0) {
		if (!sc_der_get(&list, SC_DER_OCTET_STRING, &v) || v.n == 0)
			return sc_nebula_bad(e, "bad network");
		r = sc_nebula_add_net(l, v.p, v.n - 1, v.p[v.n - 1], e);
	}
	return r;
}

static int
read_groups(struct sc_nebula_cert *c, struct sc_der *d, struct sc_error *e)
{
	struct sc_der list, v;
	int r = 0;

	if (!sc_der_get(d, GROUPS, &list))
		return 0;
	while (r == 0 && list.n > 0) {
		if (!sc_der_get(&list, SC_DER_UTF8, &v) || v.n == 0)
			return sc_nebula_bad(e, "bad group");
		r = sc_nebula_add_group(c, v.p, v.n, e);
	}
	return r;
}

/* INTEGER under a tag of its own, not negative, in the fewest octets. */
static int
read_time(struct sc_der *d, uint8_t tag, int64_t *out, struct sc_error *e)
{
	struct sc_der v;
	size_t i;

	if (!sc_der_get(d, tag, &v) || v.n == 0 || v.n > sizeof(*out) ||
	    (v.p[0] & 0x80) != 0 ||
	    (v.n > 1 && v.p[0] == 0 && (v.p[1] & 0x80) == 0))
		return sc_nebula_bad(e, "bad time");
	for (*out = 0, i = 0; i < v.n; i++)
		*out = *out << 8 | v.p[i];
	return 0;
}

static int
read_details(struct sc_nebula_cert *c, struct sc_der d, struct sc_error *e)
{
	struct sc_der v;
	int r;

	if (!sc_der_get(&d, NAME, &v) || v.n == 0 || v.n > SC_MAX_DNS_NAME)
		return sc_nebula_bad(e, "bad name");
	if ((r = sc_nebula_text(v.p, v.n, &c->name, e)) != 0 ||
	    (r = read_nets(&c->networks, &d, NETWORKS, e)) != 0 ||
	    (r = read_nets(&c->unsafe_networks, &d, UNSAFE_NETWORKS, e)) != 0 ||
	    (r = read_groups(c, &d, e)) != 0)
		return r;
	c->is_ca = sc_der_get(&d, IS_CA, &v);
	if (c->is_ca && !sc_der_is(&v, "\xff", 1))
		return sc_nebula_bad(e, "bad isCA");
	if ((r = read_time(&d, NOT_BEFORE, &c->not_before, e)) != 0 ||
	    (r = read_time(&d, NOT_AFTER, &c->not_after, e)) != 0)
		return r;
	if (sc_der_get(&d, ISSUER, &v) &&
	    (r = sc_nebula_set_issuer(c, v.p, v.n, e)) != 0)
		return r;
	return d.n == 0 ? 0 : sc_nebula_bad(e, "unknown member");
}

/* Details, curve and key are signed; the fingerprint is of the signature, too. */
static int
keep(struct sc_nebula_cert *c, const struct sc_der *details,
    const struct sc_der *key, const struct sc_der *sig, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_NEBULA_CERT);
	int r;

	(void)sc_buf_put(b, details->p, details->n);
	(void)sc_buf_put_u8(b, c->p256 ? 1 : 0);
	(void)sc_buf_put(b, key->p, key->n);
	if ((r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "nebula certificate");
	else
		r = sc_nebula_set_signed(
		    c, sc_buf_data(b), sc_buf_len(b), sig->p, sig->n, e);
	if (r == 0 &&
	    (sc_buf_put(b, sig->p, sig->n) != 0 ||
		sc_sha256(sc_buf_data(b), sc_buf_len(b), c->fingerprint) != 0))
		r = sc_fail(e, SC_ERR_CRYPTO, "SHA-256 failed");
	sc_buf_free(b);
	return r;
}

int
sc_nebula_parse_v2(
    const uint8_t *p, size_t n, struct sc_nebula_cert *c, struct sc_error *e)
{
	struct sc_der all = {p, n}, d, raw, details, v, key, sig;
	int r;

	c->version = 2;
	if (!sc_der_get(&all, SC_DER_SEQUENCE, &d) || all.n != 0)
		return sc_nebula_bad(e, "not one SEQUENCE");
	if (!sc_der_get_raw(&d, DETAILS, &raw))
		return sc_nebula_bad(e, "without details");
	c->p256 = sc_der_get(&d, CURVE, &v);
	if (c->p256 && !sc_der_is(&v, "\x01", 1))
		return sc_nebula_bad(e, "unknown curve");
	if (!sc_der_get(&d, PUBLIC_KEY, &key) ||
	    !sc_der_get(&d, SIGNATURE, &sig) || d.n != 0)
		return sc_nebula_bad(e, "not key and signature");
	all = raw;
	(void)sc_der_get(&all, DETAILS, &details);
	if ((r = sc_nebula_set_key(c, key.p, key.n, e)) != 0 ||
	    (r = read_details(c, details, e)) != 0)
		return r;
	return keep(c, &raw, &key, &sig, e);
}
