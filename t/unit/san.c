/* Typing, comparing and refusing names (rows C7 to C9). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/general_names.h"
#include "crypto/san.h"
#include "tap.h"

static struct sc_error e;

static void
typing(void)
{
	static const struct {
		const char *in;
		enum sc_san_type type;
		const char *value; /* NULL: as in */
	} rows[] = {
	    {"a.example.com", SC_SAN_DNS, NULL},
	    {"*.example.com", SC_SAN_DNS, NULL},
	    {"localhost", SC_SAN_DNS, NULL},
	    {"127.0.0.1", SC_SAN_IP, NULL},
	    {"::1", SC_SAN_IP, NULL},
	    {"2001:0DB8:0:0:0:0:0:1", SC_SAN_IP, "2001:db8::1"},
	    {"fe80::1%eth0", SC_SAN_URI, NULL},
	    {"[::1]", SC_SAN_DNS, NULL},
	    {"127.0.0.01", SC_SAN_DNS, NULL},
	    {"spiffe://x/y", SC_SAN_URI, NULL},
	    {"host:80", SC_SAN_URI, NULL},
	    {"mailto:a@b", SC_SAN_URI, NULL},
	    {"urn:uuid:1", SC_SAN_URI, NULL},
	    {"a@b.example", SC_SAN_EMAIL, NULL},
	};
	struct sc_sans s = {0};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap_context("%s", rows[i].in);
		tap_int(sc_sans_add_auto(&s, rows[i].in, &e), 0);
		tap_need(tap_int(s.n, i + 1));
		tap_str(sc_san_type_name(s.v[i].type),
		    sc_san_type_name(rows[i].type));
		tap_str(s.v[i].value,
		    rows[i].value != NULL ? rows[i].value : rows[i].in);
	}
	tap_context("%s", "");
	tap_int(sc_sans_add_auto(&s, "", &e), 0);
	tap_int(s.n, i);
	tap_int(sc_sans_add(&s, SC_SAN_IP, "x", &e), SC_ERR_MALFORMED);
	tap_int(s.n, i);
	sc_sans_clear(&s);
	tap_int(s.n, 0);
}

static void
limit(void)
{
	struct sc_sans s = {0};
	char name[32];
	int i;

	for (i = 0; i < SC_MAX_SANS; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		tap_int(sc_sans_add_auto(&s, name, &e), 0);
	}
	tap_int(sc_sans_add_auto(&s, "more", &e), SC_ERR_MALFORMED);
	tap_int(s.n, SC_MAX_SANS);
	sc_sans_clear(&s);
}

/* Each text by its type: 0, or refused. */
static void
verdict(enum sc_san_type type, const char *text, bool good)
{
	struct sc_san s = {type, strdup(text)};
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	r = sc_san_check(&s, &e);
	tap_context("%s \"%s\"", sc_san_type_name(type), text);
	if (good) {
		tap_int(r, 0);
	} else {
		tap_ok(r == SC_ERR_FORBIDDEN || r == SC_ERR_MALFORMED);
		tap_ok(e.client[0] != '\0');
	}
	tap_context("%s", "");
	free(s.value);
}

static void
verdicts(enum sc_san_type type, bool good, const char *const *list)
{
	for (; *list != NULL; list++)
		verdict(type, *list, good);
}

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
dns_names(void)
{
	static const char *const good[] = {"a", "localhost", "a.example.com",
	    "*.example.com", "xn--mnchen-3ya.de", "_sip._tcp.example.com",
	    "EXAMPLE.com", "1.example", "3com", L63 ".x", "a--b.c",
	    "0xbeer.example", NULL};
	static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "*",
	    "*.", "*.com", "*.*.x.y", "a.*.b", "a*.example.com",
	    "*a.example.com", "-a.b", "a-.b", "a b.c", "a\tb.c", "a\nb.c",
	    "a\x7f.b", "m\xc3\xbcnchen.de", "a\"b.c", "a\\b.c", "{{x}}.c",
	    "a/b.c", "a:80", "a@b.c", L63 "a.x", "10.0.0.1", "1.2", "127.1",
	    "0x7f000001", "a.0x7f", "[::1]", NULL};
	char name[256];

	verdicts(SC_SAN_DNS, true, good);
	verdicts(SC_SAN_DNS, false, bad);
	/* 253 characters, and one more */
	(void)snprintf(
	    name, sizeof(name), "%s.%s.%s.%.61s", L63, L63, L63, L63);
	tap_int(strlen(name), 253);
	verdict(SC_SAN_DNS, name, true);
	(void)snprintf(
	    name, sizeof(name), "%s.%s.%s.%.62s", L63, L63, L63, L63);
	verdict(SC_SAN_DNS, name, false);
}

static void
addresses(void)
{
	static const char *const good[] = {
	    "127.0.0.1", "::1", "255.255.255.255", "2001:db8::1", NULL};
	static const char *const bad[] = {"0.0.0.0", "::", "::ffff:10.0.0.1",
	    "::ffff:a00:1", "10.0.0", "10.0.0.1.1", "fe80::1%eth0", "010.0.0.1",
	    "10.0.0.1 ", "", NULL};

	verdicts(SC_SAN_IP, true, good);
	verdicts(SC_SAN_IP, false, bad);
}

static void
uris(void)
{
	static const char *const good[] = {"https://a.example/x?y=1",
	    "spiffe://trust.domain/ns/x", "urn:uuid:f81d4fae-7dec-11d0",
	    "https://[2001:db8::1]:8443/", NULL};
	static const char *const bad[] = {"https://u@a.example/",
	    "https://u:p@a.example/", "https://a@b@c/", "javascript:alert(1)",
	    "JavaScript:alert(1)", "data:text/html,x", "http:///x", "https:x",
	    "https://a.example/\r\nX: y", "https://a b/", "https://a/\"",
	    "https://a/\x7f", "https://m\xc3\xbc.de/", "", NULL};

	verdicts(SC_SAN_URI, true, good);
	verdicts(SC_SAN_URI, false, bad);
}

static void
mail(void)
{
	static const char *const good[] = {
	    "a@example.com", "a.b+c@localhost", "o'neil@example.com", NULL};
	static const char *const bad[] = {"", "a", "@b", "a@", "a b@c.de",
	    "\"a\"@c.de", "a@c.de\r\nBcc: x", "a@b@c.de", "a@c.", "a@10.0.0.1",
	    "a@*.de", "a@m\xc3\xbc.de", "<a@b.c>", "a,b@c.de", "a@[10.0.0.1]",
	    NULL};

	verdicts(SC_SAN_EMAIL, true, good);
	verdicts(SC_SAN_EMAIL, false, bad);
}

static void
encoded_in_groups(void)
{
	static const uint8_t want[] = {0x30, 0x18, 0x82, 1, 'd', 0x82, 1, 'D',
	    0x81, 3, 'a', '@', 'b', 0x87, 4, 1, 2, 3, 4, 0x86, 5, 'x', ':', '/',
	    '/', 'y'};
	struct sc_sans s = {0}, back = {0};
	struct sc_buf *b = sc_buf_new(100);
	struct sc_der d;
	size_t others = 0;

	(void)sc_sans_add_auto(&s, "x://y", NULL);
	(void)sc_sans_add_auto(&s, "1.2.3.4", NULL);
	(void)sc_sans_add_auto(&s, "a@b", NULL);
	(void)sc_sans_add_auto(&s, "d", NULL);
	(void)sc_sans_add_auto(&s, "D", NULL);
	tap_int(sc_general_names_put(b, &s, NULL, 0, &e), 0);
	tap_mem(sc_buf_data(b), sc_buf_len(b), want, sizeof(want));
	d.p = sc_buf_data(b);
	d.n = sc_buf_len(b);
	tap_int(sc_general_names_parse(d, &back, &others, &e), 0);
	tap_int(others, 0);
	tap_need(tap_int(back.n, 5));
	tap_str(back.v[3].value, "1.2.3.4");
	sc_sans_clear(&back);
	sc_sans_clear(&s);
	sc_buf_free(b);
}

static void
only_ascii_is_encoded(void)
{
	struct sc_sans s = {0};
	struct sc_buf *b = sc_buf_new(100);

	(void)sc_sans_add(&s, SC_SAN_DNS, "m\xc3\xbc.de", NULL);
	tap_int(sc_general_names_put(b, &s, NULL, 0, &e), SC_ERR_MALFORMED);
	sc_sans_clear(&s);
	sc_buf_free(b);
}

static int
parse(const char *p, size_t n, size_t *names, size_t *others)
{
	struct sc_sans s = {0};
	struct sc_der d = {(const uint8_t *)p, n};
	int r;

	*others = 0;
	r = sc_general_names_parse(d, &s, others, &e);
	*names = s.n;
	sc_sans_clear(&s);
	return r;
}

static void
general_names(void)
{
	size_t n, others;

	tap_int(parse("\x30\x00", 2, &n, &others), 0);
	tap_int(n + others, 0);
	/* otherName, directoryName and registeredID are counted */
	tap_int(parse("\x30\x0b\xa0\x02\x06\x00\xa4\x02\x30\x00\x88\x01*", 13,
		    &n, &others),
	    0);
	tap_int(n, 0);
	tap_int(others, 3);
	tap_int(parse("\x30\x05\x82\x03"
		      "a\0b",
		    7, &n, &others),
	    SC_ERR_MALFORMED);
	tap_int(
	    parse("\x30\x03\x82\x01\xfc", 5, &n, &others), SC_ERR_MALFORMED);
	tap_int(parse("\x30\x07\x87\x05\x01\x02\x03\x04\x05", 9, &n, &others),
	    SC_ERR_MALFORMED);
	tap_int(parse("\x30\x02\x87\x00", 4, &n, &others), SC_ERR_MALFORMED);
	tap_int(parse("\x30\x00\x00", 3, &n, &others), SC_ERR_MALFORMED);
	tap_int(parse("\x30\x01\x82", 3, &n, &others), SC_ERR_MALFORMED);
	tap_int(parse("", 0, &n, &others), SC_ERR_MALFORMED);
}

TAP_MAIN(TAP_TEST(typing), TAP_TEST(limit), TAP_NAMED("C7 DNS", dns_names),
    TAP_NAMED("C8 addresses", addresses), TAP_NAMED("C9 URIs", uris),
    TAP_NAMED("C9 mail", mail), TAP_TEST(encoded_in_groups),
    TAP_TEST(only_ascii_is_encoded),
    TAP_NAMED("C7 C8 C19 encoded names", general_names))
