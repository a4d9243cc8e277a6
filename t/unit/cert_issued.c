/*
 * Certificates that an issuer recognises as its own: whatever is accepted
 * without libcrypto's verifier, that verifier accepts too (attack rows R3, C8,
 * C17).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/sig_alg.h"
#include "crypto/tbs.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

#define MAX 65536

static struct sc_error e;

static bool
is_issued(const uint8_t *der, size_t n, const struct sc_issuer *i)
{
	struct sc_cert *c = NULL;
	bool yes = sc_cert_parse_issued(der, n, i, &c);

	tap_int(c != NULL, yes);
	sc_cert_free(c);
	return yes;
}

static bool
cert_is_issued(const struct sc_cert *c, const struct sc_issuer *i)
{
	size_t n;
	const uint8_t *der = sc_cert_der(c, &n);

	return is_issued(der, n, i);
}

/* What libcrypto has to say, times aside. */
static int
judge(const struct sc_cert *c, struct sc_cert *root)
{
	struct sc_certs roots = {&root, 1};

	e = (struct sc_error)SC_ERROR_INIT;
	return sc_cert_verify(
	    c, NULL, &roots, SC_EKU_CLIENT, NULL, SC_VERIFY_ANY_TIME, &e);
}

static size_t
count_names(const struct sc_cert *c)
{
	struct sc_sans names = {0};
	size_t n;

	if (sc_cert_sans(c, &names, &e) != 0)
		tap_fail("names: %s", e.msg);
	n = names.n;
	sc_sans_clear(&names);
	return n;
}

/* Both views of one certificate say the same. */
static void
same(const struct sc_cert *a, const struct sc_cert *b)
{
	struct sc_key *ka = NULL, *kb = NULL;
	const uint8_t *pa, *pb;
	size_t na, nb;

	tap_str(sc_cert_common_name(a), sc_cert_common_name(b));
	tap_int(sc_cert_not_before(a), sc_cert_not_before(b));
	tap_int(sc_cert_not_after(a), sc_cert_not_after(b));
	pa = sc_cert_serial(a, &na);
	pb = sc_cert_serial(b, &nb);
	tap_mem(pa, na, pb, nb);
	tap_int(count_names(a), count_names(b));
	tap_int(sc_cert_key(a, &ka, &e), 0);
	tap_int(sc_cert_key(b, &kb, &e), 0);
	tap_ok(ka != NULL && kb != NULL && sc_key_same_public(ka, kb));
	sc_key_free(ka);
	sc_key_free(kb);
	tap_int(sc_cert_is_client_leaf(b), true);
}

/* Accepted: then libcrypto accepts it as well, and reads the same in it. */
static bool
agreed(const uint8_t *der, size_t n, enum kit_kind kind)
{
	struct sc_cert *fast, *slow = NULL;

	if (!sc_cert_parse_issued(der, n, kit_issuer(kind), &fast))
		return false;
	if (tap_int(sc_cert_parse_der(der, n, &slow, &e), 0)) {
		if (!tap_int(judge(slow, kit_root(kind)), 0))
			tap_note("%s", e.msg);
		same(fast, slow);
	}
	sc_cert_free(fast);
	sc_cert_free(slow);
	return true;
}

static void
each_kind_of_issuer(void)
{
	const uint8_t *der;
	struct sc_cert *c;
	size_t n;
	int k, i;

	for (k = 0; k < KIT_KINDS; k++) {
		c = kit_leaf("a.example.com", kit_issuer((enum kit_kind)k));
		tap_need(c != NULL);
		der = sc_cert_der(c, &n);
		tap_ok(agreed(der, n, (enum kit_kind)k));
		for (i = 0; i < KIT_KINDS; i++)
			tap_int(is_issued(der, n, kit_issuer((enum kit_kind)i)),
			    i == k);
		sc_cert_free(c);
	}
}

/* --- what is left to libcrypto -------------------------------------------- */

static void
with_ext(struct sc_cert_plan *p, const char *oid, bool critical,
    const char *value, size_t n)
{
	(void)sc_cert_plan_add_ext(p, oid, critical, (const uint8_t *)value, n);
}

static void
plain(struct sc_cert_plan *p)
{
	(void)p;
}

static void
no_usage(struct sc_cert_plan *p)
{
	p->key_usage = 0;
}

static void
usage_to_encipher(struct sc_cert_plan *p)
{
	p->key_usage = SC_KU_KEY_ENCIPHERMENT;
}

static void
no_extended_usage(struct sc_cert_plan *p)
{
	sc_strlist_clear(&p->ext_key_usage);
}

static void
server_only(struct sc_cert_plan *p)
{
	sc_strlist_clear(&p->ext_key_usage);
	(void)sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_SERVER_AUTH);
}

static void
any_usage(struct sc_cert_plan *p)
{
	sc_strlist_clear(&p->ext_key_usage);
	(void)sc_strlist_add(&p->ext_key_usage, "2.5.29.37.0");
}

static void
authority(struct sc_cert_plan *p)
{
	p->is_ca = true;
	p->path_len = 0;
}

static void
unknown_critical(struct sc_cert_plan *p)
{
	with_ext(p, "1.2.3.4", true, "\x05\x00", 2);
}

static void
unknown_not_critical(struct sc_cert_plan *p)
{
	with_ext(p, "1.2.3.4", false, "\x05\x00", 2);
}

/* nsCertType of a server. */
static void
netscape_server(struct sc_cert_plan *p)
{
	with_ext(p, "2.16.840.1.113730.1.1", false, "\x03\x02\x06\x40", 4);
}

static void
name_constraints(struct sc_cert_plan *p)
{
	with_ext(p, "2.5.29.30", true,
	    "\x30\x07\xa0\x05\x30\x03\x82\x01"
	    "a",
	    9);
}

static void
critical_access(struct sc_cert_plan *p)
{
	with_ext(p, "1.3.6.1.5.5.7.1.1", true, "\x30\x00", 2);
}

static void
named_as_issuer(struct sc_cert_plan *p)
{
	free(p->subject.common_name);
	p->subject.common_name = sc_strdup("Kit Root");
}

static void
left_to_libcrypto(void)
{
	static const struct {
		const char *name;
		void (*change)(struct sc_cert_plan *p);
		int issued;
		int verdict; /* libcrypto's */
	} rows[] = {
	    {"plain", plain, true, 0},
	    {"no keyUsage", no_usage, false, 0},
	    {"keyEncipherment", usage_to_encipher, false,
		SC_ERR_UNAUTHENTICATED},
	    {"no extKeyUsage", no_extended_usage, false, 0},
	    {"serverAuth", server_only, false, SC_ERR_UNAUTHENTICATED},
	    {"any", any_usage, false, SC_ERR_UNAUTHENTICATED},
	    {"a CA", authority, false, 0},
	    {"C17 unknown critical extension", unknown_critical, false,
		SC_ERR_UNAUTHENTICATED},
	    {"unknown extension", unknown_not_critical, false, 0},
	    {"nsCertType", netscape_server, false, SC_ERR_UNAUTHENTICATED},
	    {"name constraints", name_constraints, false, 0},
	    {"critical authorityInfoAccess", critical_access, false,
		SC_ERR_UNAUTHENTICATED},
	    {"named as its issuer", named_as_issuer, false, 0},
	};
	struct sc_cert_plan p;
	struct sc_cert *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap_context("%s", rows[i].name);
		kit_plan(&p, "a.example.com");
		rows[i].change(&p);
		tap_need(tap_int(sc_cert_build(&p, kit_other_key(KIT_P256),
				     kit_issuer(KIT_P256), &c, &e),
		    0));
		tap_int(
		    cert_is_issued(c, kit_issuer(KIT_P256)), rows[i].issued);
		tap_int(judge(c, kit_root(KIT_P256)), rows[i].verdict);
		sc_cert_free(c);
		sc_cert_plan_clear(&p);
	}
	tap_context("%s", "");
}

/* The same name and key id, another key. */
static void
namesake(void)
{
	struct sc_cert *root = NULL, *c;
	struct sc_issuer *other = NULL;
	struct sc_cert_plan p;
	struct sc_der ski;
	struct sc_tbs_ext x;
	struct sc_tbs t;
	const uint8_t *der;
	size_t n;

	der = sc_cert_der(kit_root(KIT_P256), &n);
	tap_need(sc_tbs_read(der, n, &t) &&
	    sc_tbs_find_ext(&t, SC_EXT_SUBJECT_KEY_ID, &x) &&
	    sc_der_get(&x.value, SC_DER_OCTET_STRING, &ski));
	kit_ca_plan(&p, "Kit Root", 1);
	p.key_id.p = malloc(ski.n);
	tap_need(p.key_id.p != NULL);
	memcpy(p.key_id.p, ski.p, ski.n);
	p.key_id.n = ski.n;
	tap_need(tap_int(
	    sc_cert_build(&p, kit_other_key(KIT_P256), NULL, &root, &e), 0));
	tap_need(tap_int(
	    sc_issuer_new(root, kit_other_key(KIT_P256), &other, &e), 0));
	c = kit_leaf("a.example.com", other);
	tap_need(c != NULL);
	tap_ok(cert_is_issued(c, other));
	tap_ok(!cert_is_issued(c, kit_issuer(KIT_P256)));
	tap_int(judge(c, kit_root(KIT_P256)), SC_ERR_UNAUTHENTICATED);
	sc_cert_free(c);
	sc_issuer_free(other);
	sc_cert_free(root);
	sc_cert_plan_clear(&p);
}

/* --- damage ---------------------------------------------------------------- */

static bool
try_damaged(const uint8_t *p, size_t n, void *arg)
{
	(void)arg;
	return is_issued(p, n, kit_issuer(KIT_P256));
}

static void
damaged(void)
{
	struct sc_cert *c = kit_leaf("a.example.com", kit_issuer(KIT_P256));
	const uint8_t *der;
	size_t n, cases;

	tap_need(c != NULL);
	der = sc_cert_der(c, &n);
	tap_int(mutate(der, n, tap_below_checker() ? 13 : 1, try_damaged, NULL,
		    &cases),
	    0);
	tap_ok(cases > 100);
	sc_cert_free(c);
}

/* A TBSCertificate that is damaged first and signed then. */
static bool
try_signed(const uint8_t *tbs, size_t n, void *arg)
{
	const struct sc_sig_alg *alg = sc_sig_alg_default(kit_key(KIT_P256));
	struct sc_buf *in = sc_buf_new(MAX), *b = sc_buf_new(MAX);
	bool accepted = false;

	(void)arg;
	(void)sc_buf_put(in, tbs, n);
	(void)sc_buf_put(in, alg->der, alg->der_len);
	if (!tap_int(sc_sig_put(in, alg, kit_key(KIT_P256), tbs, n, &e), 0)) {
		sc_buf_free(in);
	} else {
		sc_der_put_buf(b, SC_DER_SEQUENCE, in);
		accepted = agreed(sc_buf_data(b), sc_buf_len(b), KIT_P256);
	}
	sc_buf_free(b);
	return accepted;
}

static void
signed_after_damage(const struct sc_cert_plan *p)
{
	size_t n, accepted, cases;
	struct sc_cert *c;
	const uint8_t *der;
	struct sc_tbs t;

	tap_need(tap_int(sc_cert_build(p, kit_other_key(KIT_P256),
			     kit_issuer(KIT_P256), &c, &e),
	    0));
	der = sc_cert_der(c, &n);
	tap_need(sc_tbs_read(der, n, &t));
	accepted = mutate(t.tbs.p, t.tbs.n, tap_below_checker() ? 13 : 1,
	    try_signed, NULL, &cases);
	tap_note("%zu of %zu accepted", accepted, cases);
	/* Other serial numbers, names and times. */
	tap_ok(accepted > (tap_below_checker() ? 10 : 100));
	tap_ok(accepted < cases / 2);
	sc_cert_free(c);
}

static void
signed_plain(void)
{
	struct sc_cert_plan p;

	kit_plan(&p, "a.example.com");
	signed_after_damage(&p);
	sc_cert_plan_clear(&p);
}

static void
signed_rich(void)
{
	static const char *const names[] = {"10.1.2.3", "fd00::1",
	    "a@example.com", "https://example.com/x", NULL};
	struct sc_cert_plan p;
	uint8_t *der = NULL;
	size_t i, n;

	kit_plan(&p, "a.example.com");
	free(p.subject.common_name);
	p.subject.common_name = sc_strdup("B\xc3\xa4r");
	for (i = 0; names[i] != NULL; i++)
		tap_int(sc_sans_add_auto(&p.sans, names[i], &e), 0);
	p.no_ca = true;
	tap_need(tap_int(
	    sc_provisioner_ext_encode(1, "admin", "kid", NULL, &der, &n), 0));
	(void)sc_cert_plan_add_ext(&p, SC_OID_PROVISIONER, false, der, n);
	free(der);
	signed_after_damage(&p);
	sc_cert_plan_clear(&p);
}

static void
fit_to_issue(void)
{
	struct sc_cert *leaf = kit_leaf("a", kit_issuer(KIT_P256)), *ca;
	struct sc_cert_plan p;

	tap_need(leaf != NULL);
	tap_ok(sc_cert_may_issue_clients(kit_root(KIT_P256)));
	tap_ok(!sc_cert_may_issue_clients(leaf));
	sc_cert_free(leaf);
	kit_ca_plan(&p, "For servers", 0);
	(void)sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_SERVER_AUTH);
	tap_need(tap_int(
	    sc_cert_build(&p, kit_key(KIT_P384), kit_issuer(KIT_P256), &ca, &e),
	    0));
	tap_ok(sc_cert_is_ca(ca));
	tap_ok(!sc_cert_may_issue_clients(ca));
	sc_cert_free(ca);
	sc_cert_plan_clear(&p);
}

TAP_MAIN(TAP_TEST(each_kind_of_issuer),
    TAP_NAMED("C8, C17 left to libcrypto", left_to_libcrypto),
    TAP_NAMED("R3 same name and key id, another key", namesake),
    TAP_TEST(damaged), TAP_NAMED("signed after damage", signed_plain),
    TAP_NAMED("the same, with names of all kinds", signed_rich),
    TAP_TEST(fit_to_issue))
