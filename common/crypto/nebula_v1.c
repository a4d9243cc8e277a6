/* Version 1: protocol buffers, in the encoding that Go's library writes. */
#include "config.h"

#include "base/buf.h"
#include "base/err.h"
#include "crypto/key.h"
#include "crypto/nebula.h"

/* Wire types. */
#define VARINT 0
#define BYTES 2

/* RawNebulaCertificate */
#define CERT_DETAILS 1
#define CERT_SIGNATURE 2

/* RawNebulaCertificateDetails */
#define NAME 1
#define IPS 2
#define SUBNETS 3
#define GROUPS 4
#define NOT_BEFORE 5
#define NOT_AFTER 6
#define PUBLIC_KEY 7
#define IS_CA 8
#define ISSUER 9
#define CURVE 100

struct field {
	uint64_t number;
	uint64_t value; /* VARINT */
	const uint8_t *p; /* BYTES, else NULL */
	size_t n;
};

/* In the fewest octets. */
static uint64_t
get_varint(struct sc_reader *r)
{
	uint64_t v = 0;
	unsigned shift;
	uint8_t b;

	for (shift = 0; shift < 64; shift += 7) {
		b = sc_reader_u8(r);
		if (shift == 63 && b > 1)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) != 0)
			continue;
		if (b == 0 && shift > 0)
			break;
		return v;
	}
	r->err = SC_ERR_MALFORMED;
	return 0;
}

/*
 * The next field; its number is above that of the last, or the same of one
 * that may be repeated (0: none may).
 */
static bool
get_field(struct sc_reader *r, struct field *f, uint64_t repeated)
{
	uint64_t key = get_varint(r), last = f->number;

	f->number = key >> 3;
	f->p = NULL;
	f->n = 0;
	f->value = get_varint(r);
	if ((key & 7) == BYTES) {
		f->n = f->value <= r->n ? (size_t)f->value : r->n + 1;
		f->p = sc_reader_bytes(r, f->n);
	} else if ((key & 7) != VARINT) {
		r->err = SC_ERR_MALFORMED;
	}
	return r->err == 0 &&
	    (f->number > last || (f->number == last && last == repeated));
}

/* -1 when the bits do not stand at the front. */
static int
prefix_bits(uint32_t mask)
{
	int bits = 0;

	while ((mask & UINT32_C(0x80000000)) != 0) {
		mask <<= 1;
		bits++;
	}
	return mask == 0 ? bits : -1;
}

/* Pairs of address and mask. */
static int
read_nets(struct sc_nebula_nets *l, const struct field *f, struct sc_error *e)
{
	struct sc_reader in;
	uint64_t ip, mask;
	uint8_t octets[4];
	int bits, r = 0;

	sc_reader_init(&in, f->p, f->n);
	while (r == 0 && in.n > 0) {
		ip = get_varint(&in);
		mask = get_varint(&in);
		if (in.err != 0 || ip > UINT32_MAX || mask > UINT32_MAX ||
		    (bits = prefix_bits((uint32_t)mask)) < 0)
			return sc_nebula_bad(e, "bad network");
		octets[0] = (uint8_t)(ip >> 24);
		octets[1] = (uint8_t)(ip >> 16);
		octets[2] = (uint8_t)(ip >> 8);
		octets[3] = (uint8_t)ip;
		r = sc_nebula_add_net(l, octets, 4, (unsigned)bits, e);
	}
	return r;
}

static int
read_bytes(struct sc_nebula_cert *c, const struct field *f, struct sc_error *e)
{
	switch (f->number) {
	case NAME:
		return sc_nebula_text(f->p, f->n, &c->name, e);
	case IPS:
		return read_nets(&c->networks, f, e);
	case SUBNETS:
		return read_nets(&c->unsafe_networks, f, e);
	case GROUPS:
		return sc_nebula_add_group(c, f->p, f->n, e);
	case PUBLIC_KEY:
		return sc_nebula_set_key(c, f->p, f->n, e);
	case ISSUER:
		return sc_nebula_set_issuer(c, f->p, f->n, e);
	default:
		return sc_nebula_bad(e, "unknown field");
	}
}

static int
read_number(struct sc_nebula_cert *c, const struct field *f, struct sc_error *e)
{
	/* A time before 1970 is a huge number here, and refused later. */
	const int64_t t = f->value <= INT64_MAX ? (int64_t)f->value : INT64_MAX;

	switch (f->number) {
	case NOT_BEFORE:
		c->not_before = t;
		return 0;
	case NOT_AFTER:
		c->not_after = t;
		return 0;
	case IS_CA:
		c->is_ca = true;
		return f->value == 1 ? 0 : sc_nebula_bad(e, "bad isCA");
	case CURVE:
		c->p256 = true;
		return f->value == 1 ? 0 : sc_nebula_bad(e, "unknown curve");
	default:
		return sc_nebula_bad(e, "unknown field");
	}
}

static int
read_details(
    struct sc_nebula_cert *c, const struct field *d, struct sc_error *e)
{
	struct field f = {0};
	struct sc_reader in;
	int r = 0;

	sc_reader_init(&in, d->p, d->n);
	while (r == 0 && in.n > 0) {
		if (!get_field(&in, &f, GROUPS))
			return sc_nebula_bad(e, "bad field");
		r = f.p != NULL ? read_bytes(c, &f, e) : read_number(c, &f, e);
	}
	/* It may have none, and then there is no field. */
	if (r == 0 && c->name == NULL && (c->name = sc_strdup("")) == NULL)
		r = sc_fail_nomem(e);
	return r;
}

int
sc_nebula_parse_v1(
    const uint8_t *p, size_t n, struct sc_nebula_cert *c, struct sc_error *e)
{
	struct field d = {0}, s;
	struct sc_reader in;
	int r;

	c->version = 1;
	sc_reader_init(&in, p, n);
	if (!get_field(&in, &d, 0) || d.number != CERT_DETAILS || d.p == NULL)
		return sc_nebula_bad(e, "without details");
	s = d;
	if (!get_field(&in, &s, 0) || s.number != CERT_SIGNATURE ||
	    s.p == NULL || sc_reader_end(&in) != 0)
		return sc_nebula_bad(e, "without signature");
	if ((r = read_details(c, &d, e)) != 0 ||
	    (r = sc_nebula_set_signed(c, d.p, d.n, s.p, s.n, e)) != 0)
		return r;
	return sc_sha256(p, n, c->fingerprint) == 0
	    ? 0
	    : sc_fail(e, SC_ERR_CRYPTO, "SHA-256 failed");
}
