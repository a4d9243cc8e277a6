/*
 * Name constraints against names, row C15: our verdict before signing, and
 * libcrypto's on the certificate that would have been signed.  What we allow
 * it must accept.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/name_constraints.h"
#include "crypto/san.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;

/* A root's certificate with these constraints, in libcrypto's notation. */
static struct sc_cert *
constrained(const char *text)
{
	struct sc_cert_plan p = {0};
	struct sc_cert *c = NULL;
	X509_EXTENSION *x =
	    X509V3_EXT_nconf_nid(NULL, NULL, NID_name_constraints, text);
	const ASN1_OCTET_STRING *s;

	if (!tap_ok(x != NULL))
		return NULL;
	s = X509_EXTENSION_get_data(x);
	kit_ca_plan(&p, "Constrained", -1);
	tap_int(sc_cert_plan_add_ext(&p, "2.5.29.30", true,
		    ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)),
	    0);
	tap_int(sc_cert_build(&p, kit_key(KIT_P256), NULL, &c, &e), 0);
	X509_EXTENSION_free(x);
	sc_cert_plan_clear(&p);
	return c;
}

/* Does libcrypto accept a leaf with this name below that root? */
static bool
accepted(struct sc_cert *root, const char *name)
{
	struct sc_certs roots = {&root, 1};
	struct sc_issuer *issuer = NULL;
	struct sc_cert_plan p = {0};
	struct sc_cert *leaf = NULL;
	bool good = false;

	kit_plan(&p, "x");
	sc_sans_clear(&p.sans);
	if (tap_int(sc_sans_add_auto(&p.sans, name, &e), 0) &&
	    tap_int(sc_issuer_new(root, kit_key(KIT_P256), &issuer, &e), 0) &&
	    tap_int(
		sc_cert_build(&p, kit_other_key(KIT_P256), issuer, &leaf, &e),
		0))
		good = sc_cert_verify(leaf, NULL, &roots, SC_EKU_ANY, NULL,
			   KIT_NOW + 60, &e) == 0;
	sc_cert_free(leaf);
	sc_issuer_free(issuer);
	sc_cert_plan_clear(&p);
	return good;
}

static struct sc_name_constraints *
read_constraints(struct sc_cert *root)
{
	struct sc_certs issuers = {&root, 1}, none = {0};
	struct sc_name_constraints *c = NULL;

	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(sc_name_constraints_new(&issuers, &none, &c, &e), 0);
	return c;
}

static int
check(const struct sc_name_constraints *c, const char *name, const char *cn)
{
	static const uint8_t empty[] = {0x30, 0x00};
	struct sc_sans s = {0};
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	if (name[0] != '\0')
		tap_int(sc_sans_add_auto(&s, name, &e), 0);
	r = sc_name_constraints_check(c, &s, cn, empty, sizeof(empty), &e);
	sc_sans_clear(&s);
	return r;
}

#define ALLOWED ""
#define NOT " is not permitted by any constraint"
#define EXCLUDED " is excluded by constraint "

static const struct {
	const char *constraints, *name, *message;
} table[] = {
    {"permitted;DNS:example.com", "example.com", ALLOWED},
    {"permitted;DNS:example.com", "a.b.EXAMPLE.com", ALLOWED},
    {"permitted;DNS:example.com", "*.example.com", ALLOWED},
    {"permitted;DNS:example.com", "xexample.com", NOT},
    {"permitted;DNS:example.com", "example.com.test", NOT},
    {"permitted;DNS:example.com", "com", NOT},
    {"permitted;DNS:.example.com", "a.example.com", ALLOWED},
    {"permitted;DNS:.example.com", "example.com", NOT},
    {"permitted;DNS:example.com,permitted;DNS:one.test", "a.one.test", ALLOWED},
    {"permitted;DNS:example.com", "10.0.0.1", ALLOWED},
    {"permitted;DNS:example.com", "a@b.test", ALLOWED},
    {"permitted;DNS:example.com,excluded;DNS:no.example.com", "no.example.com",
	EXCLUDED},
    {"permitted;DNS:example.com,excluded;DNS:no.example.com",
	"a.No.example.com", EXCLUDED},
    {"excluded;DNS:no.example.com", "*.example.com", EXCLUDED},
    {"excluded;DNS:no.example.com", "*.b.example.com", ALLOWED},
    {"excluded;DNS:.example.com", "example.com", ALLOWED},
    {"excluded;DNS:.example.com", "a.example.com", EXCLUDED},
    {"permitted;IP:10.0.0.0/255.0.0.0", "10.255.255.255", ALLOWED},
    {"permitted;IP:10.0.0.0/255.0.0.0", "11.0.0.0", NOT},
    {"permitted;IP:10.0.0.0/255.0.0.0", "2001:db8::1", NOT},
    {"permitted;IP:10.0.0.0/255.0.0.0", "example.com", ALLOWED},
    {"excluded;IP:10.0.0.0/255.0.0.0", "10.0.0.0",
	EXCLUDED "\"10.0.0.0/255.0.0.0\""},
    {"excluded;IP:10.0.0.0/255.0.0.0", "2001:db8::1", ALLOWED},
    {"permitted;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0", "2001:db8::1",
	ALLOWED},
    {"permitted;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0", "2001:db9::1",
	NOT},
    {"permitted;email:example.com", "a@example.com", ALLOWED},
    {"permitted;email:example.com", "a@Example.COM", ALLOWED},
    {"permitted;email:example.com", "a@b.example.com", NOT},
    {"permitted;email:.example.com", "a@b.example.com", ALLOWED},
    {"permitted;email:.example.com", "a@example.com", NOT},
    {"permitted;email:joe@example.com", "joe@example.com", ALLOWED},
    {"permitted;email:joe@example.com", "Joe@example.com", NOT},
    {"permitted;email:joe@example.com", "ann@example.com", NOT},
    {"excluded;email:example.com", "a@example.com", EXCLUDED},
    {"excluded;email:example.com", "a@b.example.com", EXCLUDED},
    {"excluded;email:joe@example.com", "JOE@example.com", EXCLUDED},
    {"excluded;email:joe@example.com", "ann@example.com", ALLOWED},
    {"permitted;URI:example.com", "https://example.com/x", ALLOWED},
    {"permitted;URI:example.com", "https://a.example.com/", NOT},
    {"permitted;URI:.example.com", "spiffe://a.example.com/x", ALLOWED},
    {"permitted;URI:.example.com", "https://example.com/", NOT},
    {"permitted;URI:.example.com", "https://10.0.0.1/", "IP address"},
    {"permitted;URI:.example.com", "https://[2001:db8::1]/", "IP address"},
    {"permitted;URI:.example.com", "urn:x:y", "has no host"},
    {"excluded;URI:example.com", "https://example.com:1/", EXCLUDED},
    {"excluded;URI:example.com", "https://a.example.com/", EXCLUDED},
    {"excluded;URI:example.com", "https://b.test/", ALLOWED},
};

static void
names(void)
{
	struct sc_name_constraints *c;
	struct sc_cert *root;
	bool allowed;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		tap_context("%s: %s", table[i].constraints, table[i].name);
		tap_need(
		    tap_ok((root = constrained(table[i].constraints)) != NULL));
		c = read_constraints(root);
		allowed = table[i].message[0] == '\0';
		tap_int(check(c, table[i].name, ""),
		    allowed ? 0 : SC_ERR_FORBIDDEN);
		tap_has(e.client, table[i].message);
		if (allowed)
			tap_ok(accepted(root, table[i].name));
		sc_name_constraints_free(c);
		sc_cert_free(root);
	}
	tap_context("%s", "");
}

/* A common name is a host's name when there are no DNS names. */
static void
common_names(void)
{
	struct sc_cert *root = constrained("permitted;DNS:example.com");
	struct sc_name_constraints *c;

	tap_need(tap_ok(root != NULL));
	c = read_constraints(root);
	tap_int(check(c, "10.0.0.1", "b.test"), SC_ERR_FORBIDDEN);
	tap_str(
	    e.client, "DNS name \"b.test\" is not permitted by any constraint");
	tap_int(check(c, "10.0.0.1", "a.example.com"), 0);
	tap_int(check(c, "10.0.0.1", "A Name."), 0);
	tap_int(check(c, "10.0.0.1", "name"), 0);
	tap_int(check(c, "a.example.com", "b.test"), 0);
	tap_int(check(c, "", "b.test"), SC_ERR_FORBIDDEN);
	tap_int(check(c, "", ""), 0);
	tap_int(check(NULL, "b.test", "b.test"), 0);
	sc_name_constraints_free(c);
	sc_cert_free(root);
}

static void
subjects(void)
{
	/* SEQUENCE { permitted { { dirName { O=Here } } } } */
	static const uint8_t here[] = {0x30, 0x17, 0xa0, 0x15, 0x30, 0x13, 0xa4,
	    0x11, 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04,
	    0x0a, 0x0c, 0x04, 'H', 'e', 'r', 'e'};
	static const char *const good[] = {"Here", "HERE"};
	struct sc_name_constraints *c;
	struct sc_cert_plan p = {0};
	struct sc_cert *root = NULL;
	struct sc_sans none = {0};
	struct sc_name n;
	uint8_t *der;
	size_t i, len;

	kit_ca_plan(&p, "Constrained", -1);
	tap_int(
	    sc_cert_plan_add_ext(&p, "2.5.29.30", true, here, sizeof(here)), 0);
	tap_need(
	    tap_int(sc_cert_build(&p, kit_key(KIT_P256), NULL, &root, &e), 0));
	c = read_constraints(root);
	for (i = 0; i < 4; i++) {
		n = (struct sc_name){0};
		n.common_name = strdup("x");
		if (i < 3)
			tap_int(sc_strlist_add(
				    &n.organization, i < 2 ? good[i] : "There"),
			    0);
		tap_int(sc_name_to_der(&n, &der, &len, &e), 0);
		tap_int(sc_name_constraints_check(c, &none, "x", der, len, &e),
		    i < 2 ? 0 : SC_ERR_FORBIDDEN);
		if (i >= 2)
			tap_has(e.client, "Subject \"/");
		free(der);
		sc_name_clear(&n);
	}
	sc_name_constraints_free(c);
	sc_cert_free(root);
	sc_cert_plan_clear(&p);
}

/* What cannot be held against a name must not be passed over. */
static void
unreadable(void)
{
	static const struct {
		const char *der;
		size_t n;
		int code;
	} bad[] = {
	    {"\x30\x00", 2, 0},
	    {"\x05\x00", 2, SC_ERR_MALFORMED},
	    {"", 0, SC_ERR_MALFORMED},
	    {"\x30\x05\xa0\x03\x30\x01\x00", 7, SC_ERR_MALFORMED},
	    /* permitted { { registeredID 1.2.3 } } */
	    {"\x30\x08\xa0\x06\x30\x04\x88\x02\x2a\x03", 10,
		SC_ERR_UNSUPPORTED},
	    /* permitted { { dNSName "a", maximum 1 } } */
	    {"\x30\x0a\xa0\x08\x30\x06\x82\x01"
	     "a\x81\x01\x01",
		12, SC_ERR_UNSUPPORTED},
	};
	struct sc_name_constraints *c;
	struct sc_certs issuers = {0}, none = {0};
	struct sc_cert_plan p;
	struct sc_cert *root;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%zu", i);
		p = (struct sc_cert_plan){0};
		root = NULL;
		kit_ca_plan(&p, "Constrained", -1);
		tap_int(sc_cert_plan_add_ext(&p, "2.5.29.30", true,
			    (const uint8_t *)bad[i].der, bad[i].n),
		    0);
		tap_int(
		    sc_cert_build(&p, kit_key(KIT_P256), NULL, &root, &e), 0);
		issuers = (struct sc_certs){&root, 1};
		tap_int(sc_name_constraints_new(&issuers, &none, &c, &e),
		    bad[i].code);
		tap_ok((c != NULL) == (bad[i].code == 0));
		sc_name_constraints_free(c);
		sc_cert_free(root);
		sc_cert_plan_clear(&p);
	}
	tap_context("%s", "");
}

/* Without constraints nothing is kept, so that signing does not look. */
static void
none(void)
{
	struct sc_cert *root = kit_root(KIT_P256);
	struct sc_name_constraints *c = read_constraints(root);

	tap_ok(c == NULL);
}

TAP_MAIN(TAP_NAMED("C15 names", names),
    TAP_NAMED("C15 common names", common_names),
    TAP_NAMED("C15 subjects", subjects),
    TAP_NAMED("C15 C19 unreadable", unreadable), TAP_TEST(none))
