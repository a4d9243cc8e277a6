/* Serial numbers: new ones, and as people write them (rows C16, R12). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/serial.h"
#include "tap.h"

/* The decimal text of what is read; NULL wants a refusal. */
static void
reads(const char *text, const char *decimal)
{
	uint8_t v[SC_SERIAL_OCTETS];
	char *got = NULL;
	size_t n = 77;
	int r = sc_serial_parse(text, v, &n);

	tap_context("\"%.60s\"", text);
	if (decimal == NULL) {
		tap_int(r, SC_ERR_MALFORMED);
		tap_int(n, 0);
	} else if (tap_int(r, 0)) {
		tap_ok(n > 0 && n <= sizeof(v) && v[0] != 0);
		got = sc_serial_decimal(v, n);
		tap_str(got, decimal);
	}
	free(got);
	tap_context("%s", "");
}

static void
accepted(void)
{
	reads("1", "1");
	reads("255", "255");
	reads("256", "256");
	reads("0x1F", "31");
	reads("0X1f", "31");
	reads("0o17", "15");
	reads("0O17", "15");
	reads("0b101", "5");
	reads("0B101", "5");
	reads("+42", "42");
	reads("1_000", "1000");
	reads("0x_ff", "255");
	reads("340282366920938463463374607431768211455",
	    "340282366920938463463374607431768211455");
	reads("0xffffffffffffffffffffffffffffffff",
	    "340282366920938463463374607431768211455");
	reads(
	    "0x00000000000000000000000000000000000000000000000000000001", "1");
}

static void
octal(void)
{
	reads("017", "15");
	reads("0_17", "15");
	reads("00017", "15");
	reads("018", NULL);
}

static void
refused(void)
{
	static const char *const bad[] = {"", " ", "0", "00", "0x", "0x0", "-1",
	    "-0x1", "--1", "+-1", "+", "1 ", " 1", "1.0", "1e3", "abc", "ff",
	    "0xfg", "0b2", "0o8", "_1", "1_", "1__0", "0x1_", "0x__1", "1:2",
	    "0b", "12\n", "\xc3\xa9", "0x-1", "1,000"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		reads(bad[i], NULL);
}

static void
twenty_octets(void)
{
	char text[512];

	reads("0xffffffffffffffffffffffffffffffffffffffff",
	    "1461501637330902918203684832716283019655932542975");
	reads("1461501637330902918203684832716283019655932542975",
	    "1461501637330902918203684832716283019655932542975");
	reads("1461501637330902918203684832716283019655932542976", NULL);
	reads("0x10000000000000000000000000000000000000000", NULL);
	memset(text, '9', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	reads(text, NULL);
}

/* --- new ones ------------------------------------------------------------ */

#define MANY 100000

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, SC_SERIAL_RANDOM);
}

static void
many_random(void)
{
	uint8_t(*all)[SC_SERIAL_RANDOM] = calloc(MANY, SC_SERIAL_RANDOM);
	unsigned set[8 * SC_SERIAL_RANDOM] = {0}, bad = 0;
	uint8_t v[SC_SERIAL_RANDOM];
	size_t i, k, n;

	tap_need(all != NULL);
	for (i = 0; i < MANY; i++) {
		bad += sc_serial_random(v, &n) != 0 || n < 8 || n > sizeof(v) ||
		    v[0] == 0;
		memcpy(all[i] + sizeof(v) - n, v, n);
		for (k = 0; k < 8 * sizeof(v); k++)
			set[k] += all[i][k / 8] >> (7 - k % 8) & 1;
	}
	tap_int(bad, 0);
	/* Twelve standard deviations: every bit is random. */
	for (k = 0; k < 8 * sizeof(v); k++)
		if (set[k] < MANY * 48 / 100 || set[k] > MANY * 52 / 100)
			tap_fail("bit %zu is set %u times", k, set[k]);
	qsort(all, MANY, sizeof(v), compare);
	for (i = 1; i < MANY; i++)
		bad += memcmp(all[i - 1], all[i], sizeof(v)) == 0;
	tap_int(bad, 0);
	free(all);
}

TAP_MAIN(TAP_TEST(accepted), TAP_NAMED("R12 leading zeros are octal", octal),
    TAP_NAMED("R12 negative, zero, empty, malformed", refused),
    TAP_NAMED("R12 huge: at most 20 octets", twenty_octets),
    TAP_NAMED("C16 100,000 new ones", many_random))
