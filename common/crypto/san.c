#include "config.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "crypto/san.h"

const char *
sc_san_type_name(enum sc_san_type t)
{
	static const char *const names[] = {
	    [SC_SAN_DNS] = "dns",
	    [SC_SAN_EMAIL] = "email",
	    [SC_SAN_IP] = "ip",
	    [SC_SAN_URI] = "uri",
	};

	return names[t];
}

int
sc_san_ip_bytes(const char *text, uint8_t out[16], size_t *n)
{
	if (inet_pton(AF_INET, text, out) == 1) {
		*n = 4;
		return 0;
	}
	if (inet_pton(AF_INET6, text, out) == 1) {
		*n = 16;
		return 0;
	}
	return SC_ERR_MALFORMED;
}

/* One address has one text, so that sets can be compared (RFC 5952). */
static char *
canonical_ip(const char *text)
{
	char s[INET6_ADDRSTRLEN];
	uint8_t b[16];
	size_t n;

	if (sc_san_ip_bytes(text, b, &n) != 0 ||
	    inet_ntop(n == 4 ? AF_INET : AF_INET6, b, s, sizeof(s)) == NULL)
		return NULL;
	return sc_strdup(s);
}

int
sc_sans_add(struct sc_sans *s, enum sc_san_type type, const char *text,
    struct sc_error *e)
{
	char *value;
	void *v;

	if (s->n >= SC_MAX_SANS)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "more than %d names", SC_MAX_SANS);
	if (type == SC_SAN_IP) {
		if ((value = canonical_ip(text)) == NULL)
			return sc_fail_client(e, SC_ERR_MALFORMED,
			    "\"%.64s\" is not an IP address", text);
	} else if ((value = sc_strdup(text)) == NULL) {
		return sc_fail_nomem(e);
	}
	if ((v = sc_reallocarray(s->v, s->n + 1, sizeof(*s->v))) == NULL) {
		free(value);
		return sc_fail_nomem(e);
	}
	s->v = v;
	s->v[s->n].type = type;
	s->v[s->n++].value = value;
	return 0;
}

static bool
has_scheme(const char *text)
{
	struct sc_url u;
	bool yes;

	if (sc_url_parse(text, &u) != 0)
		return false;
	yes = u.scheme[0] != '\0';
	sc_url_clear(&u);
	return yes;
}

int
sc_sans_add_auto(struct sc_sans *s, const char *text, struct sc_error *e)
{
	uint8_t ip[16];
	size_t n;

	if (text[0] == '\0')
		return 0;
	if (sc_san_ip_bytes(text, ip, &n) == 0)
		return sc_sans_add(s, SC_SAN_IP, text, e);
	if (has_scheme(text))
		return sc_sans_add(s, SC_SAN_URI, text, e);
	if (strchr(text, '@') != NULL)
		return sc_sans_add(s, SC_SAN_EMAIL, text, e);
	return sc_sans_add(s, SC_SAN_DNS, text, e);
}

int
sc_sans_copy(struct sc_sans *to, const struct sc_sans *from, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < from->n; i++)
		r = sc_sans_add(to, from->v[i].type, from->v[i].value, e);
	return r;
}

void
sc_sans_clear(struct sc_sans *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i].value);
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

static bool
is_printable_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= 0x20 || *s >= 0x7f)
			return false;
	return true;
}

static int
bad(struct sc_error *e, const struct sc_san *s, const char *why)
{
	return sc_fail_client(e, SC_ERR_FORBIDDEN, "%s name \"%.253s\" %s",
	    sc_san_type_name(s->type), s->value, why);
}

/*
 * Label of n characters: letters, digits, '-' and '_' (used by service names
 * inside private networks), no hyphen at either end.
 */
static bool
label_ok(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > 63 || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!is_alnum(p[i]) && p[i] != '-' && p[i] != '_')
			return false;
	return true;
}

/*
 * The last label of a host name is never all digits (RFC 1123 2.1), and
 * browsers read 0x7f000001 as an address as well.
 */
static bool
is_number(const char *p, size_t n)
{
	const char *digits = "0123456789";

	if (n >= 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		digits = "0123456789abcdefABCDEF";
		p += 2;
		n -= 2;
	}
	return strspn(p, digits) >= n;
}

static int
check_dns(const struct sc_san *s, const char *name, struct sc_error *e)
{
	const char *p = name;
	size_t n;

	if (strlen(name) > SC_MAX_DNS_NAME)
		return bad(e, s, "is longer than 253 characters");
	if (sc_has_prefix(p, "*.")) {
		p += 2;
		if (strchr(p, '.') == NULL)
			return bad(e, s, "is a wildcard for a whole domain");
	}
	for (;;) {
		n = strcspn(p, ".");
		if (!label_ok(p, n))
			return bad(e, s, "is not a host name");
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	if (is_number(p, n))
		return bad(e, s, "looks like an IP address");
	return 0;
}

static int
check_email(const struct sc_san *s, struct sc_error *e)
{
	const char *at = strrchr(s->value, '@'), *p;

	if (!is_printable_ascii(s->value))
		return bad(e, s, "has blanks, control or non-ASCII characters");
	if (at == NULL || at == s->value || at[1] == '\0' ||
	    strlen(s->value) > 320)
		return bad(e, s, "is not a mail address");
	for (p = s->value; p < at; p++)
		if (!is_alnum(*p) && strchr(".!#$%&'*+/=?^_`{|}~-", *p) == NULL)
			return bad(e, s, "is not a mail address");
	if (at[1] == '*')
		return bad(e, s, "is not a mail address");
	return check_dns(s, at + 1, e);
}

/* Every '%' starts an escape (RFC 3986 section 2.1). */
static bool
escapes_ok(const char *s)
{
	for (; (s = strchr(s, '%')) != NULL; s++)
		if (sc_hex_digit(s[1]) < 0 || sc_hex_digit(s[2]) < 0)
			return false;
	return true;
}

static int
check_uri(const struct sc_san *s, struct sc_error *e)
{
	struct sc_url u;
	int r = 0;

	if (!is_printable_ascii(s->value) ||
	    strpbrk(s->value, "\"<>\\^`{|}") != NULL || !escapes_ok(s->value))
		return bad(e, s, "has characters that no URI has");
	if (sc_url_parse(s->value, &u) != 0)
		return bad(e, s, "is not a URI");
	if (u.scheme[0] == '\0')
		r = bad(e, s, "has no scheme");
	else if (u.userinfo[0] != '\0')
		r = bad(e, s, "carries user information");
	else if (sc_streq(u.scheme, "javascript") ||
	    sc_streq(u.scheme, "data") || sc_streq(u.scheme, "vbscript"))
		r = bad(e, s, "is a script");
	else if ((sc_streq(u.scheme, "http") || sc_streq(u.scheme, "https")) &&
	    u.host[0] == '\0')
		r = bad(e, s, "has no host");
	sc_url_clear(&u);
	return r;
}

/*
 * The unspecified address names no host, and an IPv4-mapped one would be a
 * second spelling of an IPv4 address.
 */
static int
check_ip(const struct sc_san *s, struct sc_error *e)
{
	static const uint8_t zero[16];
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	uint8_t ip[16];
	size_t n;

	if (sc_san_ip_bytes(s->value, ip, &n) != 0)
		return bad(e, s, "is not an IP address");
	if (memcmp(ip, zero, n) == 0)
		return bad(e, s, "is the unspecified address");
	if (n == 16 && memcmp(ip, mapped, sizeof(mapped)) == 0)
		return bad(e, s, "is an IPv4-mapped IPv6 address");
	return 0;
}

int
sc_san_check(const struct sc_san *s, struct sc_error *e)
{
	switch (s->type) {
	case SC_SAN_DNS:
		return check_dns(s, s->value, e);
	case SC_SAN_EMAIL:
		return check_email(s, e);
	case SC_SAN_IP:
		return check_ip(s, e);
	default:
		return check_uri(s, e);
	}
}
