#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tap.h"

static void
array_overflow(void)
{
	void *p;

	tap_ok(sc_reallocarray(NULL, SIZE_MAX / 2, 3) == NULL);
	p = sc_reallocarray(NULL, 3, 4);
	tap_ok(p != NULL);
	sc_freezero(p, 12);
	sc_freezero(NULL, 5);
	sc_free_secret(NULL);
}

static void
wipes(void)
{
	char s[] = "secret";

	sc_wipe(s, 3);
	tap_mem(s, 6, "\0\0\0ret", 6);
	sc_wipe(NULL, 0);
}

static void
copies(void)
{
	char *s;

	tap_ok(sc_strdup(NULL) == NULL);
	tap_ok(sc_strndup(NULL, 3) == NULL);
	s = sc_strndup("abcdef", 3);
	tap_str(s, "abc");
	sc_free_secret(s);
	s = sc_asprintf("%s-%d", "a", 7);
	tap_str(s, "a-7");
	free(s);
}

static void
constant_time_equality(void)
{
	unsigned char a[32], b[32];
	size_t i;

	memset(a, 0x5a, sizeof(a));
	memcpy(b, a, sizeof(b));
	tap_ok(sc_eq_ct(a, b, sizeof(a)));
	tap_ok(sc_eq_ct(a, b, 0));
	for (i = 0; i < sizeof(a); i++) {
		b[i] ^= 1;
		tap_ok(!sc_eq_ct(a, b, sizeof(a)));
		b[i] ^= 0x81;
		tap_ok(!sc_eq_ct(a, b, sizeof(a)));
		b[i] = a[i];
	}
}

static void
string_equality(void)
{
	tap_ok(sc_streq(NULL, NULL));
	tap_ok(!sc_streq(NULL, ""));
	tap_ok(!sc_streq("", NULL));
	tap_ok(sc_streq("a", "a"));
	tap_ok(!sc_streq("a", "A"));
	tap_ok(sc_strcaseeq("aZ[", "Az["));
	tap_ok(!sc_strcaseeq("a", "ab"));
	tap_ok(!sc_strcaseeq("ab", "a"));
	/* '[' and '{' differ by the bit that letters differ by. */
	tap_ok(!sc_strcaseeq("[", "{"));
	tap_ok(!sc_strcaseeq("k", "\xe2\x84\xaa")); /* Kelvin sign */
	tap_ok(sc_strcaseeq(NULL, NULL));
	tap_ok(!sc_strcaseeq(NULL, "x"));
}

static void
affixes(void)
{
	tap_ok(sc_has_prefix("abc", "ab"));
	tap_ok(sc_has_prefix("abc", ""));
	tap_ok(!sc_has_prefix("a", "ab"));
	tap_ok(sc_has_suffix("abc", "bc"));
	tap_ok(sc_has_suffix("abc", ""));
	tap_ok(!sc_has_suffix("c", "bc"));
	tap_ok(!sc_has_suffix("abd", "bc"));
}

static void
numbers(void)
{
	static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "0x1",
	    "1a", "--1", "1.0", "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999999", "11", "-11"};
	int64_t v = 77;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		tap_int(sc_strtonum(bad[i], -10, 10, &v), SC_ERR_MALFORMED);
		tap_int(v, 77);
	}
	tap_context("%s", "");
	tap_int(sc_strtonum(NULL, 0, 1, &v), SC_ERR_MALFORMED);
	tap_int(sc_strtonum("10", -10, 10, &v), 0);
	tap_int(v, 10);
	tap_int(sc_strtonum("-10", -10, 10, &v), 0);
	tap_int(v, -10);
	tap_int(
	    sc_strtonum("9223372036854775807", INT64_MIN, INT64_MAX, &v), 0);
	tap_int(v, INT64_MAX);
	tap_int(
	    sc_strtonum("-9223372036854775808", INT64_MIN, INT64_MAX, &v), 0);
	tap_int(v, INT64_MIN);
	tap_int(sc_strtonum("9223372036854775808", INT64_MIN, INT64_MAX, &v),
	    SC_ERR_MALFORMED);
}

static void
utf8(void)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	/* Overlong, surrogate, beyond U+10FFFF, cut, stray. */
	static const char *const bad[] = {"\xc0\x80", "\xc1\xbf",
	    "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\x80", "\xc2",
	    "\xe2\x82", "\xf0\x9f\x98", "\xe2\x28\xa1", "\xe2\x82\x28",
	    "ab\xc3"};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tap_context("good %zu", i);
		tap_ok(sc_utf8_valid(good[i], strlen(good[i])));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("bad %zu", i);
		tap_ok(!sc_utf8_valid(bad[i], strlen(bad[i])));
	}
	tap_context("%s", "");
	tap_ok(sc_utf8_valid("a\0b", 3));
	tap_int(sc_utf8_sequence("\xe2\x82\xac!", 4), 3);
	tap_int(sc_utf8_sequence("\xe2\x82\xac", 2), 0);
	tap_int(sc_utf8_sequence("", 0), 0);
}

static void
cleaned(void)
{
	char s[] = "a\033[2J\n\tb\x7f \xc2\x9b \xe2\x82\xac \xff";

	sc_text_clean(s);
	tap_str(s, "a?[2J??b? ?? \xe2\x82\xac ?");
}

static void
lists(void)
{
	struct sc_strlist l = {NULL, 0};
	char s[16];
	int i;

	tap_ok(!sc_strlist_has(&l, "0"));
	for (i = 0; i < 100; i++) {
		(void)snprintf(s, sizeof(s), "%d", i);
		tap_int(sc_strlist_add(&l, s), 0);
	}
	tap_int(l.n, 100);
	tap_str(l.v[0], "0");
	tap_str(l.v[99], "99");
	tap_ok(sc_strlist_has(&l, "42"));
	tap_ok(!sc_strlist_has(&l, "100"));
	tap_int(sc_strlist_add(&l, NULL), SC_ERR_NOMEM);
	sc_strlist_clear(&l);
	tap_int(l.n, 0);
	tap_int(sc_strlist_add(&l, "x"), 0);
	sc_strlist_clear(&l);
}

TAP_MAIN(TAP_TEST(array_overflow), TAP_TEST(wipes), TAP_TEST(copies),
    TAP_TEST(constant_time_equality), TAP_TEST(string_equality),
    TAP_TEST(affixes), TAP_TEST(numbers), TAP_TEST(utf8), TAP_TEST(cleaned),
    TAP_TEST(lists))
