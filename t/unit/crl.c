/* Building revocation lists (RFC 5280 section 5; attack rows V2, V5, V9). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/err.h"
#include "crypto/crl.h"
#include "tap.h"
#include "x509_kit.h"

#define URL "http://ca.example.com/1.0/crl"

static struct sc_error e;

static const struct sc_crl_head plain = {
    .number = 7,
    .this_update = KIT_NOW,
    .next_update = KIT_NOW + KIT_DAY,
};

/* Sign, check that libcrypto reads and writes the very same bytes. */
static X509_CRL *
finish(struct sc_crl *c, const struct sc_crl_head *head, enum kit_kind k)
{
	const unsigned char *p;
	unsigned char *again = NULL;
	X509_CRL *crl = NULL;
	uint8_t *der = NULL;
	size_t n = 0;
	int len;

	e = (struct sc_error)SC_ERROR_INIT;
	if (!tap_int(sc_crl_sign(c, head, kit_issuer(k), &der, &n, &e), 0))
		tap_note("%s", e.msg);
	sc_crl_free(c);
	p = der;
	if (der != NULL)
		crl = d2i_X509_CRL(NULL, &p, (long)n);
	if (tap_ok(crl != NULL)) {
		tap_ok(p == der + n);
		len = i2d_X509_CRL(crl, &again);
		tap_mem(again, (size_t)len, der, n);
	}
	OPENSSL_free(again);
	free(der);
	return crl;
}

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : -1;
}

static void
signed_by_each_key(void)
{
	struct sc_crl_head head = plain;
	EVP_PKEY *key;
	X509_CRL *crl;
	int k;

	for (k = 0; k < KIT_KINDS; k++) {
		tap_context("key kind %d", k);
		crl = finish(sc_crl_new(), &head, (enum kit_kind)k);
		tap_need(crl != NULL);
		key = X509_get0_pubkey(sc_cert_x509(kit_root(k)));
		tap_int(X509_CRL_verify(crl, key), 1);
		key = X509_get0_pubkey(sc_cert_x509(
		    kit_root((enum kit_kind)((k + 1) % KIT_KINDS))));
		tap_ok(X509_CRL_verify(crl, key) != 1);
		tap_int(X509_NAME_cmp(X509_CRL_get_issuer(crl),
			    X509_get_subject_name(
				sc_cert_x509(kit_root((enum kit_kind)k)))),
		    0);
		X509_CRL_free(crl);
	}
	tap_context("%s", "");
}

static void
fields(void)
{
	struct sc_crl_head head = plain;
	X509_CRL *crl;
	AUTHORITY_KEYID *aki;
	ASN1_INTEGER *number;
	const ASN1_OCTET_STRING *ski;
	uint64_t v = 0;
	int critical = -1;

	head.number = UINT64_C(0x8000000000000001);
	crl = finish(sc_crl_new(), &head, KIT_P256);
	tap_need(crl != NULL);
	tap_int(X509_CRL_get_version(crl), 1);
	tap_int(seconds(X509_CRL_get0_lastUpdate(crl)), KIT_NOW);
	tap_int(seconds(X509_CRL_get0_nextUpdate(crl)), KIT_NOW + KIT_DAY);
	tap_int(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), -1);
	number = X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, NULL);
	tap_int(critical, 0);
	tap_int(ASN1_INTEGER_get_uint64(&v, number), 1);
	tap_ok(v == UINT64_C(0x8000000000000001));
	aki = X509_CRL_get_ext_d2i(
	    crl, NID_authority_key_identifier, &critical, NULL);
	tap_int(critical, 0);
	ski = X509_get0_subject_key_id(sc_cert_x509(kit_root(KIT_P256)));
	tap_ok(aki != NULL && aki->keyid != NULL && aki->issuer == NULL &&
	    aki->serial == NULL && ASN1_OCTET_STRING_cmp(aki->keyid, ski) == 0);
	tap_int(X509_CRL_get_ext_count(crl), 2);
	ASN1_INTEGER_free(number);
	AUTHORITY_KEYID_free(aki);
	X509_CRL_free(crl);
}

static void
distribution_point(void)
{
	struct sc_crl_head head = plain;
	ISSUING_DIST_POINT *idp;
	GENERAL_NAME *name;
	X509_CRL *crl;
	int critical = -1;

	head.url = URL;
	crl = finish(sc_crl_new(), &head, KIT_P256);
	tap_need(crl != NULL);
	idp = X509_CRL_get_ext_d2i(
	    crl, NID_issuing_distribution_point, &critical, NULL);
	tap_need(idp != NULL);
	tap_int(critical, 1);
	tap_int(idp->onlyuser, 0);
	tap_int(idp->onlyCA, 0);
	tap_int(idp->onlyattr, 0);
	tap_int(idp->indirectCRL, 0);
	tap_ok(idp->onlysomereasons == NULL);
	tap_need(idp->distpoint != NULL && idp->distpoint->type == 0);
	tap_int(sk_GENERAL_NAME_num(idp->distpoint->name.fullname), 1);
	name = sk_GENERAL_NAME_value(idp->distpoint->name.fullname, 0);
	tap_int(name->type, GEN_URI);
	tap_mem(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
	    (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier), URL,
	    strlen(URL));
	ISSUING_DIST_POINT_free(idp);
	X509_CRL_free(crl);
}

/* The reason of the i-th entry; -1 when it has no extensions at all. */
static int
reason_of(X509_CRL *crl, int i)
{
	X509_REVOKED *rev = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), i);
	ASN1_ENUMERATED *v;
	int reason;

	if (X509_REVOKED_get0_extensions(rev) == NULL)
		return -1;
	v = X509_REVOKED_get_ext_d2i(rev, NID_crl_reason, NULL, NULL);
	reason = v != NULL ? (int)ASN1_ENUMERATED_get(v) : -2;
	ASN1_ENUMERATED_free(v);
	return reason;
}

static void
reasons(void)
{
	struct sc_crl *c = sc_crl_new();
	X509_CRL *crl;
	uint8_t serial = 1;
	int i;

	for (i = 0; i <= SC_REASON_LAST; i++, serial++)
		tap_int(sc_crl_add(c, &serial, 1, KIT_NOW - 100 + i, i, &e), 0);
	tap_int(sc_crl_count(c), 11);
	crl = finish(c, &plain, KIT_P256);
	tap_need(crl != NULL);
	tap_int(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 11);
	for (i = 0; i <= SC_REASON_LAST; i++) {
		tap_context("reason %d", i);
		tap_int(reason_of(crl, i), i == 0 || i == 7 || i == 8 ? -1 : i);
	}
	tap_context("%s", "");
	X509_CRL_free(crl);
}

static void
entries(void)
{
	static const struct {
		const char *serial;
		size_t n;
		int64_t time;
		const char *hex;
	} t[] = {
	    {"\x01", 1, KIT_NOW, "01"},
	    {"\x80", 1, INT64_C(2524607999), "80"},
	    {"\x7f\xff", 2, INT64_C(2524608000), "7FFF"},
	    {"\x00\x00\x12\x34", 4, KIT_NOW - 1, "1234"},
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	     "\xff\xff\xff\xff",
		20, 0, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
	};
	struct sc_crl *c = sc_crl_new();
	X509_REVOKED *rev;
	X509_CRL *crl;
	BIGNUM *bn;
	char *hex;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		tap_int(sc_crl_add(c, (const uint8_t *)t[i].serial, t[i].n,
			    t[i].time, 0, &e),
		    0);
	crl = finish(c, &plain, KIT_RSA);
	tap_need(crl != NULL);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		tap_context("entry %zu", i);
		rev = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), (int)i);
		tap_need(rev != NULL);
		bn = ASN1_INTEGER_to_BN(
		    X509_REVOKED_get0_serialNumber(rev), NULL);
		hex = BN_bn2hex(bn);
		tap_str(hex, t[i].hex);
		tap_int(
		    seconds(X509_REVOKED_get0_revocationDate(rev)), t[i].time);
		tap_int(X509_REVOKED_get0_revocationDate(rev)->type,
		    t[i].time < INT64_C(2524608000) ? V_ASN1_UTCTIME
						    : V_ASN1_GENERALIZEDTIME);
		OPENSSL_free(hex);
		BN_free(bn);
	}
	tap_context("%s", "");
	X509_CRL_free(crl);
}

static void
bad_times(void)
{
	struct sc_crl_head head = plain;
	struct sc_crl *c = sc_crl_new();
	uint8_t *der = NULL;
	size_t n = 1;

	tap_int(
	    sc_crl_add(c, (const uint8_t *)"\1", 1, INT64_C(-700000000), 0, &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_crl_count(c), 0);
	head.next_update = INT64_C(253402300800);
	tap_int(sc_crl_sign(c, &head, kit_issuer(KIT_P256), &der, &n, &e),
	    SC_ERR_MALFORMED);
	tap_ok(der == NULL && n == 0);
	sc_crl_free(c);
	sc_crl_free(NULL);
}

static long
peak_kib(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_maxrss : -1;
}

#define MANY 100000

static void
hundred_thousand(void)
{
	struct sc_crl *c = sc_crl_new();
	int64_t started = sc_clock_monotonic();
	long before = peak_kib();
	uint8_t serial[16] = {0x55}, *der = NULL;
	size_t n = 0;
	int i, r = 0;

	for (i = 0; r == 0 && i < MANY; i++) {
		memcpy(serial + 12, &i, sizeof(i));
		r = sc_crl_add(c, serial, sizeof(serial), KIT_NOW, i % 7, &e);
	}
	tap_int(r, 0);
	tap_int(sc_crl_sign(c, &plain, kit_issuer(KIT_P256), &der, &n, &e), 0);
	tap_note("%d entries: %zu bytes, %lld ms, %ld KiB", MANY, n,
	    (long long)((sc_clock_monotonic() - started) / 1000000),
	    peak_kib() - before);
	tap_ok(n > MANY * 35 && n < MANY * 60);
	tap_ok(sc_clock_monotonic() - started < 20 * SC_SECOND);
	tap_ok(tap_below_checker() || peak_kib() - before < 64 * 1024);
	free(der);
	sc_crl_free(c);
}

TAP_MAIN(TAP_TEST(signed_by_each_key), TAP_NAMED("V5 fields, AKI", fields),
    TAP_NAMED("V5 IDP critical, no flag set", distribution_point),
    TAP_NAMED(
	"V5 reason omitted when unspecified, unused, removeFromCRL", reasons),
    TAP_TEST(entries), TAP_TEST(bad_times),
    TAP_NAMED("V9 100,000 entries: time and memory", hundred_thousand))
