/* Building certificates (x509.md 5): order, times, serials, issuers. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/mem.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;

/* By the P-256 root, or self-signed; clears the plan. */
static struct sc_cert *
build(struct sc_cert_plan *p, const struct sc_issuer *i)
{
	struct sc_cert *c = NULL;

	e = (struct sc_error)SC_ERROR_INIT;
	if (sc_cert_build(p, kit_key(KIT_P256), i, &c, &e) != 0)
		tap_note("%s", e.msg);
	sc_cert_plan_clear(p);
	return c;
}

static int
refused(struct sc_cert_plan *p, const char *part)
{
	struct sc_cert *c = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	r = sc_cert_build(p, kit_key(KIT_P256), kit_issuer(KIT_P256), &c, &e);
	tap_ok(c == NULL);
	tap_has(e.msg, part);
	sc_cert_free(c);
	sc_cert_plan_clear(p);
	return r;
}

/* The i-th extension by libcrypto's reading: OID and criticality. */
static void
ext_is(X509 *x, int i, const char *oid, int critical)
{
	X509_EXTENSION *ext = X509_get_ext(x, i);
	char text[80] = "";

	tap_need(ext != NULL);
	(void)OBJ_obj2txt(
	    text, sizeof(text), X509_EXTENSION_get_object(ext), 1);
	tap_str(text, oid);
	tap_context("%s", oid);
	tap_int(X509_EXTENSION_get_critical(ext), critical);
	tap_context("%s", "");
}

static void
leaf_in_order(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	X509 *x;

	kit_plan(&p, "a.example.com");
	(void)sc_cert_plan_add_ext(
	    &p, SC_OID_PROVISIONER, false, (const uint8_t *)"\x30\x00", 2);
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	x = sc_cert_x509(c);
	tap_need(x != NULL);
	tap_int(X509_get_version(x), 2);
	tap_int(X509_get_ext_count(x), 6);
	ext_is(x, 0, "2.5.29.15", 1);
	ext_is(x, 1, "2.5.29.37", 0);
	ext_is(x, 2, "2.5.29.14", 0);
	ext_is(x, 3, "2.5.29.35", 0);
	ext_is(x, 4, "2.5.29.17", 0);
	ext_is(x, 5, SC_OID_PROVISIONER, 0);
	tap_int(X509_NAME_cmp(X509_get_issuer_name(x),
		    X509_get_subject_name(sc_cert_x509(kit_root(KIT_P256)))),
	    0);
	tap_int(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x),
		    X509_get0_subject_key_id(sc_cert_x509(kit_root(KIT_P256)))),
	    0);
	tap_int(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
	tap_int(
	    X509_get_extended_key_usage(x), XKU_SSL_SERVER | XKU_SSL_CLIENT);
	sc_cert_free(c);
}

static void
ca_in_order(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	X509 *x;

	kit_ca_plan(&p, "Root", 1);
	c = build(&p, NULL);
	tap_need(c != NULL);
	x = sc_cert_x509(c);
	tap_int(X509_get_ext_count(x), 3);
	ext_is(x, 0, "2.5.29.15", 1);
	ext_is(x, 1, "2.5.29.19", 1);
	ext_is(x, 2, "2.5.29.14", 0);
	tap_ok(sc_cert_is_ca(c));
	tap_int(sc_cert_path_len(c), 1);
	tap_int(X509_get_key_usage(x), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	sc_cert_free(c);
}

static void
path_lengths(void)
{
	static const int lens[] = {-1, 0, 1, 127, 128, 255, 256, 65535};
	struct sc_cert_plan p;
	struct sc_cert *c;
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		kit_ca_plan(&p, "CA", lens[i]);
		c = build(&p, NULL);
		tap_need(c != NULL);
		tap_int(sc_cert_path_len(c), lens[i]);
		sc_cert_free(c);
	}
	kit_ca_plan(&p, "CA", 65536);
	tap_int(refused(&p, "path length"), SC_ERR_MALFORMED);
}

/* SHA-1 of the BIT STRING contents. */
static void
key_identifier(void)
{
	struct sc_cert *c = kit_leaf("a", kit_issuer(KIT_P256));
	const ASN1_OCTET_STRING *ski;
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	tap_need(c != NULL);
	ski = X509_get0_subject_key_id(sc_cert_x509(c));
	tap_int(X509_pubkey_digest(sc_cert_x509(c), EVP_sha1(), md, &n), 1);
	tap_mem(
	    ASN1_STRING_get0_data(ski), (size_t)ASN1_STRING_length(ski), md, n);
	sc_cert_free(c);
}

static void
key_usage_bits(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	int bit;

	for (bit = 0; bit <= 8; bit++) {
		/* X509_get_key_usage has the first octet's bits reversed */
		static const uint32_t want[] = {KU_DIGITAL_SIGNATURE,
		    KU_NON_REPUDIATION, KU_KEY_ENCIPHERMENT,
		    KU_DATA_ENCIPHERMENT, KU_KEY_AGREEMENT, KU_KEY_CERT_SIGN,
		    KU_CRL_SIGN, KU_ENCIPHER_ONLY, KU_DECIPHER_ONLY};

		kit_plan(&p, "a");
		p.key_usage = 1u << bit;
		c = build(&p, kit_issuer(KIT_P256));
		tap_need(c != NULL);
		tap_int(X509_get_key_usage(sc_cert_x509(c)), want[bit]);
		sc_cert_free(c);
	}
}

static void
empty_subject(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	X509 *x;

	kit_plan(&p, "a.example.com");
	free(p.subject.common_name);
	p.subject.common_name = NULL;
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	x = sc_cert_x509(c);
	tap_int(X509_NAME_entry_count(X509_get_subject_name(x)), 0);
	ext_is(x, 4, "2.5.29.17", 1);
	sc_cert_free(c);
}

static void
raw_subject(void)
{
	static const char name[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04"
				   "\x0a\x1e\x01x"; /* odd but verbatim */
	struct sc_cert_plan p;
	struct sc_cert *c;
	const uint8_t *der;
	size_t n;

	kit_plan(&p, "a");
	p.raw_subject = malloc(sizeof(name) - 1);
	tap_need(p.raw_subject != NULL);
	p.raw_subject_len = sizeof(name) - 1;
	memcpy(p.raw_subject, name, p.raw_subject_len);
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	der = sc_cert_der(c, &n);
	tap_ok(kit_contains(der, n, name, sizeof(name) - 1));
	sc_cert_free(c);
}

/* --- C13 -------------------------------------------------------------- */

static void
period(int64_t from, int64_t to, const char *want, size_t n)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	const uint8_t *der;
	size_t len;

	kit_plan(&p, "a");
	p.not_before = from;
	p.not_after = to;
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	der = sc_cert_der(c, &len);
	tap_context("%s", want);
	tap_ok(kit_contains(der, len, want, n));
	tap_context("%s", "");
	sc_cert_free(c);
}
#define PERIOD(from, to, want) period(from, to, want, sizeof(want) - 1)

static void
two_kinds_of_time(void)
{
	/* the last second of 2049, the first of 2050, of 1950, 9999's last */
	PERIOD(INT64_C(2524607999), INT64_C(2524608000),
	    "\x30\x20\x17\x0d"
	    "491231235959Z\x18\x0f"
	    "20500101000000Z");
	PERIOD(INT64_C(-631152000), INT64_C(253402300799),
	    "\x30\x20\x17\x0d"
	    "500101000000Z\x18\x0f"
	    "99991231235959Z");
	PERIOD(INT64_C(946684799), INT64_C(946684800),
	    "\x30\x1e\x17\x0d"
	    "991231235959Z\x17\x0d"
	    "000101000000Z");
	PERIOD(INT64_C(2524608000), INT64_C(2524608000),
	    "\x30\x22\x18\x0f"
	    "20500101000000Z\x18\x0f"
	    "20500101000000Z");
}

static void
times_out_of_range(void)
{
	struct sc_cert_plan p;

	kit_plan(&p, "a");
	p.not_after = INT64_C(253402300800); /* year 10000 */
	tap_int(refused(&p, "years"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.not_before = INT64_C(-631152001); /* 1949 */
	tap_int(refused(&p, "years"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.not_before = INT64_MIN;
	tap_int(refused(&p, "years"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.not_after = INT64_MAX;
	tap_int(refused(&p, "years"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.not_after = p.not_before - 1;
	tap_int(refused(&p, "notAfter"), SC_ERR_MALFORMED);
}

/* --- C16 -------------------------------------------------------------- */

static int
cmp_serials(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* As in certificates; t/unit/serial.c makes 100,000. */
#define SERIALS 2000

static void
many_serials(void)
{
	uint8_t(*all)[16] = calloc(SERIALS, 16);
	struct sc_cert_plan p;
	struct sc_cert *c;
	const uint8_t *s;
	size_t i, n;

	tap_need(all != NULL);
	kit_plan(&p, "a");
	for (i = 0; i < SERIALS; i++) {
		tap_need(tap_int(sc_cert_build(&p, kit_key(KIT_P256),
				     kit_issuer(KIT_ED25519), &c, &e),
		    0));
		s = sc_cert_serial(c, &n);
		tap_ok(n >= 8 && n <= 16 && s[0] != 0);
		memcpy(all[i] + 16 - n, s, n);
		sc_cert_free(c);
	}
	qsort(all, SERIALS, 16, cmp_serials);
	for (i = 1; i < SERIALS; i++)
		if (memcmp(all[i - 1], all[i], 16) == 0)
			tap_fail("two certificates with one serial");
	sc_cert_plan_clear(&p);
	free(all);
}

static void
given_serials(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	const uint8_t *s;
	size_t n;

	kit_plan(&p, "a");
	p.serial_len = 3;
	p.serial[1] = 0x80;
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	s = sc_cert_serial(c, &n);
	tap_mem(s, n, "\x80\x00", 2);
	s = sc_cert_der(c, &n);
	tap_ok(kit_contains(s, n, "\x02\x03\x00\x80\x00", 5));
	sc_cert_free(c);

	kit_plan(&p, "a");
	p.serial_len = 20;
	p.serial[0] = 0x7f;
	c = build(&p, kit_issuer(KIT_P256));
	tap_ok(c != NULL);
	sc_cert_free(c);
	kit_plan(&p, "a");
	p.serial_len = 20;
	p.serial[0] = 0x80; /* would take 21 */
	tap_int(refused(&p, "20 octets"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.serial_len = 21;
	tap_int(refused(&p, "20 octets"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	p.serial_len = 4;
	tap_int(refused(&p, "zero"), SC_ERR_MALFORMED);
}

/* --- C17 -------------------------------------------------------------- */

static void
an_extension_once(void)
{
	static const char *const generated[] = {
	    "2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.17"};
	struct sc_cert_plan p;
	struct sc_cert *c;
	size_t i;

	for (i = 0; i < 5; i++) {
		kit_plan(&p, "a");
		(void)sc_cert_plan_add_ext(
		    &p, generated[i], false, (const uint8_t *)"\x30\x00", 2);
		tap_int(refused(&p, "twice"), SC_ERR_MALFORMED);
	}
	kit_plan(&p, "a");
	for (i = 0; i < 2; i++)
		(void)sc_cert_plan_add_ext(
		    &p, "1.2.3.4", false, (const uint8_t *)"\x05\x00", 2);
	tap_int(refused(&p, "twice"), SC_ERR_MALFORMED);
	/* what is not generated may be given */
	kit_plan(&p, "a");
	(void)sc_cert_plan_add_ext(
	    &p, "2.5.29.19", true, (const uint8_t *)"\x30\x00", 2);
	c = build(&p, kit_issuer(KIT_P256));
	tap_need(c != NULL);
	ext_is(sc_cert_x509(c), 5, "2.5.29.19", 1);
	tap_ok(!sc_cert_is_ca(c));
	sc_cert_free(c);
}

static void
bad_values(void)
{
	struct sc_cert_plan p;

	kit_plan(&p, "a");
	(void)sc_cert_plan_add_ext(
	    &p, "1.x", false, (const uint8_t *)"\x05\x00", 2);
	tap_int(refused(&p, "object identifier"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	(void)sc_strlist_add(&p.ext_key_usage, "serverAuth");
	tap_int(refused(&p, "object identifier"), SC_ERR_MALFORMED);
	kit_plan(&p, "a");
	(void)sc_sans_add(&p.sans, SC_SAN_DNS, "m\xc3\xbc.de", NULL);
	tap_int(refused(&p, "non-ASCII"), SC_ERR_MALFORMED);
	kit_plan(&p, "\xff");
	tap_ok(refused(&p, "") != 0);
}

/* --- issuers ---------------------------------------------------------- */

static void
every_kind_of_issuer(void)
{
	static const int nids[] = {NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384,
	    NID_ecdsa_with_SHA512, NID_sha256WithRSAEncryption, NID_ED25519};
	struct sc_cert *c;
	X509 *x, *root;
	int i;

	for (i = 0; i < KIT_KINDS; i++) {
		tap_context("kind %d", i);
		c = kit_leaf("a", kit_issuer(i));
		tap_need(c != NULL);
		x = sc_cert_x509(c);
		root = sc_cert_x509(kit_root(i));
		tap_int(X509_get_signature_nid(x), nids[i]);
		tap_int(X509_get_signature_nid(root), nids[i]);
		tap_int(X509_verify(x, X509_get0_pubkey(root)), 1);
		tap_int(X509_verify(root, X509_get0_pubkey(root)), 1);
		sc_cert_free(c);
	}
	tap_context("%s", "");
}

/* An RSA issuer goes on with what it was itself signed with. */
static void
rsa_issuers_keep_their_algorithm(void)
{
	static const struct {
		const EVP_MD *(*md)(void);
		int padding, nid;
	} rows[] = {
	    {EVP_sha384, RSA_PKCS1_PADDING, NID_sha384WithRSAEncryption},
	    {EVP_sha512, RSA_PKCS1_PADDING, NID_sha512WithRSAEncryption},
	    {EVP_sha256, RSA_PKCS1_PSS_PADDING, NID_rsassaPss},
	    {EVP_sha384, RSA_PKCS1_PSS_PADDING, NID_rsassaPss},
	    {EVP_sha1, RSA_PKCS1_PADDING, NID_sha256WithRSAEncryption},
	};
	EVP_PKEY *pkey = sc_key_evp(kit_key(KIT_RSA));
	struct sc_issuer *issuer;
	struct sc_cert *ca, *c;
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *md;
	unsigned char *der;
	size_t i;
	X509 *x;
	int n, got, bits;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap_context("row %zu", i);
		x = X509_dup(sc_cert_x509(kit_root(KIT_RSA)));
		md = EVP_MD_CTX_new();
		tap_need(x != NULL && md != NULL);
		tap_int(
		    EVP_DigestSignInit(md, &pctx, rows[i].md(), NULL, pkey), 1);
		tap_int(EVP_PKEY_CTX_set_rsa_padding(pctx, rows[i].padding), 1);
		if (rows[i].padding == RSA_PKCS1_PSS_PADDING)
			tap_int(EVP_PKEY_CTX_set_rsa_pss_saltlen(
				    pctx, RSA_PSS_SALTLEN_DIGEST),
			    1);
		tap_ok(X509_sign_ctx(x, md) > 0);
		EVP_MD_CTX_free(md);
		der = NULL;
		n = i2d_X509(x, &der);
		tap_need(n > 0);
		tap_int(sc_cert_parse_der(der, (size_t)n, &ca, &e), 0);
		OPENSSL_free(der);
		X509_free(x);
		tap_need(tap_int(
		    sc_issuer_new(ca, kit_key(KIT_RSA), &issuer, &e), 0));
		c = kit_leaf("a", issuer);
		tap_need(c != NULL);
		x = sc_cert_x509(c);
		tap_int(X509_get_signature_nid(x), rows[i].nid);
		tap_int(X509_get_signature_info(x, &got, NULL, &bits, NULL), 1);
		if (i < 4)
			tap_int(got, EVP_MD_get_type(rows[i].md()));
		tap_int(X509_verify(x, pkey), 1);
		sc_cert_free(c);
		sc_issuer_free(issuer);
		sc_cert_free(ca);
	}
	tap_context("%s", "");
}

static void
issuers_that_are_none(void)
{
	struct sc_issuer *i;
	struct sc_cert_plan p;
	struct sc_cert *c;

	tap_int(
	    sc_issuer_new(kit_root(KIT_P256), kit_other_key(KIT_P256), &i, &e),
	    SC_ERR_MALFORMED);
	tap_ok(i == NULL);
	tap_has(e.msg, "does not match");
	c = kit_leaf("a", kit_issuer(KIT_P256));
	tap_need(c != NULL);
	tap_int(sc_issuer_new(c, kit_other_key(KIT_P256), &i, &e),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "not a certificate authority");
	sc_cert_free(c);
	kit_ca_plan(&p, "CA", 0);
	p.key_usage = SC_KU_CRL_SIGN;
	c = build(&p, NULL);
	tap_need(c != NULL);
	tap_int(sc_issuer_new(c, kit_key(KIT_P256), &i, &e), SC_ERR_MALFORMED);
	tap_has(e.msg, "keyCertSign");
	sc_cert_free(c);
	sc_issuer_free(NULL);
}

static void
every_kind_of_subject_key(void)
{
	struct sc_cert_plan p;
	struct sc_cert *c;
	struct sc_key *key;
	int i;

	for (i = 0; i < KIT_KINDS; i++) {
		kit_plan(&p, "a");
		tap_need(tap_int(
		    sc_cert_build(&p, kit_key(i), kit_issuer(KIT_P256), &c, &e),
		    0));
		tap_int(sc_cert_key(c, &key, &e), 0);
		tap_ok(sc_key_same_public(key, kit_key(i)));
		sc_key_free(key);
		sc_cert_free(c);
		sc_cert_plan_clear(&p);
	}
}

/* Two extensions are the same bytes. */
static void
ext_same(X509 *a, int i, X509 *b, int k)
{
	uint8_t *x = NULL, *y = NULL;
	int xn = i2d_X509_EXTENSION(X509_get_ext(a, i), &x);
	int yn = i2d_X509_EXTENSION(X509_get_ext(b, k), &y);

	tap_ok(xn > 0 && yn > 0);
	tap_mem(x, (size_t)xn, y, (size_t)yn);
	OPENSSL_free(x);
	OPENSSL_free(y);
}

/* Old extensions 0..5: KU, EKU, SKI, AKI, SAN, a custom critical one. */
static struct sc_cert *
to_renew(void)
{
	struct sc_cert_plan p;

	kit_plan(&p, "a.example.com");
	(void)sc_cert_plan_add_ext(
	    &p, "1.2.3.4", true, (const uint8_t *)"x", 1);
	return build(&p, kit_issuer(KIT_P384));
}

static struct sc_cert *
renewed(const struct sc_cert *old, bool own_ski, const struct sc_key *key)
{
	struct sc_cert_plan p = {0};
	struct sc_cert *c = NULL;

	p.not_before = KIT_NOW;
	p.not_after = KIT_NOW + KIT_DAY;
	if (!tap_int(sc_cert_plan_renew(&p, old, own_ski, &e), 0) ||
	    !tap_int(sc_cert_build(&p, key, kit_issuer(KIT_P256), &c, &e), 0))
		tap_note("%s", e.msg);
	sc_cert_plan_clear(&p);
	return c;
}

static void
renew_keeps_extensions(void)
{
	static const int from[] = {0, 1, 2, 4, 5};
	struct sc_cert *old = to_renew(), *c;
	X509 *a, *b;
	int i;

	tap_need(old != NULL);
	c = renewed(old, true, kit_key(KIT_P256));
	tap_need(c != NULL);
	a = sc_cert_x509(old);
	b = sc_cert_x509(c);
	tap_int(X509_get_ext_count(b), 6);
	ext_is(b, 0, "2.5.29.35", 0);
	tap_int(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(b),
		    X509_get0_subject_key_id(sc_cert_x509(kit_root(KIT_P256)))),
	    0);
	for (i = 0; i < 5; i++)
		ext_same(a, from[i], b, i + 1);
	tap_int(
	    X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)),
	    0);
	tap_str(sc_cert_common_name(c), "a.example.com");
	sc_cert_free(c);
	sc_cert_free(old);
}

static void
rekey_makes_a_key_id(void)
{
	static const int from[] = {0, 1, 4, 5};
	struct sc_cert *old = to_renew(), *c;
	X509 *a, *b;
	int i;

	tap_need(old != NULL);
	c = renewed(old, false, kit_key(KIT_P521));
	tap_need(c != NULL);
	a = sc_cert_x509(old);
	b = sc_cert_x509(c);
	tap_int(X509_get_ext_count(b), 6);
	ext_is(b, 0, "2.5.29.14", 0);
	ext_is(b, 1, "2.5.29.35", 0);
	tap_ok(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(a),
		   X509_get0_subject_key_id(b)) != 0);
	for (i = 0; i < 4; i++)
		ext_same(a, from[i], b, i + 2);
	sc_cert_free(c);
	sc_cert_free(old);
}

/* What has no key id gets none by being renewed. */
static void
renew_without_key_id(void)
{
	struct sc_cert_plan p;
	struct sc_cert *old, *c;

	kit_plan(&p, "a.example.com");
	p.own_ski = true;
	old = build(&p, kit_issuer(KIT_P256));
	tap_need(old != NULL);
	tap_ok(X509_get0_subject_key_id(sc_cert_x509(old)) == NULL);
	c = renewed(old, true, kit_key(KIT_P256));
	tap_need(c != NULL);
	tap_int(X509_get_ext_count(sc_cert_x509(c)), 4);
	tap_ok(X509_get0_subject_key_id(sc_cert_x509(c)) == NULL);
	sc_cert_free(c);
	sc_cert_free(old);
}

TAP_MAIN(TAP_TEST(leaf_in_order), TAP_TEST(ca_in_order), TAP_TEST(path_lengths),
    TAP_TEST(key_identifier), TAP_TEST(key_usage_bits), TAP_TEST(empty_subject),
    TAP_TEST(raw_subject),
    TAP_NAMED(
	"C13 UTCTime to 2049, GeneralizedTime from 2050", two_kinds_of_time),
    TAP_NAMED("C13 times out of range", times_out_of_range),
    TAP_NAMED("C16 many serial numbers", many_serials),
    TAP_NAMED("C16 given serial numbers", given_serials),
    TAP_NAMED("C17 an extension once", an_extension_once), TAP_TEST(bad_values),
    TAP_TEST(every_kind_of_issuer), TAP_TEST(rsa_issuers_keep_their_algorithm),
    TAP_TEST(issuers_that_are_none), TAP_TEST(every_kind_of_subject_key),
    TAP_NAMED("R10 renewal keeps extensions", renew_keeps_extensions),
    TAP_NAMED("R10 rekeying makes a key id", rekey_makes_a_key_id),
    TAP_TEST(renew_without_key_id))
