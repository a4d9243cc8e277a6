#include "config.h"

#include <arpa/inet.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/url.h"

enum part {
	PART_TEXT,
	PART_HOST,
	PART_ZONE
};

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What may stand unescaped in a host: more than RFC 3986 has, as in Go. */
static bool
host_char(unsigned char c)
{
	if (c >= 0x80)
		return true;
	return is_alpha((char)c) || is_digit((char)c) ||
	    (c != '\0' && strchr("!$&'()*+,;=:[]<>\"-_.~", c) != NULL);
}

/*
 * May "%XX" stand for v in this part?  A host may only escape what is not
 * ASCII, and a percent sign; a zone also a blank and host characters (RFC
 * 6874).  A NUL would cut the C string short and is never taken.
 */
static bool
escape_allowed(enum part part, unsigned char v)
{
	if (v == 0)
		return false;
	if (part == PART_HOST)
		return v >= 0x80 || v == '%';
	if (part == PART_ZONE)
		return v == '%' || v == ' ' || host_char(v);
	return true;
}

/* Percent-decode s[0..n) into d, or with d NULL only check it. */
static int
unescape(enum part part, const char *s, size_t n, char *d)
{
	size_t i;
	int hi, lo;
	char c;

	for (i = 0; i < n; i++) {
		c = s[i];
		if (c == '%') {
			if (n - i < 3)
				return SC_ERR_MALFORMED;
			hi = sc_hex_digit(s[i + 1]);
			lo = sc_hex_digit(s[i + 2]);
			if (hi < 0 || lo < 0)
				return SC_ERR_MALFORMED;
			c = (char)(hi << 4 | lo);
			if (!escape_allowed(part, (unsigned char)c))
				return SC_ERR_MALFORMED;
			i += 2;
		} else if (part != PART_TEXT && !host_char((unsigned char)c))
			return SC_ERR_MALFORMED;
		if (d != NULL)
			*d++ = c;
	}
	if (d != NULL)
		*d = '\0';
	return 0;
}

static int
dup_unescaped(enum part part, const char *s, size_t n, char **out)
{
	int r;

	*out = malloc(n + 1);
	if (*out == NULL)
		return SC_ERR_NOMEM;
	r = unescape(part, s, n, *out);
	if (r != 0) {
		free(*out);
		*out = NULL;
	}
	return r;
}

static int
dup_raw(const char *s, size_t n, char **out)
{
	*out = sc_strndup(s, n);
	return *out == NULL ? SC_ERR_NOMEM : 0;
}

/*
 * The scheme's length, 0 when there is none, -1 when ':' comes first.
 */
static int
scheme_len(const char *s, size_t n, size_t *len)
{
	size_t i;

	*len = 0;
	for (i = 0; i < n; i++) {
		if (is_alpha(s[i]))
			continue;
		if (s[i] == ':') {
			*len = i;
			return i == 0 ? SC_ERR_MALFORMED : 0;
		}
		if (i == 0 || (!is_digit(s[i]) && strchr("+-.", s[i]) == NULL))
			return 0;
	}
	return 0;
}

static int
set_scheme(struct sc_url *u, const char *s, size_t n)
{
	char *p;
	int r;

	r = dup_raw(s, n, &u->scheme);
	if (r != 0)
		return r;
	for (p = u->scheme; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	}
	return 0;
}

static int
set_userinfo(struct sc_url *u, const char *s, size_t n)
{
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if (!is_alpha(s[i]) && !is_digit(s[i]) &&
		    strchr("-._:~!$&'()*+,;=%@", s[i]) == NULL)
			return SC_ERR_MALFORMED;
	}
	r = unescape(PART_TEXT, s, n, NULL);
	return r != 0 ? r : dup_raw(s, n, &u->userinfo);
}

/* s[0..n) is "" or ":" and digits. */
static int
set_port(struct sc_url *u, const char *s, size_t n)
{
	size_t i;

	if (n == 0)
		return dup_raw("", 0, &u->port);
	if (s[0] != ':')
		return SC_ERR_MALFORMED;
	for (i = 1; i < n; i++) {
		if (!is_digit(s[i]))
			return SC_ERR_MALFORMED;
	}
	return dup_raw(s + 1, n - 1, &u->port);
}

/* "[...]": an IPv6 address, perhaps with a "%25zone" (RFC 6874). */
static int
set_bracketed(struct sc_url *u, const char *s, size_t n)
{
	struct in6_addr in6;
	char addr[INET6_ADDRSTRLEN], *zone = NULL;
	const char *z;
	size_t len = n - 2;
	int r;

	z = memmem(s, n, "%25", 3);
	if (z != NULL)
		len = (size_t)(z - s) - 1;
	if (len >= sizeof(addr))
		return SC_ERR_MALFORMED;
	memcpy(addr, s + 1, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET6, addr, &in6) != 1)
		return SC_ERR_MALFORMED;
	if (z == NULL)
		return dup_raw(s, n, &u->host);
	r = dup_unescaped(PART_ZONE, z, (size_t)(s + n - z), &zone);
	if (r != 0)
		return r;
	u->host = sc_asprintf("[%s%s", addr, zone);
	free(zone);
	return u->host == NULL ? SC_ERR_NOMEM : 0;
}

static int
set_host(struct sc_url *u, const char *s, size_t n)
{
	const char *end;
	int r;

	if (n > 0 && s[0] == '[') {
		end = memrchr(s, ']', n);
		if (end == NULL)
			return SC_ERR_MALFORMED;
		end++;
		r = set_bracketed(u, s, (size_t)(end - s));
	} else {
		/* One colon only: "::1" needs its brackets. */
		end = memchr(s, ':', n);
		if (end == NULL)
			end = s + n;
		r = dup_unescaped(PART_HOST, s, (size_t)(end - s), &u->host);
	}
	return r != 0 ? r : set_port(u, end, (size_t)(s + n - end));
}

static int
set_authority(struct sc_url *u, const char *s, size_t n)
{
	const char *at;
	int r;

	at = memrchr(s, '@', n);
	if (at != NULL) {
		r = set_userinfo(u, s, (size_t)(at - s));
		if (r != 0)
			return r;
		n -= (size_t)(at + 1 - s);
		s = at + 1;
	}
	return set_host(u, s, n);
}

static int
set_path(struct sc_url *u, const char *s, size_t n)
{
	int r;

	r = unescape(PART_TEXT, s, n, NULL);
	return r != 0 ? r : dup_raw(s, n, &u->path);
}

/* What is left after scheme, query and fragment are off. */
static int
set_rest(struct sc_url *u, const char *s, size_t n)
{
	const char *slash;
	size_t first;
	int r;

	if (n == 0 || s[0] != '/') {
		if (u->scheme != NULL)
			return dup_raw(s, n, &u->opaque);
		slash = memchr(s, '/', n);
		first = slash == NULL ? n : (size_t)(slash - s);
		if (memchr(s, ':', first) != NULL)
			return SC_ERR_MALFORMED;
	}
	if (n >= 2 && s[0] == '/' && s[1] == '/' &&
	    (u->scheme != NULL || n == 2 || s[2] != '/')) {
		s += 2;
		n -= 2;
		slash = memchr(s, '/', n);
		first = slash == NULL ? n : (size_t)(slash - s);
		r = set_authority(u, s, first);
		if (r != 0)
			return r;
		s += first;
		n -= first;
	}
	return set_path(u, s, n);
}

static bool
has_control(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return true;
	}
	return false;
}

/* s[0..n) is the text without its fragment. */
static int
parse_main(struct sc_url *u, const char *s, size_t n)
{
	const char *query;
	size_t len;
	int r;

	if (has_control(s, n))
		return SC_ERR_MALFORMED;
	r = scheme_len(s, n, &len);
	if (r != 0)
		return r;
	if (len > 0) {
		r = set_scheme(u, s, len);
		if (r != 0)
			return r;
		s += len + 1;
		n -= len + 1;
	}
	query = memchr(s, '?', n);
	if (query != NULL) {
		r = dup_raw(query + 1, (size_t)(s + n - query) - 1, &u->query);
		if (r != 0)
			return r;
		n = (size_t)(query - s);
	}
	return set_rest(u, s, n);
}

/* Parts that were not there become "". */
static int
fill_absent(struct sc_url *u)
{
	char **parts[] = {&u->scheme, &u->userinfo, &u->host, &u->port,
	    &u->path, &u->query, &u->fragment, &u->opaque};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (*parts[i] == NULL && dup_raw("", 0, parts[i]) != 0)
			return SC_ERR_NOMEM;
	}
	return 0;
}

int
sc_url_parse(const char *s, struct sc_url *u)
{
	const char *hash;
	int r;

	memset(u, 0, sizeof(*u));
	hash = strchrnul(s, '#');
	r = parse_main(u, s, (size_t)(hash - s));
	if (r == 0 && *hash == '#')
		r = dup_unescaped(
		    PART_TEXT, hash + 1, strlen(hash + 1), &u->fragment);
	if (r == 0)
		r = fill_absent(u);
	if (r != 0)
		sc_url_clear(u);
	return r;
}

void
sc_url_clear(struct sc_url *u)
{
	free(u->scheme);
	free(u->userinfo);
	free(u->host);
	free(u->port);
	free(u->path);
	free(u->query);
	free(u->fragment);
	free(u->opaque);
	memset(u, 0, sizeof(*u));
}
