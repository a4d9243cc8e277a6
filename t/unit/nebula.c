/* Certificates of Nebula and XEdDSA (row T30). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/der.h"
#include "crypto/key_build.h"
#include "crypto/nebula.h"
#include "crypto/sig_alg.h"
#include "crypto/xeddsa.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;

/* --- writing them ------------------------------------------------------ */

/* What a certificate has; what is NULL or 0 is left out. */
struct plan {
	bool v2, p256, is_ca;
	const char *name, *group;
	uint32_t ip, bits; /* its network */
	size_t nets, groups; /* how many of these; 0: one */
	int64_t from, until;
	const uint8_t *issuer;
};

static struct plan
ca_plan(bool v2, bool p256)
{
	return (struct plan){.v2 = v2,
	    .p256 = p256,
	    .is_ca = true,
	    .name = "ca",
	    .group = "web",
	    .ip = 0x0a010000,
	    .bits = 16,
	    .from = KIT_NOW - 100,
	    .until = KIT_NOW + 100};
}

static struct plan
host_plan(const struct sc_nebula_cert *ca)
{
	struct plan p = ca_plan(ca->version == 2, ca->p256);

	p.is_ca = false;
	p.name = "web";
	p.ip = 0x0a010007;
	p.issuer = ca->fingerprint;
	return p;
}

static void
put_varint(struct sc_buf *b, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		(void)sc_buf_put_u8(b, (uint8_t)(v | 0x80));
	(void)sc_buf_put_u8(b, (uint8_t)v);
}

static void
put_number(struct sc_buf *b, uint64_t field, uint64_t v)
{
	if (v == 0)
		return;
	put_varint(b, field << 3);
	put_varint(b, v);
}

static void
put_bytes(struct sc_buf *b, uint64_t field, const void *p, size_t n)
{
	put_varint(b, field << 3 | 2);
	put_varint(b, n);
	(void)sc_buf_put(b, p, n);
}

/* The key of the plan: hosts of Curve25519 have any 32 bytes. */
static const uint8_t *
public_key(const struct plan *p, size_t *n)
{
	const struct sc_key *k = kit_key(p->p256 ? KIT_P256 : KIT_ED25519);

	*n = p->p256 ? 65 : 32;
	return k->spki + k->spki_len - *n;
}

static void
put_details_v1(struct sc_buf *b, const struct plan *p)
{
	struct sc_buf *nets = sc_buf_new(SC_MAX_NEBULA_CERT);
	const uint8_t *key;
	size_t n, i;

	put_bytes(b, 1, p->name, strlen(p->name));
	for (i = 0; i < (p->nets > 0 ? p->nets : 1); i++) {
		put_varint(nets, p->ip + i);
		put_varint(
		    nets, (uint32_t)(UINT64_C(0xffffffff00000000) >> p->bits));
	}
	if (p->ip != 0)
		put_bytes(b, 2, sc_buf_data(nets), sc_buf_len(nets));
	for (i = 0; p->group != NULL && i < (p->groups > 0 ? p->groups : 1);
	     i++)
		put_bytes(b, 4, p->group, strlen(p->group));
	put_number(b, 5, (uint64_t)p->from);
	put_number(b, 6, (uint64_t)p->until);
	key = public_key(p, &n);
	put_bytes(b, 7, key, n);
	put_number(b, 8, p->is_ca);
	if (p->issuer != NULL)
		put_bytes(b, 9, p->issuer, 32);
	put_number(b, 100, p->p256);
	sc_buf_free(nets);
}

static void
put_time(struct sc_buf *b, uint8_t tag, int64_t t)
{
	uint8_t v[5] = {(uint8_t)(t >> 32), (uint8_t)(t >> 24),
	    (uint8_t)(t >> 16), (uint8_t)(t >> 8), (uint8_t)t};
	size_t skip = v[0] == 0 && v[1] < 0x80 ? 1 : 0;

	sc_der_put(b, tag, v + skip, sizeof(v) - skip);
}

static void
put_details_v2(struct sc_buf *out, const struct plan *p)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_NEBULA_CERT);
	struct sc_buf *l = sc_buf_new(SC_MAX_NEBULA_CERT);
	size_t i;

	sc_der_put(b, 0x80, p->name, strlen(p->name));
	for (i = 0; i < (p->nets > 0 ? p->nets : 1); i++) {
		uint32_t ip = p->ip + (uint32_t)i;
		uint8_t v[5] = {(uint8_t)(ip >> 24), (uint8_t)(ip >> 16),
		    (uint8_t)(ip >> 8), (uint8_t)ip, (uint8_t)p->bits};

		sc_der_put(l, SC_DER_OCTET_STRING, v, sizeof(v));
	}
	if (p->ip != 0)
		sc_der_put_buf(b, 0xa1, l);
	else
		sc_buf_free(l);
	l = sc_buf_new(SC_MAX_NEBULA_CERT);
	for (i = 0; p->group != NULL && i < (p->groups > 0 ? p->groups : 1);
	     i++)
		sc_der_put(l, SC_DER_UTF8, p->group, strlen(p->group));
	if (p->group != NULL)
		sc_der_put_buf(b, 0xa3, l);
	else
		sc_buf_free(l);
	if (p->is_ca)
		sc_der_put(b, 0x84, "\xff", 1);
	put_time(b, 0x85, p->from);
	put_time(b, 0x86, p->until);
	if (p->issuer != NULL)
		sc_der_put(b, 0x87, p->issuer, 32);
	sc_der_put_buf(out, 0xa0, b);
}

static size_t
sign(const struct plan *p, const struct sc_buf *tbs, uint8_t *sig)
{
	const struct sc_key *k = kit_key(p->p256 ? KIT_P256 : KIT_ED25519);
	size_t n = 0;

	tap_int(sc_sig_make(sc_sig_alg_default(k), k, sc_buf_data(tbs),
		    sc_buf_len(tbs), sig, &n, &e),
	    0);
	return n;
}

/* Signed with the kit's key, which all CAs have; malloc'ed. */
static uint8_t *
write_cert(const struct plan *p, size_t *n)
{
	struct sc_buf *d = sc_buf_new(2 * SC_MAX_NEBULA_CERT);
	struct sc_buf *t = sc_buf_new(2 * SC_MAX_NEBULA_CERT);
	struct sc_buf *out = sc_buf_new(2 * SC_MAX_NEBULA_CERT);
	uint8_t sig[SC_SIG_MAX];
	const uint8_t *key;
	size_t len, key_len;

	key = public_key(p, &key_len);
	if (p->v2)
		put_details_v2(d, p);
	else
		put_details_v1(d, p);
	(void)sc_buf_put(t, sc_buf_data(d), sc_buf_len(d));
	if (p->v2) {
		(void)sc_buf_put_u8(t, p->p256);
		(void)sc_buf_put(t, key, key_len);
	}
	len = sign(p, t, sig);
	if (p->v2) {
		if (p->p256)
			sc_der_put(d, 0x81, "\x01", 1);
		sc_der_put(d, 0x82, key, key_len);
		sc_der_put(d, 0x83, sig, len);
		sc_der_put_buf(out, SC_DER_SEQUENCE, d);
	} else {
		put_bytes(out, 1, sc_buf_data(d), sc_buf_len(d));
		put_bytes(out, 2, sig, len);
		sc_buf_free(d);
	}
	sc_buf_free(t);
	return (uint8_t *)sc_buf_steal(out, n);
}

static int
parse_plan(const struct plan *p, struct sc_nebula_cert **out)
{
	size_t n = 0;
	uint8_t *raw = write_cert(p, &n);
	int r = sc_nebula_cert_parse(raw, n, out, &e);

	free(raw);
	return r;
}

static struct sc_nebula_cert *
make(const struct plan *p)
{
	struct sc_nebula_cert *c = NULL;

	tap_int(parse_plan(p, &c), 0);
	return c;
}

/* A CA of its own in a list of roots. */
static struct sc_nebula_roots
make_roots(bool v2, bool p256)
{
	struct plan p = ca_plan(v2, p256);
	struct sc_nebula_roots l = {0};
	size_t n = 0;
	uint8_t *raw = write_cert(&p, &n);
	char *pem = NULL;

	tap_int(
	    sc_der_to_pem(v2 ? "NEBULA CERTIFICATE V2" : "NEBULA CERTIFICATE",
		raw, n, &pem),
	    0);
	tap_int(sc_nebula_roots_from_pem(pem, &l, &e), 0);
	free(pem);
	free(raw);
	return l;
}

/* --- tests ------------------------------------------------------------- */

static void
fields(void)
{
	char text[SC_NEBULA_NET_TEXT];
	struct sc_nebula_roots roots;
	struct sc_nebula_cert *c;
	struct plan p;
	int i;

	for (i = 0; i < 4; i++) {
		tap_context("version %d, curve %d", 1 + i / 2, i % 2);
		roots = make_roots(i / 2, i % 2);
		tap_need(tap_int(roots.n, 1));
		tap_ok(roots.v[0]->is_ca && !roots.v[0]->has_issuer);
		p = host_plan(roots.v[0]);
		c = make(&p);
		tap_need(tap_ok(c != NULL));
		tap_int(c->version, 1 + i / 2);
		tap_int(c->p256, i % 2);
		tap_str(c->name, "web");
		tap_int(c->groups.n, 1);
		tap_int(c->networks.n, 1);
		sc_nebula_net_address(&c->networks.v[0], text);
		tap_str(text, "10.1.0.7");
		sc_nebula_net_text(&c->networks.v[0], text);
		tap_str(text, "10.1.0.7/16");
		tap_int(c->not_before, KIT_NOW - 100);
		tap_int(c->not_after, KIT_NOW + 100);
		tap_ok(c->has_issuer && !c->is_ca);
		tap_ok(sc_nebula_cert_names(c, "web"));
		tap_ok(sc_nebula_cert_names(c, "10.1.0.7"));
		tap_ok(!sc_nebula_cert_names(c, "10.1.0.8"));
		tap_ok(!sc_nebula_cert_names(c, ""));
		tap_ok(!sc_nebula_cert_names(c, "Web"));
		tap_int(sc_nebula_cert_verify(c, &roots, KIT_NOW, &e), 0);
		sc_nebula_cert_free(c);
		sc_nebula_roots_clear(&roots);
	}
}

static void
expect(const struct sc_nebula_roots *roots, const struct plan *p, int64_t now,
    int code)
{
	struct sc_nebula_cert *c = make(p);

	tap_int(sc_nebula_cert_verify(c, roots, now, &e), code);
	sc_nebula_cert_free(c);
}

static void
limits_of_a_ca(void)
{
	struct sc_nebula_roots roots = make_roots(false, false);
	const struct sc_nebula_roots none = {0};
	struct plan p = host_plan(roots.v[0]), bad = p;

	expect(&roots, &p, KIT_NOW - 100, 0);
	expect(&roots, &p, KIT_NOW - 101, SC_ERR_UNAUTHENTICATED);
	expect(&roots, &p, KIT_NOW + 100, 0);
	expect(&roots, &p, KIT_NOW + 101, SC_ERR_EXPIRED);
	expect(&none, &p, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad.until++;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.from--;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.group = "db";
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad.group = NULL;
	expect(&roots, &bad, KIT_NOW, 0);
	bad = p;
	bad.ip = 0x0a01ffff;
	bad.bits = 32;
	expect(&roots, &bad, KIT_NOW, 0);
	bad.ip++;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.bits = 15;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.is_ca = true;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.issuer = NULL;
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	bad = p;
	bad.p256 = true; /* signed with another key, too */
	expect(&roots, &bad, KIT_NOW, SC_ERR_UNAUTHENTICATED);
	sc_nebula_roots_clear(&roots);
}

static void
bounds(void)
{
	struct sc_nebula_cert *c = NULL;
	uint8_t *big = calloc(1, SC_MAX_NEBULA_CERT + 1);
	struct plan p;
	int v2;

	for (v2 = 0; v2 < 2; v2++) {
		tap_context("version %d", v2 + 1);
		p = ca_plan(v2, false);
		p.nets = p.groups = SC_MAX_NEBULA_ITEMS;
		c = make(&p);
		tap_int(c->networks.n, SC_MAX_NEBULA_ITEMS);
		sc_nebula_cert_free(c);
		p.nets++;
		tap_int(parse_plan(&p, &c), SC_ERR_TOO_LARGE);
		p.nets--;
		p.groups++;
		tap_int(parse_plan(&p, &c), SC_ERR_TOO_LARGE);
		tap_ok(c == NULL);
	}
	tap_int(sc_nebula_cert_parse(big, SC_MAX_NEBULA_CERT, &c, &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_nebula_cert_parse(big, SC_MAX_NEBULA_CERT + 1, &c, &e),
	    SC_ERR_TOO_LARGE);
	free(big);
}

/* A certificate with these details, in hex, and any signature. */
static int
parse_details(int version, const char *hex, struct sc_nebula_cert **out)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_NEBULA_CERT);
	struct sc_buf *all = sc_buf_new(SC_MAX_NEBULA_CERT);
	const uint8_t zeros[64] = {0};
	uint8_t *raw = NULL;
	size_t n;
	int r;

	tap_int(sc_hex_decode(hex, strlen(hex), &raw, &n), 0);
	if (version == 1) {
		put_bytes(all, 1, raw, n);
		put_bytes(all, 2, zeros, sizeof(zeros));
		sc_buf_free(b);
	} else {
		sc_der_put(b, 0xa0, raw, n);
		sc_der_put(b, 0x82, zeros, 32);
		sc_der_put(b, 0x83, zeros, sizeof(zeros));
		sc_der_put_buf(all, SC_DER_SEQUENCE, b);
	}
	r = sc_nebula_cert_parse(sc_buf_data(all), sc_buf_len(all), out, &e);
	sc_buf_free(all);
	free(raw);
	return r;
}

#define KEY "4141414141414141414141414141414141414141414141414141414141414141"

/* Each differs from one that is good in what the comment says. */
static const struct {
	int version;
	const char *details;
	int code;
} details[] = {
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"280130643a20" KEY,
	0},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"2200"
	"2200"
	"3a20" KEY,
	0},
    /* a name with a NUL; one that is not UTF-8 */
    {1,
	"0a0100"
	"1209878084508080fcff0f"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a01ff"
	"1209878084508080fcff0f"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    /* an address without mask; a mask with a hole; one of 33 bits */
    {1,
	"0a0177"
	"120487808450"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508081fcff0f"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff1f"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    /* a length that is longer than needed; one beyond the end */
    {1,
	"0a8100"
	"77"
	"1209878084508080fcff0f"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a21" KEY,
	SC_ERR_MALFORMED},
    /* no key; one of 31 bytes; two; a key of another curve */
    {1,
	"0a0177"
	"1209878084508080fcff0f",
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a1f41"
	"4141414141414141414141"
	"41414141414141414141414141414141414141",
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "a00601",
	SC_ERR_MALFORMED},
    /* fields in another order; one that is unknown; a number as text */
    {1,
	"1209878084508080fcff0f"
	"0a0177"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "5001",
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"2a0101"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    /* isCA 2; curve 2; an issuer of one byte */
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "4002",
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "a00602",
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"3a20" KEY "4a0141",
	SC_ERR_MALFORMED},
    /* times before 1970, after 9999, of more than 64 bits */
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"28ffffffffffffffffff01"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"308083d1ffaf07"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"30ffffffffffffffffff03"
	"3a20" KEY,
	SC_ERR_MALFORMED},
    /* fixed64 */
    {1,
	"0a0177"
	"1209878084508080fcff0f"
	"290000000000000001"
	"3a20" KEY,
	SC_ERR_MALFORMED},

    {2,
	"800177"
	"a10704050a01000710"
	"850101"
	"860164",
	0},
    {2,
	"800177"
	"a11304110102030405060708090a0b0c0d0e0f1040"
	"850101"
	"860164",
	0},
    /* no name; a NUL in it */
    {2,
	"8000"
	"a10704050a01000710"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800100"
	"a10704050a01000710"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    /* no network; one of no bytes, of 3, of 33 bits; one of IPv4 in IPv6 */
    {2,
	"800177"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a1020400"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10604040a010010"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000721"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a113041100000000000000000000ffff0a01000740"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    /* times: none, empty, negative, too long, in too many octets */
    {2,
	"800177"
	"a10704050a01000710"
	"850101",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"8500"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"8501ff"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"850101"
	"8609010000000000000000",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"85020001"
	"860164",
	SC_ERR_MALFORMED},
    /* isCA spelled otherwise; a group of another type, and an empty one */
    {2,
	"800177"
	"a10704050a01000710"
	"840101"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"840100"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"a303040161"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"a3020c00"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    /* another order; an issuer of one byte; a member that is unknown */
    {2,
	"a10704050a01000710"
	"800177"
	"850101"
	"860164",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"850101"
	"860164"
	"870141",
	SC_ERR_MALFORMED},
    {2,
	"800177"
	"a10704050a01000710"
	"850101"
	"860164"
	"880101",
	SC_ERR_MALFORMED},
};

static void
malformed(void)
{
	struct sc_nebula_cert *c;
	size_t i;

	for (i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		tap_context("%d: %s", details[i].version, details[i].details);
		tap_int(
		    parse_details(details[i].version, details[i].details, &c),
		    details[i].code);
		tap_int(c != NULL, details[i].code == 0);
		sc_nebula_cert_free(c);
	}
}

/* What is around the details: hex of all of it. */
static void
malformed_outside(void)
{
	static const char *const bad[] = {"", "00", "0a", "0a00", "0a001200",
	    "12020000", "08011200", "0a0208011201000a00",
	    "0a020801120100120100", "0affffffffffffffffffff01", "30", "3000",
	    "3080", "300030", "3002a000", "3005a003800161", "30050201000500"};
	struct sc_nebula_cert *c;
	uint8_t *raw = NULL;
	size_t i, n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%s", bad[i]);
		tap_int(sc_hex_decode(bad[i], strlen(bad[i]), &raw, &n), 0);
		tap_int(sc_nebula_cert_parse(raw, n, &c, &e), SC_ERR_MALFORMED);
		tap_ok(c == NULL);
		free(raw);
	}
}

static bool
still_valid(const uint8_t *p, size_t n, void *arg)
{
	struct sc_nebula_cert *c = NULL;
	bool valid = sc_nebula_cert_parse(p, n, &c, NULL) == 0 &&
	    sc_nebula_cert_verify(c, arg, KIT_NOW, NULL) == 0;

	sc_nebula_cert_free(c);
	return valid;
}

/* Whatever is changed, it is no certificate of the CA any more. */
static void
damaged(void)
{
	struct sc_nebula_roots roots;
	size_t n = 0, cases;
	struct plan p;
	uint8_t *raw;
	int i;

	for (i = 0; i < 4; i++) {
		tap_context("version %d, curve %d", 1 + i / 2, i % 2);
		roots = make_roots(i / 2, i % 2);
		p = host_plan(roots.v[0]);
		raw = write_cert(&p, &n);
		tap_ok(still_valid(raw, n, &roots));
		tap_int(mutate(raw, n, 1, still_valid, &roots, &cases), 0);
		tap_ok(cases > 1000);
		free(raw);
		sc_nebula_roots_clear(&roots);
	}
}

static void
roots_from_pem(void)
{
	static const char *const bad[] = {"", "text",
	    "-----BEGIN NEBULA CERTIFICATE-----\nAAAA\n",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	    /* three zeros */
	    ("-----BEGIN NEBULA CERTIFICATE-----\nAAAA\n"
	     "-----END NEBULA CERTIFICATE-----\n")};
	struct sc_nebula_roots l = {0};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%s", bad[i]);
		tap_int(
		    sc_nebula_roots_from_pem(bad[i], &l, &e), SC_ERR_MALFORMED);
		tap_int(l.n, 0);
		sc_nebula_roots_clear(&l);
	}
}

static struct sc_key *
xeddsa_key(const char *hex)
{
	struct sc_key *k = NULL;
	uint8_t *u = NULL;
	size_t n;

	tap_int(sc_hex_decode(hex, strlen(hex), &u, &n), 0);
	(void)sc_xeddsa_key(u, &k, &e);
	free(u);
	return k;
}

/* u = 9 is y = 4/5 (RFC 7748 section 4.1): the base point of both. */
static void
xeddsa_keys(void)
{
	/* 2^255 - 19 and what is above it; -1, for which there is no y */
	static const char *const none[] = {
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0900000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t base[32];
	struct sc_key *k = xeddsa_key("090000000000000000000000000000000000000"
				      "0000000000000000000000000");
	size_t i;

	memset(base, 0x66, sizeof(base));
	base[0] = 0x58;
	tap_need(tap_ok(k != NULL));
	tap_mem(k->spki + k->pub_off, 32, base, 32);
	sc_key_free(k);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		tap_context("%s", none[i]);
		tap_ok(xeddsa_key(none[i]) == NULL);
		tap_int(e.code, SC_ERR_MALFORMED);
	}
}

/*
 * Of libsignal-protocol-c, internal_fast_tests.c: 200 zeros, signed with the
 * private key that has 0xbd as octet 8 and 0x40 as its last.
 */
static void
xeddsa_vector(void)
{
	static const char u[] =
	    "5995f464e9d34d5ca56b9905b9a3cc37c456b2d8d313edbcf584b705b5c04955";
	static const char hex[] =
	    "11c7f3e6c4df9e8a5150e1db3b30f92de3a3b3aa438656545fa7390f4bcc7bb2"
	    "6c431d9e90643e4f0eaa0e9c557766fa69ada576d63dcaf2ac326c11d0b97702";
	const uint8_t zeros[200] = {0};
	struct sc_key *k = xeddsa_key(u);
	uint8_t *sig = NULL;
	size_t n;

	tap_need(tap_ok(k != NULL));
	tap_int(sc_hex_decode(hex, strlen(hex), &sig, &n), 0);
	tap_int(
	    sc_sig_verify(sc_sig_alg_default(k), k, zeros, 200, sig, n, &e), 0);
	tap_int(sc_sig_verify(sc_sig_alg_default(k), k, zeros, 199, sig, n, &e),
	    SC_ERR_UNAUTHENTICATED);
	sig[0] ^= 1;
	tap_int(sc_sig_verify(sc_sig_alg_default(k), k, zeros, 200, sig, n, &e),
	    SC_ERR_UNAUTHENTICATED);
	free(sig);
	sc_key_free(k);
}

TAP_MAIN(TAP_TEST(fields), TAP_TEST(limits_of_a_ca), TAP_TEST(bounds),
    TAP_TEST(malformed), TAP_TEST(malformed_outside),
    TAP_NAMED("T30 damaged certificates", damaged), TAP_TEST(roots_from_pem),
    TAP_TEST(xeddsa_keys), TAP_TEST(xeddsa_vector))
