#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "tap.h"

/* RFC 4648 section 10. */
static const struct {
	const char *plain, *padded, *raw;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "+//+", "+//+"},
};

static void
both_ways(enum sc_b64 v, const char *plain, const char *text)
{
	struct sc_buf *b = sc_buf_new(100);
	uint8_t *p;
	size_t n;
	char *s;

	tap_context("variant %d \"%s\"", (int)v, text);
	s = sc_b64_encode(v, plain, strlen(plain));
	tap_str(s, text);
	free(s);
	tap_int(sc_b64_put(b, v, plain, strlen(plain)), 0);
	tap_str(sc_buf_str(b), text);
	sc_buf_free(b);
	tap_int(sc_b64_decode(v, text, strlen(text), &p, &n), 0);
	tap_mem(p, n, plain, strlen(plain));
	free(p);
}

static void
rfc4648_vectors(void)
{
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		both_ways(SC_B64_STD, vectors[i].plain, vectors[i].padded);
		both_ways(SC_B64_STD_RAW, vectors[i].plain, vectors[i].raw);
		if (strchr(vectors[i].raw, '+') != NULL)
			continue;
		both_ways(SC_B64_URL_PAD, vectors[i].plain, vectors[i].padded);
		both_ways(SC_B64_URL, vectors[i].plain, vectors[i].raw);
	}
	both_ways(SC_B64_URL, "\xfb\xff\xfe", "-__-");
	both_ways(SC_B64_URL_PAD, "\xfb\xff\xfe", "-__-");
}

static void
refuses(enum sc_b64 v, const char *s, size_t len)
{
	uint8_t *p = (uint8_t *)1;
	size_t n = 9;

	tap_context("variant %d \"%.*s\"", (int)v, (int)len, s);
	tap_int(sc_b64_decode(v, s, len, &p, &n), SC_ERR_MALFORMED);
	tap_ok(p == NULL);
	tap_int(n, 0);
}

/* One token has one spelling. */
static void
decoders_are_canonical(void)
{
	static const char *const raw[] = {"A", "AAAAA", "Zg=", "Zg==", "Zh",
	    "Zm9=", "Zm9", "Z g", "Zg\n", "Zm\n9v", "Zm9v=", "====", "=",
	    "Zg==Zg", "Zm9v\xc3\xa9"};
	static const char *const padded[] = {"A", "Zg",
	    "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "Zg==\n",
	    "Zm8=Zm8=", "=Zm8", "Zg== ", "Zm9v===="};
	size_t i;

	for (i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		refuses(SC_B64_STD_RAW, raw[i], strlen(raw[i]));
		refuses(SC_B64_URL, raw[i], strlen(raw[i]));
	}
	for (i = 0; i < sizeof(padded) / sizeof(padded[0]); i++) {
		refuses(SC_B64_STD, padded[i], strlen(padded[i]));
		refuses(SC_B64_URL_PAD, padded[i], strlen(padded[i]));
	}
	refuses(SC_B64_URL, "+//+", 4);
	refuses(SC_B64_STD, "-__-", 4);
	refuses(SC_B64_URL, "Zm\0v", 4);
}

/* Exactly one of the 64 last characters decodes to a given byte. */
static void
one_spelling_per_value(void)
{
	static const char a[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i, ok = 0, n;
	uint8_t *p;
	char s[2] = {'Z', 0};

	for (i = 0; i < 64; i++) {
		s[1] = a[i];
		if (sc_b64_decode(SC_B64_URL, s, 2, &p, &n) == 0) {
			ok++;
			free(p);
		}
	}
	tap_int(ok, 4);
}

static void
every_byte_survives(void)
{
	uint8_t all[257], *p;
	size_t len, i, n;
	char *s;
	int v;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (v = SC_B64_STD; v <= SC_B64_URL_PAD; v++) {
		for (len = 250; len <= sizeof(all); len++) {
			s = sc_b64_encode((enum sc_b64)v, all, len);
			tap_need(s != NULL);
			tap_int(
			    sc_b64_decode((enum sc_b64)v, s, strlen(s), &p, &n),
			    0);
			tap_mem(p, n, all, len);
			free(p);
			free(s);
		}
	}
}

static void
put_respects_the_buffer(void)
{
	struct sc_buf *b = sc_buf_new(3);

	tap_int(sc_b64_put(b, SC_B64_STD, "f", 1), SC_ERR_TOO_LARGE);
	tap_int(sc_buf_len(b), 0);
	sc_buf_free(b);
	tap_int(sc_b64_put(NULL, SC_B64_STD, "f", 1), SC_ERR_NOMEM);
}

static void
hex(void)
{
	static const char *const bad[] = {
	    "0", "0g", "g0", " 0", "0x00", "00 ", "0\n"};
	uint8_t *p;
	size_t n, i;
	char *s;

	s = sc_hex_encode("\x00\x01\xab\xff", 4);
	tap_str(s, "0001abff");
	free(s);
	s = sc_hex_encode("", 0);
	tap_str(s, "");
	free(s);
	tap_int(sc_hex_decode("0001aBfF", 8, &p, &n), 0);
	tap_mem(p, n, "\x00\x01\xab\xff", 4);
	free(p);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		tap_int(sc_hex_decode(bad[i], strlen(bad[i]), &p, &n),
		    SC_ERR_MALFORMED);
		tap_ok(p == NULL);
	}
	tap_int(sc_hex_digit('F'), 15);
	tap_int(sc_hex_digit('G'), -1);
	tap_int(sc_hex_digit('\0'), -1);
}

TAP_MAIN(TAP_TEST(rfc4648_vectors), TAP_TEST(decoders_are_canonical),
    TAP_TEST(one_spelling_per_value), TAP_TEST(every_byte_survives),
    TAP_TEST(put_respects_the_buffer), TAP_TEST(hex))
