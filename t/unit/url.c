#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/url.h"
#include "mutate.h"
#include "tap.h"

struct good {
	const char *text;
	struct {
		const char *scheme, *userinfo, *host, *port, *path, *query,
		    *fragment, *opaque;
	} want;
};

static const struct good good[] = {
    {"", {"", "", "", "", "", "", "", ""}},
    {"a b", {"", "", "", "", "a b", "", "", ""}},
    {"*", {"", "", "", "", "*", "", "", ""}},
    {"example.com", {"", "", "", "", "example.com", "", "", ""}},
    {"host:80", {"host", "", "", "", "", "", "", "80"}},
    {"mailto:x@y", {"mailto", "", "", "", "", "", "", "x@y"}},
    {"urn:uuid:1?q#f", {"urn", "", "", "", "", "q", "f", "uuid:1"}},
    {"HTTPS://Host/", {"https", "", "Host", "", "/", "", "", ""}},
    {"https://h:8443/a?b=c#d",
	{"https", "", "h", "8443", "/a", "b=c", "d", ""}},
    {"https://h:", {"https", "", "h", "", "", "", "", ""}},
    {"https://u:p%40@h", {"https", "u:p%40", "h", "", "", "", "", ""}},
    {"https://a@b@h/", {"https", "a@b", "h", "", "/", "", "", ""}},
    {"https://[::1]:443/x", {"https", "", "[::1]", "443", "/x", "", "", ""}},
    {"https://[::1]", {"https", "", "[::1]", "", "", "", "", ""}},
    {"http://[fe80::1%25en0]/",
	{"http", "", "[fe80::1%en0]", "", "/", "", "", ""}},
    {"//host/p", {"", "", "host", "", "/p", "", "", ""}},
    {"///p", {"", "", "", "", "///p", "", "", ""}},
    {"file:///p", {"file", "", "", "", "/p", "", "", ""}},
    {"/a:b", {"", "", "", "", "/a:b", "", "", ""}},
    {"./a:b", {"", "", "", "", "./a:b", "", "", ""}},
    {"a/b:c", {"", "", "", "", "a/b:c", "", "", ""}},
    {"?q", {"", "", "", "", "", "q", "", ""}},
    {"/p?a?b", {"", "", "", "", "/p", "a?b", "", ""}},
    {"/p?", {"", "", "", "", "/p", "", "", ""}},
    {"/%41%20", {"", "", "", "", "/%41%20", "", "", ""}},
    {"/p?%zz", {"", "", "", "", "/p", "%zz", "", ""}},
    {"/p#a%20b%2f", {"", "", "", "", "/p", "", "a b/", ""}},
    {"#a#b", {"", "", "", "", "", "", "a#b", ""}},
    {"http://h%C3%A9/", {"http", "", "h\xc3\xa9", "", "/", "", "", ""}},
    {"http://h\xc3\xa9/", {"http", "", "h\xc3\xa9", "", "/", "", "", ""}},
    {"https://ca/acme/x#acme/y",
	{"https", "", "ca", "", "/acme/x", "", "acme/y", ""}},
    {"spiffe://td/w", {"spiffe", "", "td", "", "/w", "", "", ""}},
    {"a+b-c.1:x", {"a+b-c.1", "", "", "", "", "", "", "x"}},
};

static const char *const bad[] = {
    ":x",
    "10.0.0.1:80",
    "1a:b",
    "a b:c",
    "\x01",
    "a\x7f",
    "http://h/\n",
    "http://h\t/",
    "/%",
    "/%4",
    "/%zz",
    "#%",
    "#%zz",
    "#a%00b",
    "/a%00",
    "http://h:a/",
    "http://h:8a/",
    "http://h:-1/",
    "http://::1/",
    "http://a:1:2/",
    "http://[::1/",
    "http://[::1]a/",
    "http://[::1]:a/",
    "http://[host]/",
    "http://[]/",
    "http://[::1%25]x/",
    "http://[127.0.0.1]/",
    "http://[::1%en0]/",
    "http://a b/",
    "http://a%20b/",
    "http://a%41/",
    "http://a%00/",
    "http://a\\b/",
    "http://a|b/",
    "http://u ser@h/",
    "http://u[@h/",
    "http://u%zz@h/",
    "cache_object:foo/bar:baz%zz\x01",
};

static void
parses(void)
{
	struct sc_url u;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tap_context("\"%s\"", good[i].text);
		if (!tap_int(sc_url_parse(good[i].text, &u), 0))
			continue;
		tap_str(u.scheme, good[i].want.scheme);
		tap_str(u.userinfo, good[i].want.userinfo);
		tap_str(u.host, good[i].want.host);
		tap_str(u.port, good[i].want.port);
		tap_str(u.path, good[i].want.path);
		tap_str(u.query, good[i].want.query);
		tap_str(u.fragment, good[i].want.fragment);
		tap_str(u.opaque, good[i].want.opaque);
		sc_url_clear(&u);
		tap_ok(u.scheme == NULL);
	}
}

static void
refuses(void)
{
	struct sc_url u;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		if (!tap_int(sc_url_parse(bad[i], &u), SC_ERR_MALFORMED))
			sc_url_clear(&u);
	}
}

static bool
parse_copy(const uint8_t *p, size_t n, void *arg)
{
	struct sc_url u;
	char s[256];

	(void)arg;
	memcpy(s, p, n);
	s[n] = '\0';
	if (sc_url_parse(s, &u) != 0)
		return false;
	sc_url_clear(&u);
	return true;
}

static void
survives_damage(void)
{
	static const char *const samples[] = {
	    "https://user:pw@host.example:8443/a%20b?q=1#frag%41",
	    "http://[fe80::1%25en0]:80/",
	    "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
	};
	size_t i, cases;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		tap_context("\"%s\"", samples[i]);
		tap_ok(mutate(samples[i], strlen(samples[i]), 1, parse_copy,
			   NULL, &cases) < cases);
	}
}

TAP_MAIN(TAP_TEST(parses), TAP_TEST(refuses), TAP_TEST(survives_damage))
