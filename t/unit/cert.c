/* Reading certificates: exactly one, DER, each extension once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

static struct sc_error e;

static int
parse(const uint8_t *p, size_t n, struct sc_cert **c)
{
	e = (struct sc_error)SC_ERROR_INIT;
	return sc_cert_parse_der(p, n, c, &e);
}

static void
what_was_built_is_read(void)
{
	struct sc_cert *c = kit_leaf("a.example.com", kit_issuer(KIT_P256));
	struct sc_cert *back;
	struct sc_sans sans = {0};
	struct sc_key *key;
	const uint8_t *der, *s1, *s2;
	uint8_t f1[32], f2[32];
	size_t n, n1, n2;

	tap_need(c != NULL);
	der = sc_cert_der(c, &n);
	tap_need(tap_int(parse(der, n, &back), 0));
	tap_str(sc_cert_common_name(back), "a.example.com");
	tap_str(sc_cert_common_name(c), "a.example.com");
	tap_int(sc_cert_not_before(back), sc_cert_not_before(c));
	tap_int(sc_cert_not_after(back), KIT_NOW + KIT_DAY);
	s1 = sc_cert_serial(c, &n1);
	s2 = sc_cert_serial(back, &n2);
	tap_mem(s1, n1, s2, n2);
	sc_cert_fingerprint(c, f1);
	sc_cert_fingerprint(back, f2);
	tap_mem(f1, 32, f2, 32);
	tap_ok(!sc_cert_is_ca(c));
	tap_int(sc_cert_path_len(c), -1);
	tap_int(sc_cert_sans(c, &sans, &e), 0);
	tap_need(tap_int(sans.n, 1));
	tap_str(sans.v[0].value, "a.example.com");
	tap_int(sc_cert_key(back, &key, &e), 0);
	tap_ok(sc_key_same_public(key, kit_other_key(KIT_P256)));
	sc_key_free(key);
	sc_sans_clear(&sans);
	sc_cert_free(back);
	back = sc_cert_dup(c);
	sc_cert_free(c);
	tap_str(sc_cert_common_name(back), "a.example.com");
	sc_cert_free(back);
	sc_cert_free(NULL);
}

static void
trailing_bytes(void)
{
	struct sc_cert *c;
	const uint8_t *der;
	uint8_t *more;
	size_t n;

	der = sc_cert_der(kit_root(KIT_P256), &n);
	more = malloc(n + 1);
	tap_need(more != NULL);
	memcpy(more, der, n);
	more[n] = 0;
	tap_int(parse(more, n, &c), 0);
	sc_cert_free(c);
	tap_int(parse(more, n + 1, &c), SC_ERR_MALFORMED);
	tap_ok(c == NULL);
	tap_int(parse(more, n - 1, &c), SC_ERR_MALFORMED);
	tap_int(parse(more, 0, &c), SC_ERR_MALFORMED);
	free(more);
}

static void
indefinite_length(void)
{
	struct sc_buf *b = sc_buf_new(65536);
	struct sc_der all, in;
	struct sc_cert *c;

	all.p = sc_cert_der(kit_root(KIT_P256), &all.n);
	tap_ok(sc_der_get(&all, SC_DER_SEQUENCE, &in));
	(void)sc_buf_put(b, "\x30\x80", 2);
	(void)sc_buf_put(b, in.p, in.n);
	(void)sc_buf_put(b, "\0\0", 2);
	tap_int(parse(sc_buf_data(b), sc_buf_len(b), &c), SC_ERR_MALFORMED);
	sc_buf_free(b);
}

/*
 * A root with one place (the last like old) of its TBSCertificate changed; the signature is not
 * looked at by the parser.
 */
static int
parse_with(const void *old, size_t old_n, const void *new, const char *part)
{
	const uint8_t *der;
	struct sc_cert *c = NULL;
	uint8_t *copy;
	size_t n, i;
	int r;

	der = sc_cert_der(kit_root(KIT_P256), &n);
	if ((copy = malloc(n)) == NULL)
		return SC_ERR_NOMEM;
	memcpy(copy, der, n);
	for (i = n - old_n; i > 0; i--)
		if (memcmp(copy + i, old, old_n) == 0)
			break;
	tap_ok(i > 0);
	memcpy(copy + i, new, old_n);
	r = parse(copy, n, &c);
	if (r != 0)
		tap_has(e.msg, part);
	sc_cert_free(c);
	free(copy);
	return r;
}

static void
odd_contents(void)
{
	/* keyUsage becomes a second basicConstraints */
	tap_int(parse_with(
		    "\x06\x03\x55\x1d\x0f", 5, "\x06\x03\x55\x1d\x13", "twice"),
	    SC_ERR_MALFORMED);
	/* the common name */
	tap_int(parse_with("Kit Root", 8, "Kit\0Root", "common name"),
	    SC_ERR_MALFORMED);
	/* a month that does not exist */
	tap_int(parse_with("\x17\x0d"
			   "1811",
		    6,
		    "\x17\x0d"
		    "1813",
		    ""),
	    SC_ERR_MALFORMED);
}

static void
serials(void)
{
	uint8_t serial[20] = {0x01};
	struct sc_cert_plan p;
	struct sc_cert *c;
	const uint8_t *der;
	uint8_t *copy;
	size_t n, i;

	kit_ca_plan(&p, "x", 0);
	memcpy(p.serial, serial, 20);
	p.serial_len = 20;
	tap_need(
	    tap_int(sc_cert_build(&p, kit_key(KIT_P256), NULL, &c, &e), 0));
	der = sc_cert_der(c, &n);
	copy = malloc(n);
	tap_need(copy != NULL);
	memcpy(copy, der, n);
	for (i = 0; i < n && memcmp(copy + i, "\x02\x14\x01\x00", 4) != 0; i++)
		;
	copy[i + 2] = 0x81; /* now below zero */
	sc_cert_free(c);
	tap_int(parse(copy, n, &c), SC_ERR_MALFORMED);
	tap_has(e.msg, "negative");
	free(copy);
	sc_cert_plan_clear(&p);
}

static void
decimal(void)
{
	static const uint8_t big[16] = {0x80};
	char *s;

	s = sc_serial_decimal((const uint8_t *)"\x04\xd2", 2);
	tap_str(s, "1234");
	free(s);
	s = sc_serial_decimal(big, sizeof(big));
	tap_str(s, "170141183460469231731687303715884105728");
	free(s);
	s = sc_serial_decimal(big, 0);
	tap_str(s, "0");
	free(s);
}

static void
bundles(void)
{
	struct sc_certs l = {0};
	struct sc_buf *b = sc_buf_new(1024 * 1024);
	char *pem;
	int i;

	tap_int(sc_cert_to_pem(kit_root(KIT_P256), &pem), 0);
	(void)sc_buf_puts(b, "# a comment\n");
	(void)sc_buf_puts(b, "-----BEGIN X-----\nAAAA\n-----END X-----\n");
	for (i = 0; i < SC_MAX_CHAIN * 16; i++)
		(void)sc_buf_puts(b, pem);
	tap_int(sc_certs_from_pem(sc_buf_str(b), sc_buf_len(b), &l, &e), 0);
	tap_int(l.n, SC_MAX_CHAIN * 16);
	sc_certs_clear(&l);
	(void)sc_buf_puts(b, pem);
	tap_int(sc_certs_from_pem(sc_buf_str(b), sc_buf_len(b), &l, &e),
	    SC_ERR_TOO_LARGE);
	sc_certs_clear(&l);
	tap_int(sc_certs_from_pem("nothing", 7, &l, &e), SC_ERR_MALFORMED);
	tap_int(sc_certs_from_pem("", 0, &l, &e), SC_ERR_MALFORMED);
	tap_int(l.n, 0);
	sc_buf_free(b);
	free(pem);
}

static void
pem_form(void)
{
	uint8_t bytes[49] = {0}, *der;
	char *pem, *label;
	size_t n;

	tap_int(sc_der_to_pem("X Y", bytes, 48, &pem), 0);
	tap_str(pem,
	    "-----BEGIN X Y-----\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "\n-----END X Y-----\n");
	free(pem);
	tap_int(sc_der_to_pem("X", bytes, 49, &pem), 0);
	tap_has(pem, "\nAA==\n-----END X");
	tap_int(sc_pem_to_der(pem, strlen(pem), &der, &n, &label, &e), 0);
	tap_mem(der, n, bytes, 49);
	tap_str(label, "X");
	free(label);
	free(der);
	free(pem);
}

static bool
accepted(const uint8_t *p, size_t n, void *arg)
{
	struct sc_provisioner_ext x;
	struct sc_sans sans = {0};
	struct sc_key *key = NULL;
	struct sc_cert *c = NULL;

	(void)arg;
	if (sc_cert_parse_der(p, n, &c, NULL) != 0)
		return false;
	(void)sc_cert_sans(c, &sans, NULL);
	(void)sc_cert_key(c, &key, NULL);
	(void)sc_cert_is_ca(c);
	if (sc_cert_provisioner_ext(c, &x, NULL) == 0)
		sc_provisioner_ext_clear(&x);
	sc_key_free(key);
	sc_sans_clear(&sans);
	sc_cert_free(c);
	return true;
}

static void
damaged(void)
{
	struct sc_cert *c = kit_leaf("a.example.com", kit_issuer(KIT_P256));
	const uint8_t *der;
	size_t n, cases;

	tap_need(c != NULL);
	der = sc_cert_der(c, &n);
	tap_ok(mutate(der, n, 3, accepted, NULL, &cases) < cases);
	tap_note("%zu damaged certificates", cases);
	sc_cert_free(c);
}

/* A certificate of a key by itself; DER. */
static size_t
self_signed(const char *type, const EVP_MD *md, uint8_t **der)
{
	EVP_PKEY *key = strcmp(type, "EC") == 0
	    ? EVP_PKEY_Q_keygen(NULL, NULL, type, "P-256")
	    : EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)2048);
	X509 *x = X509_new();
	int n;

	*der = NULL;
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	ASN1_TIME_set(X509_getm_notBefore(x), KIT_NOW);
	ASN1_TIME_set(X509_getm_notAfter(x), KIT_NOW + KIT_DAY);
	tap_ok(X509_set_pubkey(x, key) == 1);
	tap_ok(X509_sign(x, key, md) > 0);
	n = i2d_X509(x, der);
	X509_free(x);
	EVP_PKEY_free(key);
	return n < 0 ? 0 : (size_t)n;
}

static void
keys_of_all_kinds(void)
{
	static const struct {
		const char *type;
		bool md;
	} kinds[] = {
	    {"EC", true}, {"RSA", true}, {"ED25519", false}, {"ED448", false}};
	size_t i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sc_cert *c = NULL;
		uint8_t *der;

		n = self_signed(
		    kinds[i].type, kinds[i].md ? EVP_sha256() : NULL, &der);
		if (tap_int(parse(der, n, &c), 0)) {
			EVP_PKEY *key = X509_get0_pubkey(sc_cert_x509(c));

			tap_ok(
			    key != NULL && EVP_PKEY_is_a(key, kinds[i].type));
			tap_int(X509_verify(sc_cert_x509(c), key), 1);
		}
		sc_cert_free(c);
		OPENSSL_free(der);
	}
}

TAP_MAIN(TAP_TEST(what_was_built_is_read),
    TAP_NAMED("C2 trailing bytes", trailing_bytes),
    TAP_NAMED("C2 indefinite length", indefinite_length),
    TAP_NAMED("C17 extensions twice, NUL in names, bad dates", odd_contents),
    TAP_NAMED("C16 negative serial numbers", serials), TAP_TEST(decimal),
    TAP_TEST(keys_of_all_kinds), TAP_TEST(bundles), TAP_TEST(pem_form),
    TAP_TEST(damaged))
