/* Paths to a root: what is accepted, and what is not. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/mem.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;
static struct sc_cert *root, *inter, *leaf;
static struct sc_issuer *issuer;

static struct sc_cert *
build(struct sc_cert_plan *p, const struct sc_key *key,
    const struct sc_issuer *by)
{
	struct sc_cert *c = NULL;

	if (sc_cert_build(p, key, by, &c, &e) != 0)
		tap_fail("%s", e.msg);
	sc_cert_plan_clear(p);
	return c;
}

/* root > inter > leaf, once. */
static bool
chain(void)
{
	struct sc_cert_plan p;

	if (leaf != NULL)
		return true;
	root = kit_root(KIT_P256);
	kit_ca_plan(&p, "Kit Intermediate", 0);
	inter = build(&p, kit_key(KIT_P384), kit_issuer(KIT_P256));
	if (inter == NULL ||
	    sc_issuer_new(inter, kit_key(KIT_P384), &issuer, &e) != 0)
		return false;
	leaf = kit_leaf("a.example.com", issuer);
	return leaf != NULL;
}

static int
verify_by(struct sc_cert *l, struct sc_cert *i, struct sc_cert *r,
    enum sc_verify_eku eku, const char *host, int64_t now)
{
	struct sc_certs inters = {&i, i != NULL}, roots = {&r, r != NULL};

	e = (struct sc_error)SC_ERROR_INIT;
	return sc_cert_verify(l, &inters, &roots, eku, host, now, &e);
}

static int
verify(struct sc_cert *l)
{
	return verify_by(l, inter, root, SC_EKU_ANY, NULL, KIT_NOW);
}

static void
good_chain(void)
{
	struct sc_certs roots = {&root, 1};

	tap_need(chain());
	tap_int(verify(leaf), 0);
	tap_int(verify_by(
		    leaf, inter, root, SC_EKU_SERVER, "a.example.com", KIT_NOW),
	    0);
	tap_int(verify_by(leaf, inter, root, SC_EKU_CLIENT, NULL, KIT_NOW), 0);
	/* trusted to the intermediate */
	tap_int(verify_by(leaf, NULL, inter, SC_EKU_ANY, NULL, KIT_NOW), 0);
	tap_int(
	    sc_cert_verify(inter, NULL, &roots, SC_EKU_ANY, NULL, KIT_NOW, &e),
	    0);
}

static void
broken_chains(void)
{
	struct sc_cert *other = kit_root(KIT_ED25519);

	tap_need(chain());
	tap_int(verify_by(leaf, NULL, root, SC_EKU_ANY, NULL, KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	tap_ok(e.msg[0] != '\0');
	/* another root of the same name */
	tap_int(verify_by(leaf, inter, other, SC_EKU_ANY, NULL, KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	tap_int(verify_by(leaf, inter, NULL, SC_EKU_ANY, NULL, KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
}

static void
times(void)
{
	const int64_t end = KIT_NOW + KIT_DAY;

	tap_need(chain());
	tap_int(verify_by(leaf, inter, root, SC_EKU_ANY, NULL, KIT_NOW - 1),
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "not yet valid");
	tap_int(verify_by(leaf, inter, root, SC_EKU_ANY, NULL, end - 1), 0);
	tap_int(verify_by(leaf, inter, root, SC_EKU_ANY, NULL, end + 1),
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "expired");
	tap_int(
	    verify_by(leaf, inter, root, SC_EKU_ANY, NULL, SC_VERIFY_ANY_TIME),
	    0);
}

static void
hosts(void)
{
	static const struct {
		const char *san, *host;
		bool good;
	} rows[] = {
	    {"a.example.com", "a.example.com", true},
	    {"a.example.com", "A.Example.COM", true},
	    {"a.example.com", "b.example.com", false},
	    {"a.example.com", "example.com", false},
	    {"a.example.com", "", false},
	    {"a.example.com", ".example.com", false},
	    {"*.example.com", "a.example.com", true},
	    {"*.example.com", "a.b.example.com", false},
	    {"*.example.com", "example.com", false},
	    {"f*.example.com", "foo.example.com", false},
	    {"10.0.0.1", "10.0.0.1", true},
	    {"10.0.0.1", "10.0.0.2", false},
	    {"2001:db8::1", "2001:DB8:0::1", true},
	};
	struct sc_cert *c;
	size_t i;

	tap_need(chain());
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap_context("%s for %s", rows[i].san, rows[i].host);
		c = kit_leaf(rows[i].san, issuer);
		tap_need(c != NULL);
		tap_int(verify_by(
			    c, inter, root, SC_EKU_ANY, rows[i].host, KIT_NOW),
		    rows[i].good ? 0 : SC_ERR_UNAUTHENTICATED);
		sc_cert_free(c);
	}
	tap_context("%s", "");
}

/* A name in the subject, and an address in a dNSName, name no host. */
static void
no_dual_meaning(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;

	tap_need(chain());
	kit_plan(&p, "cn.example.com");
	sc_sans_clear(&p.sans);
	c = build(&p, kit_other_key(KIT_P256), issuer);
	tap_need(c != NULL);
	tap_int(
	    verify_by(c, inter, root, SC_EKU_ANY, "cn.example.com", KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	sc_cert_free(c);
	kit_plan(&p, "x");
	sc_sans_clear(&p.sans);
	(void)sc_sans_add(&p.sans, SC_SAN_DNS, "10.0.0.1", NULL);
	c = build(&p, kit_other_key(KIT_P256), issuer);
	tap_need(c != NULL);
	tap_int(verify_by(c, inter, root, SC_EKU_ANY, "10.0.0.1", KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	sc_cert_free(c);
}

static void
usages(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;

	tap_need(chain());
	kit_plan(&p, "a");
	sc_strlist_clear(&p.ext_key_usage);
	(void)sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_SERVER_AUTH);
	c = build(&p, kit_other_key(KIT_P256), issuer);
	tap_need(c != NULL);
	tap_int(verify_by(c, inter, root, SC_EKU_SERVER, NULL, KIT_NOW), 0);
	tap_int(verify_by(c, inter, root, SC_EKU_CLIENT, NULL, KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	tap_int(verify_by(c, inter, root, SC_EKU_ANY, NULL, KIT_NOW), 0);
	sc_cert_free(c);
}

static void
unknown_critical_extension(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;

	tap_need(chain());
	kit_plan(&p, "a");
	(void)sc_cert_plan_add_ext(
	    &p, "1.2.3.4", true, (const uint8_t *)"\x05\x00", 2);
	c = build(&p, kit_other_key(KIT_P256), issuer);
	tap_need(c != NULL);
	tap_int(verify(c), SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "critical");
	sc_cert_free(c);
}

/* A chain over an intermediate that its root's path length forbids. */
static void
path_length(void)
{
	struct sc_cert_plan p;
	struct sc_issuer *sub;
	struct sc_cert *c[2], *l;
	struct sc_certs inters = {c, 2}, roots = {&root, 1};

	tap_need(chain());
	kit_ca_plan(&p, "Too deep", 0);
	c[0] = inter;
	c[1] = build(&p, kit_key(KIT_P521), issuer);
	tap_need(c[1] != NULL);
	tap_int(sc_issuer_new(c[1], kit_key(KIT_P521), &sub, &e), 0);
	l = kit_leaf("a", sub);
	tap_need(l != NULL);
	tap_int(
	    sc_cert_verify(l, &inters, &roots, SC_EKU_ANY, NULL, KIT_NOW, &e),
	    SC_ERR_UNAUTHENTICATED);
	tap_has(e.msg, "path length");
	sc_cert_free(l);
	sc_cert_free(c[1]);
	sc_issuer_free(sub);
}

/* A leaf does not sign, whoever holds its key. */
static void
leaf_as_issuer(void)
{
	struct sc_cert *forged;
	unsigned char *der = NULL;
	X509_EXTENSION *aki;
	X509 *x;
	int n;

	tap_need(chain());
	x = X509_dup(sc_cert_x509(leaf));
	tap_need(x != NULL);
	tap_int(
	    X509_set_issuer_name(x, X509_get_subject_name(sc_cert_x509(leaf))),
	    1);
	aki = X509_delete_ext(x, 3);
	tap_ok(aki != NULL);
	X509_EXTENSION_free(aki);
	tap_ok(X509_sign(x, sc_key_evp(kit_other_key(KIT_P256)), EVP_sha256()) >
	    0);
	n = i2d_X509(x, &der);
	tap_need(n > 0);
	tap_need(tap_int(sc_cert_parse_der(der, (size_t)n, &forged, &e), 0));
	tap_int(verify_by(forged, leaf, inter, SC_EKU_ANY, NULL, KIT_NOW),
	    SC_ERR_UNAUTHENTICATED);
	sc_cert_free(forged);
	OPENSSL_free(der);
	X509_free(x);
}

static void
weak_signatures(void)
{
	static const struct {
		const EVP_MD *(*md)(void);
		int want;
	} rows[] = {
	    {EVP_sha256, 0},
	    {EVP_sha1, SC_ERR_UNAUTHENTICATED},
	    {EVP_md5, SC_ERR_UNAUTHENTICATED},
	};
	struct sc_cert *good, *c;
	unsigned char *der;
	size_t i;
	X509 *x;
	int n;

	good = kit_leaf("a", kit_issuer(KIT_RSA));
	tap_need(good != NULL);
	for (i = 0; i < 3; i++) {
		x = X509_dup(sc_cert_x509(good));
		tap_need(x != NULL);
		tap_ok(X509_sign(
			   x, sc_key_evp(kit_key(KIT_RSA)), rows[i].md()) > 0);
		der = NULL;
		n = i2d_X509(x, &der);
		tap_need(n > 0);
		tap_need(tap_int(sc_cert_parse_der(der, (size_t)n, &c, &e), 0));
		tap_int(verify_by(c, NULL, kit_root(KIT_RSA), SC_EKU_ANY, NULL,
			    KIT_NOW),
		    rows[i].want);
		sc_cert_free(c);
		OPENSSL_free(der);
		X509_free(x);
	}
	sc_cert_free(good);
}

static void
finished(void)
{
	sc_cert_free(leaf);
	sc_issuer_free(issuer);
	sc_cert_free(inter);
	tap_ok(true);
}

TAP_MAIN(TAP_TEST(good_chain), TAP_TEST(broken_chains), TAP_TEST(times),
    TAP_TEST(hosts), TAP_NAMED("C8 no dual meaning", no_dual_meaning),
    TAP_TEST(usages),
    TAP_NAMED("C17 unknown critical extension", unknown_critical_extension),
    TAP_TEST(path_length), TAP_TEST(leaf_as_issuer),
    TAP_NAMED("C1 MD5 and SHA-1", weak_signatures), TAP_TEST(finished))
