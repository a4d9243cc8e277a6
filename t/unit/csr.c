/* Certification requests: reading, refusing, making (rows C1 to C3, C17). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "crypto/der.h"
#include "crypto/general_names.h"
#include "crypto/name.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

#define OID_SAN "2.5.29.17"

static struct sc_error e;

/* Parse what kit_csr makes of c. */
static int
parse(const struct kit_csr *c, struct sc_csr **out)
{
	size_t n = 0;
	uint8_t *der = kit_csr(c, &n);
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	*out = NULL;
	if (der == NULL)
		return SC_ERR_INTERNAL;
	r = sc_csr_parse_der(der, n, out, &e);
	tap_ok((r == 0) == (*out != NULL));
	free(der);
	return r;
}

/* Parsing or verifying must fail, with this in the message. */
static void
refused(const struct kit_csr *c, const char *part)
{
	struct sc_csr *csr;
	int r = parse(c, &csr);

	if (r == 0)
		r = sc_csr_verify(csr, &e);
	tap_int(r, SC_ERR_MALFORMED);
	tap_has(e.msg, part);
	sc_csr_free(csr);
}

static struct sc_buf *
san_value(const char *names)
{
	struct sc_buf *v = sc_buf_new(65536), *x = sc_buf_new(65536);

	(void)sc_buf_puts(x, names);
	sc_der_put_buf(v, SC_DER_SEQUENCE, x);
	return v;
}

static void
every_kind_of_key(void)
{
	struct sc_name subject = {0};
	struct sc_sans sans = {0};
	struct sc_csr *c;
	char *pem;
	int i;

	subject.common_name = sc_strdup("svc.example.com");
	(void)sc_sans_add_auto(&sans, "10.0.0.1", NULL);
	(void)sc_sans_add_auto(&sans, "svc.example.com", NULL);
	for (i = 0; i < KIT_KINDS; i++) {
		tap_context("kind %d", i);
		tap_need(tap_int(
		    sc_csr_create(&subject, &sans, kit_key(i), &pem, &e), 0));
		tap_has(pem, "-----BEGIN CERTIFICATE REQUEST-----\n");
		tap_need(
		    tap_int(sc_csr_parse_pem(pem, strlen(pem), &c, &e), 0));
		tap_int(sc_csr_verify(c, &e), 0);
		tap_str(c->common_name, "svc.example.com");
		tap_int(c->common_names, 1);
		tap_int(c->sans.n, 2);
		tap_str(c->sans.v[0].value, "svc.example.com");
		tap_ok(sc_key_same_public(c->key, kit_key(i)));
		tap_ok(!sc_key_is_private(c->key));
		sc_csr_free(c);
		free(pem);
	}
	tap_context("%s", "");
	sc_sans_clear(&sans);
	sc_name_clear(&subject);
}

static void
needs_a_private_key(void)
{
	struct sc_key *public;
	uint8_t *spki;
	size_t n;
	char *pem;

	tap_int(sc_key_to_spki(kit_key(KIT_P256), &spki, &n), 0);
	tap_int(sc_key_from_spki(spki, n, &public, NULL), 0);
	tap_ok(sc_csr_create(NULL, NULL, public, &pem, &e) != 0);
	tap_ok(pem == NULL);
	sc_key_free(public);
	free(spki);
}

static void
empty_subject(void)
{
	struct sc_sans sans = {0};
	struct sc_csr *c;
	char *pem;

	(void)sc_sans_add_auto(&sans, "a", NULL);
	tap_int(sc_csr_create(NULL, &sans, kit_key(KIT_P256), &pem, &e), 0);
	tap_need(tap_int(sc_csr_parse_pem(pem, strlen(pem), &c, &e), 0));
	tap_str(c->common_name, "");
	tap_int(c->common_names, 0);
	/* critical when nothing else names the subject */
	tap_ok(kit_contains(
	    c->der, c->der_len, "\x06\x03\x55\x1d\x11\x01\x01\xff\x04", 9));
	sc_csr_free(c);
	free(pem);
	sc_sans_clear(&sans);
}

/* --- C1 --------------------------------------------------------------- */

static void
signed_by_another_key(void)
{
	struct kit_csr c = {.cn = "a"};
	int i;

	for (i = 0; i < KIT_KINDS; i++) {
		c.key = kit_key(i);
		c.signer = kit_other_key(i);
		refused(&c, "signature does not verify");
	}
	/* the algorithm of another kind of key */
	c.key = kit_key(KIT_P256);
	c.signer = kit_key(KIT_RSA);
	refused(&c, "signature does not verify");
}

static void
weak_digests(void)
{
	static const char *const algs[] = {
	    "300d06092a864886f70d0101040500", /* md5WithRSA */
	    "300d06092a864886f70d0101050500", /* sha1WithRSA */
	    "300906072a8648ce3d0401", /* ecdsa-with-SHA1 */
	    "300d06092a864886f70d0101020500", /* md2WithRSA */
	    "3000", NULL};
	struct kit_csr c = {.cn = "a"};
	size_t i;

	for (i = 0; algs[i] != NULL; i++) {
		c.alg = algs[i];
		c.key = kit_key(i < 2 ? KIT_RSA : KIT_P256);
		refused(&c, "signature algorithm is not supported");
	}
	/* parameters where none may be, and none where NULL must be */
	c.key = kit_key(KIT_P256);
	c.alg = "300c06082a8648ce3d0403020500";
	refused(&c, "signature algorithm is not supported");
	c.key = kit_key(KIT_RSA);
	c.alg = "300b06092a864886f70d01010b";
	refused(&c, "signature algorithm is not supported");
}

static void
client_learns_nothing_of_the_reason(void)
{
	struct kit_csr c = {.cn = "a", .signer = kit_other_key(KIT_P256)};

	refused(&c, "");
	tap_str(e.client, "invalid csr");
}

/* --- C2 --------------------------------------------------------------- */

static void
versions(void)
{
	struct kit_csr c = {.cn = "a", .version = "\xff", .version_len = 1};

	refused(&c, "version");
	c.version = "\x01";
	refused(&c, "version");
	c.version = "\0\0";
	c.version_len = 2;
	refused(&c, "version");
}

static void
trailing_bytes(void)
{
	struct kit_csr c = {.cn = "a", .tail = "\x05\x00", .tail_len = 2};
	struct sc_csr *csr;
	uint8_t *der;
	size_t n;

	refused(&c, "not one PKCS #10");
	c.tail_len = 0;
	der = kit_csr(&c, &n);
	tap_need(der != NULL);
	/* sc_buf keeps a NUL behind: one byte too many */
	tap_int(sc_csr_parse_der(der, n + 1, &csr, &e), SC_ERR_MALFORMED);
	tap_int(sc_csr_parse_der(der, n - 1, &csr, &e), SC_ERR_MALFORMED);
	tap_int(sc_csr_parse_der(der, 0, &csr, &e), SC_ERR_MALFORMED);
	free(der);
}

/* 30 80 ... 00 00 around good contents. */
static void
indefinite_length(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_der all, in;
	struct sc_csr *csr;
	struct sc_buf *b = sc_buf_new(65536);
	uint8_t *der;
	size_t n;

	der = kit_csr(&c, &n);
	tap_need(der != NULL);
	all.p = der;
	all.n = n;
	tap_ok(sc_der_get(&all, SC_DER_SEQUENCE, &in));
	(void)sc_buf_put(b, "\x30\x80", 2);
	(void)sc_buf_put(b, in.p, in.n);
	(void)sc_buf_put(b, "\0\0", 2);
	tap_int(sc_csr_parse_der(sc_buf_data(b), sc_buf_len(b), &csr, &e),
	    SC_ERR_MALFORMED);
	tap_ok(csr == NULL);
	sc_buf_free(b);
	free(der);
}

static int
parse_text(const char *before, const char *pem, const char *after)
{
	char *text = sc_asprintf("%s%s%s", before, pem, after);
	struct sc_csr *c = NULL;
	int r = sc_csr_parse_pem(text, strlen(text), &c, &e);

	sc_csr_free(c);
	free(text);
	return r;
}

static void
pem_around_it(void)
{
	struct kit_csr c = {.cn = "a"};
	char *pem, *wrong;
	uint8_t *der;
	size_t n;

	der = kit_csr(&c, &n);
	tap_need(der != NULL);
	tap_int(sc_der_to_pem("CERTIFICATE REQUEST", der, n, &pem), 0);
	tap_int(sc_der_to_pem("SOMETHING", der, n, &wrong), 0);
	tap_int(parse_text("", pem, ""), 0);
	tap_int(parse_text("junk\n", pem, "junk"), 0);
	/* the first block counts, whatever its label */
	tap_int(parse_text("", wrong, pem), 0);
	tap_int(
	    parse_text("-----BEGIN X-----\nAAAA\n-----END X-----\n", pem, ""),
	    SC_ERR_MALFORMED);
	pem[strlen(pem) - 10] = '\0';
	tap_int(parse_text("", pem, ""), SC_ERR_MALFORMED);
	tap_int(parse_text("", "", ""), SC_ERR_MALFORMED);
	free(pem);
	free(wrong);
	free(der);
}

static void
size_limit(void)
{
	struct kit_csr c = {0};
	struct sc_buf *ext = sc_buf_new(1024 * 1024);
	struct sc_csr *csr;
	uint8_t *der, *big = calloc(1, SC_MAX_CSR);
	size_t n;

	tap_need(big != NULL);
	kit_put_ext(ext, "1.2.3", -1, big, SC_MAX_CSR - 1000);
	c.extensions = ext;
	tap_int(parse(&c, &csr), 0);
	n = csr != NULL ? SC_MAX_CSR - csr->der_len : 0;
	sc_csr_free(csr);
	sc_buf_reset(ext);
	kit_put_ext(ext, "1.2.3", -1, big, SC_MAX_CSR - 1000 + n - 4);
	tap_int(parse(&c, &csr), 0);
	sc_csr_free(csr);
	sc_buf_reset(ext);
	kit_put_ext(ext, "1.2.3", -1, big, SC_MAX_CSR - 1000 + n + 4);
	der = kit_csr(&c, &n);
	tap_ok(n > SC_MAX_CSR);
	tap_int(sc_csr_parse_der(der, n, &csr, &e), SC_ERR_MALFORMED);
	tap_has(e.client, "larger than");
	free(der);
	sc_buf_free(ext);
	free(big);
}

/* --- subjects --------------------------------------------------------- */

static void
common_names(void)
{
	struct kit_csr c = {.cn = "last"};
	struct sc_buf *s = sc_buf_new(65536);
	struct sc_csr *csr;

	kit_put_rdn(s, 10, SC_DER_PRINTABLE, "Acme", 4);
	kit_put_rdn(s, 3, SC_DER_UTF8, "first", 5);
	c.subject = s;
	tap_int(parse(&c, &csr), 0);
	tap_need(csr != NULL);
	tap_str(csr->common_name, "last");
	tap_int(csr->common_names, 2);
	sc_csr_free(csr);
	sc_buf_free(s);
}

static void
bad_common_name(uint8_t tag, const char *value, size_t n)
{
	struct kit_csr c = {0};
	struct sc_buf *s = sc_buf_new(65536);

	kit_put_rdn(s, 3, tag, value, n);
	c.subject = s;
	refused(&c, "common name");
	sc_buf_free(s);
}

static void
tricky_common_names(void)
{
	char *longest = calloc(1, SC_MAX_CN + 1);
	struct kit_csr c = {0};
	struct sc_buf *s = sc_buf_new(65536);
	struct sc_csr *csr;

	tap_need(longest != NULL);
	memset(longest, 'a', SC_MAX_CN + 1);
	bad_common_name(SC_DER_UTF8, "a\0.evil", 7);
	bad_common_name(SC_DER_UTF8, "\xff\xfe", 2);
	bad_common_name(0x1e, "\0a\0b", 4); /* BMPString */
	bad_common_name(SC_DER_T61, "ab", 2);
	bad_common_name(SC_DER_UTF8, longest, SC_MAX_CN + 1);
	kit_put_rdn(s, 3, SC_DER_UTF8, longest, SC_MAX_CN);
	c.subject = s;
	tap_int(parse(&c, &csr), 0);
	sc_csr_free(csr);
	sc_buf_free(s);
	free(longest);
}

static void
broken_subjects(void)
{
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
	    {"\x31\x00", 2}, /* empty set */
	    {"\x30\x00", 2}, /* no set */
	    {"\x31\x02\x30\x00", 4}, /* empty attribute */
	    {"\x31\x05\x30\x03\x06\x01\x2a", 7}, /* no value */
	};
	struct kit_csr c = {0};
	struct sc_buf *s = sc_buf_new(64);
	size_t i;

	c.subject = s;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sc_buf_reset(s);
		(void)sc_buf_put(s, bad[i].p, bad[i].n);
		refused(&c, "bad subject");
	}
	sc_buf_free(s);
}

/* --- extensions ------------------------------------------------------- */

static void
what_else_is_asked_for(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536),
		      *v = san_value("\x82\x01"
				     "b");
	struct sc_csr *csr;

	/* basicConstraints CA:TRUE, keyCertSign, EKU any, nameConstraints */
	kit_put_ext(x, "2.5.29.19", 1, "\x30\x03\x01\x01\xff", 5);
	kit_put_ext(x, "2.5.29.15", 1, "\x03\x02\x02\x04", 4);
	kit_put_ext(x, "2.5.29.37", -1, "\x30\x06\x06\x04\x55\x1d\x25\x00", 8);
	kit_put_ext(x, "2.5.29.30", 1, "\x30\x00", 2);
	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	c.extensions = x;
	/* struct sc_csr has no place for any of them */
	tap_int(parse(&c, &csr), 0);
	tap_need(csr != NULL);
	tap_int(csr->sans.n, 1);
	tap_int(sc_csr_verify(csr, &e), 0);
	sc_csr_free(csr);
	sc_buf_free(v);
	sc_buf_free(x);
}

static void
other_names_are_counted(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536);
	struct sc_buf *v = san_value("\xa4\x02\x30\x01"
				     "\x82\x01"
				     "b");
	struct sc_csr *csr;

	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	c.extensions = x;
	tap_int(parse(&c, &csr), 0);
	tap_need(csr != NULL);
	tap_int(csr->sans.n, 1);
	tap_int(csr->other_sans, 1);
	sc_csr_free(csr);
	sc_buf_free(v);
	sc_buf_free(x);
}

static void
extensions_twice(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536),
		      *v = san_value("\x82\x01"
				     "b");

	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	c.extensions = x;
	refused(&c, "duplicate extension");
	sc_buf_reset(x);
	kit_put_ext(x, "1.2.3", -1, "", 0);
	kit_put_ext(x, "1.2.4", -1, "", 0);
	kit_put_ext(x, "1.2.3", -1, "", 0);
	refused(&c, "duplicate extension");
	sc_buf_free(v);
	sc_buf_free(x);
}

static void
two_extension_requests(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(64), *attr = sc_buf_new(64);
	struct sc_buf *attrs = sc_buf_new(64);

	(void)sc_der_put_oid(attr, "1.2.840.113549.1.9.14");
	sc_der_put(attr, SC_DER_SET, "\x30\x00", 2);
	sc_der_put_buf(attrs, SC_DER_SEQUENCE, attr);
	c.extensions = x;
	c.attributes = attrs;
	refused(&c, "two extension requests");
	sc_buf_free(x);
	sc_buf_free(attrs);
}

static void
critical_extensions(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536);
	struct sc_csr *csr;

	c.extensions = x;
	kit_put_ext(x, "1.3.6.1.4.1.1.1", 1, "\x05\x00", 2);
	refused(&c, "unknown critical extension");
	sc_buf_reset(x);
	kit_put_ext(x, "1.3.6.1.4.1.1.1", -1, "\x05\x00", 2);
	tap_int(parse(&c, &csr), 0);
	sc_csr_free(csr);
	/* DER leaves a default out */
	sc_buf_reset(x);
	kit_put_ext(x, "1.3.6.1.4.1.1.1", 0, "\x05\x00", 2);
	refused(&c, "bad extension");
	sc_buf_free(x);
}

static void
odd_extensions(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536);
	struct sc_csr *csr;

	c.extensions = x;
	/* empty EKU, empty SAN */
	kit_put_ext(x, "2.5.29.37", -1, "\x30\x00", 2);
	kit_put_ext(x, OID_SAN, -1, "\x30\x00", 2);
	tap_int(parse(&c, &csr), 0);
	tap_ok(csr != NULL && csr->sans.n == 0);
	sc_csr_free(csr);
	sc_buf_reset(x);
	kit_put_ext(x, OID_SAN, -1, "", 0);
	refused(&c, "alternative names");
	/* OID of no octets */
	sc_buf_reset(x);
	(void)sc_buf_put(x, "\x30\x04\x06\x00\x04\x00", 6);
	refused(&c, "bad extension");
	sc_buf_free(x);
}

static void
too_many_names(void)
{
	struct kit_csr c = {.cn = "a"};
	struct sc_buf *x = sc_buf_new(65536), *list = sc_buf_new(65536);
	struct sc_buf *v = sc_buf_new(65536);
	struct sc_csr *csr;
	int i;

	for (i = 0; i < SC_MAX_SANS; i++)
		sc_der_put(list, SC_DER_CONTEXT(2), "a", 1);
	sc_der_put(v, SC_DER_SEQUENCE, sc_buf_data(list), sc_buf_len(list));
	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	c.extensions = x;
	tap_int(parse(&c, &csr), 0);
	sc_csr_free(csr);
	sc_der_put(list, SC_DER_CONTEXT(2), "a", 1);
	sc_buf_reset(v);
	sc_buf_reset(x);
	sc_der_put_buf(v, SC_DER_SEQUENCE, list);
	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	refused(&c, "names");
	sc_buf_free(v);
	sc_buf_free(x);
}

/* --- C18 -------------------------------------------------------------- */

static void
secrets_stay_out_of_messages(void)
{
	struct kit_csr c = {.cn = "a", .signer = kit_other_key(KIT_P256)};
	struct sc_buf *attr = sc_buf_new(64), *set = sc_buf_new(64);
	struct sc_buf *attrs = sc_buf_new(64);

	(void)sc_der_put_oid(attr, "1.2.840.113549.1.9.7");
	sc_der_put(set, SC_DER_UTF8, "hunter2", 7);
	sc_der_put_buf(attr, SC_DER_SET, set);
	sc_der_put_buf(attrs, SC_DER_SEQUENCE, attr);
	c.attributes = attrs;
	refused(&c, "");
	tap_ok(strstr(e.msg, "hunter2") == NULL);
	tap_ok(strstr(e.client, "hunter2") == NULL);
	sc_buf_free(attrs);
}

/* --- damage ----------------------------------------------------------- */

static bool
accepted(const uint8_t *p, size_t n, void *arg)
{
	struct sc_csr *c = NULL;
	bool yes;

	(void)arg;
	yes = sc_csr_parse_der(p, n, &c, NULL) == 0 &&
	    sc_csr_verify(c, NULL) == 0;
	sc_csr_free(c);
	return yes;
}

static void
damaged(void)
{
	static const enum kit_kind kinds[] = {KIT_P256, KIT_RSA, KIT_ED25519};
	struct kit_csr c = {.cn = "svc.example.com"};
	struct sc_buf *x = sc_buf_new(65536);
	struct sc_buf *v = san_value("\x82\x01"
				     "b\x87\x04\x01\x02\x03\x04\x81\x03"
				     "a@b\x86\x03x:y");
	size_t i, n, cases;
	uint8_t *der;

	kit_put_ext(x, OID_SAN, -1, sc_buf_data(v), sc_buf_len(v));
	c.extensions = x;
	for (i = 0; i < 3; i++) {
		c.key = kit_key(kinds[i]);
		der = kit_csr(&c, &n);
		tap_need(der != NULL);
		tap_ok(accepted(der, n, NULL));
		tap_int(
		    mutate(der, n, i == 1 ? 3 : 1, accepted, NULL, &cases), 0);
		tap_note("%zu damaged requests", cases);
		free(der);
	}
	sc_buf_free(v);
	sc_buf_free(x);
}

TAP_MAIN(TAP_TEST(every_kind_of_key), TAP_TEST(needs_a_private_key),
    TAP_TEST(empty_subject),
    TAP_NAMED("C1 signed by another key", signed_by_another_key),
    TAP_NAMED("C1 MD5, SHA-1 and odd algorithms", weak_digests),
    TAP_NAMED(
	"C1 the client learns no reason", client_learns_nothing_of_the_reason),
    TAP_NAMED("C2 versions", versions),
    TAP_NAMED("C2 trailing bytes", trailing_bytes),
    TAP_NAMED("C2 indefinite length", indefinite_length),
    TAP_NAMED("C2 PEM: labels, junk, two blocks", pem_around_it),
    TAP_TEST(size_limit), TAP_TEST(common_names),
    TAP_NAMED("C10 tricky common names", tricky_common_names),
    TAP_TEST(broken_subjects),
    TAP_NAMED("C5 other extensions are not kept", what_else_is_asked_for),
    TAP_NAMED("C6 other kinds of names", other_names_are_counted),
    TAP_NAMED("C17 extensions twice", extensions_twice),
    TAP_NAMED("C17 two extension requests", two_extension_requests),
    TAP_NAMED("C17 critical extensions", critical_extensions),
    TAP_NAMED("C19 empty EKU, SAN, OID", odd_extensions),
    TAP_TEST(too_many_names),
    TAP_NAMED("C18 secrets", secrets_stay_out_of_messages), TAP_TEST(damaged))
