#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/extensions.h"
#include "tap.h"

static struct sc_error e;
static uint8_t *der;
static size_t n;

static void
list(struct sc_strlist *l, const char *a, const char *b)
{
	sc_strlist_clear(l);
	tap_need(a == NULL || sc_strlist_add(l, a) == 0);
	tap_need(b == NULL || sc_strlist_add(l, b) == 0);
}

/* What openssl prints of the value. */
static void
prints(const char *oid, const char *want)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	BIO *out = BIO_new(BIO_s_mem());
	X509_EXTENSION *x;
	char *text = NULL;
	long len;

	tap_need(obj != NULL && value != NULL && out != NULL);
	tap_need(ASN1_OCTET_STRING_set(value, der, (int)n) == 1);
	x = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, value);
	tap_int(X509V3_EXT_print(out, x, X509V3_EXT_ERROR_UNKNOWN, 0), 1);
	(void)BIO_write(out, "", 1);
	len = BIO_get_mem_data(out, &text);
	tap_str(len > 0 ? text : "", want);
	X509_EXTENSION_free(x);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(obj);
	BIO_free(out);
	free(der);
	der = NULL;
}

static void
refused(int r, const char *what)
{
	tap_int(r, SC_ERR_MALFORMED);
	tap_has(e.msg, what);
	tap_ok(der == NULL);
}

static void
access_info(void)
{
	struct sc_strlist ocsp = {0}, issuers = {0};

	list(&ocsp, "http://a.example/ocsp", "https://b.example/1.0/ocsp");
	list(&issuers, "http://a.example/ca.crt", NULL);
	tap_int(sc_ext_access_info(&ocsp, &issuers, &der, &n, &e), 0);
	prints(SC_OID_ACCESS_INFO,
	    "OCSP - URI:http://a.example/ocsp\n"
	    "OCSP - URI:https://b.example/1.0/ocsp\n"
	    "CA Issuers - URI:http://a.example/ca.crt");
	list(&ocsp, "http://a.example/\n", NULL);
	refused(sc_ext_access_info(&ocsp, &issuers, &der, &n, &e), "a.example");
	list(&ocsp, "http://b\xc3\xbc/", NULL);
	refused(sc_ext_access_info(&ocsp, &issuers, &der, &n, &e), "b\xc3\xbc");
	sc_strlist_clear(&ocsp);
	sc_strlist_clear(&issuers);
}

static void
crl_points(void)
{
	static const uint8_t want[] = {0x30, 0x11, 0x30, 0x0f, 0xa0, 0x0d, 0xa0,
	    0x0b, 0x86, 0x09, 'h', 't', 't', 'p', ':', '/', '/', 'a', '/'};
	struct sc_strlist urls = {0};

	list(&urls, "http://a/", NULL);
	tap_int(sc_ext_crl_points(&urls, &der, &n, &e), 0);
	tap_mem(der, n, want, sizeof(want));
	free(der);
	list(&urls, "http://a/", "ldap://b/");
	tap_int(sc_ext_crl_points(&urls, &der, &n, &e), 0);
	prints(SC_OID_CRL_POINTS,
	    "Full Name:\n  URI:http://a/\nFull Name:\n  URI:ldap://b/");
	list(&urls, "http://a b/", NULL);
	refused(sc_ext_crl_points(&urls, &der, &n, &e), "a b");
	sc_strlist_clear(&urls);
}

static void
policies(void)
{
	struct sc_strlist oids = {0};

	list(&oids, "1.2.3.4", "2.5.29.32.0");
	tap_int(sc_ext_policies(&oids, &der, &n, &e), 0);
	prints(SC_OID_POLICIES, "Policy: 1.2.3.4\nPolicy: X509v3 Any Policy");
	list(&oids, "1.2.x", NULL);
	refused(sc_ext_policies(&oids, &der, &n, &e), "1.2.x");
	sc_strlist_clear(&oids);
}

static void
name_constraints(void)
{
	static const char *const bad[] = {"10.0.0.0", "10.0.0.0/33", "::/129",
	    "10.0.0/8", "a/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x"};
	struct sc_ext_subtrees yes = {0}, no = {0};
	size_t i;

	list(&yes.dns, ".a.example", "b.example");
	list(&yes.ip, "10.1.2.3/9", "2001:db8::1/33");
	list(&no.email, "@c.example", NULL);
	list(&no.uri, ".d.example", NULL);
	list(&no.ip, "0.0.0.0/0", "::1/128");
	tap_int(sc_ext_name_constraints(&yes, &no, &der, &n, &e), 0);
	prints(SC_OID_NAME_CONSTRAINTS,
	    "Permitted:\n  DNS:.a.example\n  DNS:b.example\n"
	    "  IP:10.0.0.0/255.128.0.0\n"
	    "  IP:2001:DB8:0:0:0:0:0:0/FFFF:FFFF:8000:0:0:0:0:0\n"
	    "Excluded:\n  IP:0.0.0.0/0.0.0.0\n"
	    "  IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF\n"
	    "  email:@c.example\n  URI:.d.example");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list(&yes.ip, bad[i], NULL);
		refused(sc_ext_name_constraints(&yes, &no, &der, &n, &e),
		    "range of addresses");
	}
	sc_ext_subtrees_clear(&yes);
	sc_ext_subtrees_clear(&no);
	tap_int(sc_ext_name_constraints(&yes, &no, &der, &n, &e), 0);
	tap_int((long)n, 2);
	free(der);
	der = NULL;
}

TAP_MAIN(TAP_TEST(access_info), TAP_TEST(crl_points), TAP_TEST(policies),
    TAP_TEST(name_constraints))
