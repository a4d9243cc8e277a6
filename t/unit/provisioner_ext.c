/* The extension that tells which provisioner issued a certificate. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

/* x509.md's example: JWK, "admin", "abc". */
static const uint8_t example[] = {0x30, 0x0f, 0x02, 0x01, 0x01, 0x04, 0x05,
    0x61, 0x64, 0x6d, 0x69, 0x6e, 0x04, 0x03, 0x61, 0x62, 0x63};

static void
encode_and_parse(void)
{
	struct sc_provisioner_ext x;
	struct sc_error e = SC_ERROR_INIT;
	uint8_t *der;
	size_t n;

	tap_int(
	    sc_provisioner_ext_encode(1, "admin", "abc", NULL, &der, &n), 0);
	tap_mem(der, n, example, sizeof(example));
	tap_int(sc_provisioner_ext_parse(der, n, &x, &e), 0);
	tap_int(x.type, 1);
	tap_str(x.name, "admin");
	tap_str(x.credential_id, "abc");
	tap_int(x.pairs.n, 0);
	sc_provisioner_ext_clear(&x);
	free(der);
}

static void
empty_credential(void)
{
	struct sc_provisioner_ext x;
	uint8_t *der;
	size_t n;

	tap_int(sc_provisioner_ext_encode(6, "acme", "", NULL, &der, &n), 0);
	tap_mem(der, n,
	    "\x30\x0b\x02\x01\x06\x04\x04"
	    "acme\x04\x00",
	    13);
	tap_int(sc_provisioner_ext_parse(der, n, &x, NULL), 0);
	tap_str(x.credential_id, "");
	sc_provisioner_ext_clear(&x);
	free(der);
}

static void
encode_pairs(void)
{
	static char id[] = "InstanceID", value[] = "i-\xc3\xbc*";
	static char *texts[] = {id, value};
	static const struct sc_strlist two = {texts, 2}, none = {0};
	static const char want[] = "\x30\x1e\x02\x01\x04\x04\x01"
				   "a\x04\x01"
				   "1\x30\x13\x13\x0a"
				   "InstanceID\x0c\x05i-\xc3\xbc*";
	struct sc_provisioner_ext x;
	uint8_t *der;
	size_t n;

	tap_int(sc_provisioner_ext_encode(4, "a", "1", &two, &der, &n), 0);
	tap_mem(der, n, want, sizeof(want) - 1);
	tap_int(sc_provisioner_ext_parse(der, n, &x, NULL), 0);
	tap_need(tap_int(x.pairs.n, 2));
	tap_str(x.pairs.v[0], texts[0]);
	tap_str(x.pairs.v[1], texts[1]);
	sc_provisioner_ext_clear(&x);
	free(der);
	tap_int(
	    sc_provisioner_ext_encode(1, "admin", "abc", &none, &der, &n), 0);
	tap_mem(der, n, example, sizeof(example));
	free(der);
}

static void
pairs(void)
{
	static const char der[] = "\x30\x19\x02\x01\x04\x04\x01"
				  "a\x04\x03"
				  "123\x30\x0c\x13\x02"
				  "k1\x0c\x02\xc3\xbc\x13\x02"
				  "k2";
	struct sc_provisioner_ext x;
	struct sc_error e = SC_ERROR_INIT;

	tap_need(tap_int(sc_provisioner_ext_parse(
			     (const uint8_t *)der, sizeof(der) - 1, &x, &e),
	    0));
	tap_int(x.type, 4);
	tap_need(tap_int(x.pairs.n, 3));
	tap_str(x.pairs.v[0], "k1");
	tap_str(x.pairs.v[1], "\xc3\xbc");
	sc_provisioner_ext_clear(&x);
}

static void
malformed(void)
{
#define BAD(s)                                                                 \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
	    BAD(""),
	    BAD("\x30\x00"),
	    BAD("\x30\x03\x02\x01\x01"),
	    BAD("\x30\x05\x02\x01\x01\x04\x00"),
	    BAD("\x30\x07\x02\x01\x81\x04\x00\x04\x00"),
	    BAD("\x30\x08\x02\x01\x01\x04\x01\x00\x04\x00"),
	    BAD("\x30\x07\x02\x01\x01\x04\x00\x04\x00\x05\x00"),
	    BAD("\x30\x09\x02\x01\x01\x04\x00\x04\x00\x05\x00"),
	    BAD("\x30\x0b\x02\x01\x01\x04\x00\x04\x00\x30\x02\x05\x00"),
	    BAD("\x30\x0c\x02\x01\x01\x04\x00\x04\x00\x30\x03\x13\x01\x00"),
	};
	struct sc_provisioner_ext x;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("case %zu", i);
		tap_int(sc_provisioner_ext_parse(
			    (const uint8_t *)bad[i].p, bad[i].n, &x, NULL),
		    SC_ERR_MALFORMED);
		tap_ok(x.name == NULL);
	}
	tap_context("%s", "");
}

static void
in_a_certificate(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_provisioner_ext x;
	struct sc_cert_plan p;
	struct sc_cert *c;

	c = kit_leaf("a", kit_issuer(KIT_P256));
	tap_need(c != NULL);
	tap_int(sc_cert_provisioner_ext(c, &x, &e), SC_ERR_NOT_FOUND);
	sc_cert_free(c);
	kit_plan(&p, "a");
	tap_int(sc_cert_plan_add_ext(
		    &p, SC_OID_PROVISIONER, false, example, sizeof(example)),
	    0);
	tap_need(tap_int(
	    sc_cert_build(&p, kit_key(KIT_P256), kit_issuer(KIT_P256), &c, &e),
	    0));
	tap_int(sc_cert_provisioner_ext(c, &x, &e), 0);
	tap_str(x.name, "admin");
	sc_provisioner_ext_clear(&x);
	sc_cert_free(c);
	sc_cert_plan_clear(&p);
}

static bool
accepted(const uint8_t *p, size_t n, void *arg)
{
	struct sc_provisioner_ext x;

	(void)arg;
	if (sc_provisioner_ext_parse(p, n, &x, NULL) != 0)
		return false;
	sc_provisioner_ext_clear(&x);
	return true;
}

/* Other letters make another name: only that it comes back counts. */
static void
damaged(void)
{
	size_t cases;

	tap_ok(mutate(example, sizeof(example), 1, accepted, NULL, &cases) <
	    cases);
}

TAP_MAIN(TAP_TEST(encode_and_parse), TAP_TEST(empty_credential),
    TAP_TEST(encode_pairs), TAP_TEST(pairs), TAP_TEST(malformed),
    TAP_TEST(in_a_certificate), TAP_TEST(damaged))
