/* Distinguished names: order, string types, sets (RFC 5280 4.1.2.4). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/name.h"
#include "tap.h"

static void
check(struct sc_name *n, const char *want, size_t len)
{
	struct sc_error e = SC_ERROR_INIT;
	uint8_t *der = NULL;
	size_t got = 0;

	tap_int(sc_name_to_der(n, &der, &got, &e), 0);
	tap_mem(der, got, want, len);
	free(der);
	sc_name_clear(n);
}
#define CHECK(n, want) check(n, want, sizeof(want) - 1)

static void
empty(void)
{
	struct sc_name n = {0};

	CHECK(&n, "\x30\x00");
	n.common_name = sc_strdup("");
	CHECK(&n, "\x30\x00");
}

#define RDN(at, tag, len2, len1, len0, v)                                      \
	"\x31" len2 "\x30" len1 "\x06\x03\x55\x04" at tag len0 v

static void
order(void)
{
	struct sc_name n = {0};

	n.serial_number = sc_strdup("9");
	n.common_name = sc_strdup("n");
	(void)sc_strlist_add(&n.postal_code, "p");
	(void)sc_strlist_add(&n.street_address, "s");
	(void)sc_strlist_add(&n.province, "t");
	(void)sc_strlist_add(&n.locality, "l");
	(void)sc_strlist_add(&n.organizational_unit, "u");
	(void)sc_strlist_add(&n.organization, "o");
	(void)sc_strlist_add(&n.country, "DE");
	/* clang-format off */
	CHECK(&n, "\x30\x6d"
	    RDN("\x06", "\x13", "\x0b", "\x09", "\x02", "DE")
	    RDN("\x0a", "\x13", "\x0a", "\x08", "\x01", "o")
	    RDN("\x0b", "\x13", "\x0a", "\x08", "\x01", "u")
	    RDN("\x07", "\x13", "\x0a", "\x08", "\x01", "l")
	    RDN("\x08", "\x13", "\x0a", "\x08", "\x01", "t")
	    RDN("\x09", "\x13", "\x0a", "\x08", "\x01", "s")
	    RDN("\x11", "\x13", "\x0a", "\x08", "\x01", "p")
	    RDN("\x03", "\x13", "\x0a", "\x08", "\x01", "n")
	    RDN("\x05", "\x13", "\x0a", "\x08", "\x01", "9"));
	/* clang-format on */
}

/* PrintableString when every character allows it, else UTF8String. */
static void
string_types(void)
{
	static const char *const utf8[] = {
	    "@", "_", "*", "&", "\xc3\xbc", "a;", "\"", "<", "\n", NULL};
	static const char printable[] = "Az09 '()+,-./:=?";
	struct sc_name n = {0};
	uint8_t *der;
	size_t i, len;

	for (i = 0; utf8[i] != NULL; i++) {
		n.common_name = sc_strdup(utf8[i]);
		tap_context("%s", utf8[i]);
		tap_int(sc_name_to_der(&n, &der, &len, NULL), 0);
		tap_int(der[11], 0x0c);
		free(der);
		sc_name_clear(&n);
	}
	tap_context("%s", "");
	n.common_name = sc_strdup(printable);
	tap_int(sc_name_to_der(&n, &der, &len, NULL), 0);
	tap_int(der[11], 0x13);
	free(der);
	sc_name_clear(&n);
}

/* A SET OF is in the order of its encodings, not of its input. */
static void
values_of_one_attribute(void)
{
	struct sc_name n = {0};

	(void)sc_strlist_add(&n.organization, "bb");
	(void)sc_strlist_add(&n.organization, "b");
	(void)sc_strlist_add(&n.organization, "a");
	CHECK(&n,
	    "\x30\x21\x31\x1f"
	    "\x30\x08\x06\x03\x55\x04\x0a\x13\x01"
	    "a"
	    "\x30\x08\x06\x03\x55\x04\x0a\x13\x01"
	    "b"
	    "\x30\x09\x06\x03\x55\x04\x0a\x13\x02"
	    "bb");
}

static void
refused(void)
{
	struct sc_name n = {0};
	struct sc_error e = SC_ERROR_INIT;
	uint8_t *der = NULL;
	size_t len;

	n.common_name = sc_strdup("\xff\xfe");
	tap_ok(sc_name_to_der(&n, &der, &len, &e) != 0);
	tap_ok(der == NULL);
	free(n.common_name);
	n.common_name = malloc(100001);
	tap_need(n.common_name != NULL);
	memset(n.common_name, 'a', 100000);
	n.common_name[100000] = '\0';
	tap_int(sc_name_to_der(&n, &der, &len, &e), SC_ERR_TOO_LARGE);
	tap_ok(der == NULL);
	sc_name_clear(&n);
}

TAP_MAIN(TAP_TEST(empty), TAP_TEST(order), TAP_TEST(string_types),
    TAP_TEST(values_of_one_attribute), TAP_TEST(refused))
