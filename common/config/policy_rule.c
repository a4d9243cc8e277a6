#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/url.h"
#include "config/policy_internal.h"

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

const char *
sc_policy_host(const char *s, size_t n, char out[256])
{
	size_t i, label = 0;

	out[0] = '\0';
	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0)
		return "has no host name";
	if (n > 253)
		return "has a host name of more than 253 characters";
	for (i = 0; i < n; i++) {
		out[i] = lower(s[i]);
		if ((unsigned char)s[i] >= 0x80)
			return "has a host name that is not in its ASCII form "
			       "(xn--)";
		if (s[i] == '.' ? label == 0 : !host_char(out[i]))
			return "has no host name";
		label = s[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return "has a label of more than 63 characters";
	}
	out[n] = '\0';
	return label == 0 ? "has no host name" : NULL;
}

int
sc_policy_ip(const char *s, uint8_t out[16], size_t *n)
{
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (sc_san_ip_bytes(s, out, n) != 0)
		return SC_ERR_MALFORMED;
	if (*n == 16 && memcmp(out, mapped, sizeof(mapped)) == 0) {
		memmove(out, out + 12, 4);
		*n = 4;
	}
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* malloc'ed, without blanks around it. */
static char *
trimmed(const char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	return sc_strndup(s, n);
}

/* "*.x" or "x"; an IP address is none. */
static int
parse_host(const char *s, struct sc_rule *r, struct sc_error *e)
{
	char host[256];
	uint8_t ip[16];
	const char *why;
	size_t n;

	r->below = sc_has_prefix(s, "*.");
	if (r->below)
		s += 2;
	if (strchr(s, '*') != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\": '*' stands only for the whole first label",
		    r->written);
	if ((why = sc_policy_host(s, strlen(s), host)) != NULL)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "\"%.200s\" %s", r->written, why);
	if (sc_policy_ip(host, ip, &n) == 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\" is an IP address and never matches a name",
		    r->written);
	if ((r->host = sc_strdup(host)) == NULL)
		return sc_fail_nomem(e);
	return 0;
}

static int
parse_email(const char *s, struct sc_rule *r, struct sc_error *e)
{
	const char *at = strrchr(s, '@');

	if (strchr(s, '*') != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\": a rule for mail addresses has no '*'",
		    r->written);
	if (at != strchr(s, '@'))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\" has more than one '@'", r->written);
	if (at != NULL && at != s &&
	    (r->local = sc_strndup(s, (size_t)(at - s))) == NULL)
		return sc_fail_nomem(e);
	return parse_host(at != NULL ? at + 1 : s, r, e);
}

/* Bits beyond the prefix do not count and are cleared. */
static void
mask(uint8_t *net, size_t len, unsigned bits)
{
	size_t i;

	for (i = 0; i < len; i++, bits -= bits < 8 ? bits : 8)
		if (bits < 8)
			net[i] &= (uint8_t)(0xff00u >> bits);
}

static int
parse_range(const char *s, struct sc_rule *r, struct sc_error *e)
{
	const char *slash = strchr(s, '/');
	uint8_t as_written[16];
	char *address = sc_strndup(s, slash ? (size_t)(slash - s) : strlen(s));
	int64_t bits = 128;
	size_t n = 0;
	bool good;

	if (address == NULL)
		return sc_fail_nomem(e);
	good = sc_san_ip_bytes(address, as_written, &n) == 0 &&
	    (slash == NULL ||
		sc_strtonum(slash + 1, 0, (int64_t)n * 8, &bits) == 0) &&
	    sc_policy_ip(address, r->net, &r->net_len) == 0;
	free(address);
	if (!good)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\" is neither an IP address nor a range such as "
		    "10.0.0.0/8",
		    r->written);
	if (slash == NULL)
		bits = (int64_t)r->net_len * 8;
	else if (r->net_len != n && bits >= 96)
		bits -= 96; /* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
	else if (r->net_len != n)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.200s\" is wider than the IPv4-mapped addresses",
		    r->written);
	r->bits = (unsigned)bits;
	mask(r->net, r->net_len, r->bits);
	return 0;
}

int
sc_rule_parse(enum sc_policy_kind kind, const char *text, struct sc_rule *r,
    struct sc_error *e)
{
	if ((r->written = trimmed(text)) == NULL)
		return sc_fail_nomem(e);
	if (r->written[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED, "an empty rule");
	switch (kind) {
	case SC_POLICY_DNS:
	case SC_POLICY_URI:
		return parse_host(r->written, r, e);
	case SC_POLICY_EMAIL:
		return parse_email(r->written, r, e);
	case SC_POLICY_IP:
		return parse_range(r->written, r, e);
	default:
		return 0;
	}
}

void
sc_rule_clear(struct sc_rule *r)
{
	free(r->written);
	free(r->host);
	free(r->local);
	*r = (struct sc_rule){0};
}

/* --- names ------------------------------------------------------------- */

/*
 * What programs take for an address though it is not written as one: the last
 * label a number, or 0x and hexadecimal digits.
 */
static bool
ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *p = dot != NULL ? dot + 1 : host;

	if (p[0] == '0' && p[1] == 'x')
		return p[2 + strspn(p + 2, "0123456789abcdef")] == '\0';
	return p[strspn(p, "0123456789")] == '\0';
}

static void
uri_host(struct sc_policy_name *n, const char *name)
{
	struct sc_url u;

	if (sc_url_parse(name, &u) != 0) {
		n->bad = "is not a URI";
		return;
	}
	n->bad = sc_policy_host(u.host, strlen(u.host), n->host);
	if (n->bad == NULL && ends_in_number(n->host))
		n->bad = "has an IP address for a host";
	sc_url_clear(&u);
}

void
sc_policy_name_init(
    struct sc_policy_name *n, enum sc_policy_kind kind, const char *name)
{
	const char *at;

	*n = (struct sc_policy_name){0};
	switch (kind) {
	case SC_POLICY_DNS:
		n->wildcard = sc_has_prefix(name, "*.");
		name += n->wildcard ? 2 : 0;
		n->bad = sc_policy_host(name, strlen(name), n->host);
		break;
	case SC_POLICY_EMAIL:
		if ((at = strrchr(name, '@')) == NULL || at == name) {
			n->bad = "is not a mail address";
			break;
		}
		n->local = name;
		n->local_n = (size_t)(at - name);
		n->bad = sc_policy_host(at + 1, strlen(at + 1), n->host);
		break;
	case SC_POLICY_IP:
		if (sc_policy_ip(name, n->ip, &n->ip_len) != 0)
			n->bad = "is not an IP address";
		break;
	case SC_POLICY_URI:
		uri_host(n, name);
		break;
	default:
		break;
	}
}

/* --- comparing --------------------------------------------------------- */

static bool
match_range(const struct sc_rule *r, const struct sc_policy_name *n)
{
	uint8_t a[16];

	if (r->net_len != n->ip_len)
		return false;
	memcpy(a, n->ip, n->ip_len);
	mask(a, n->ip_len, r->bits);
	return memcmp(a, r->net, n->ip_len) == 0;
}

static const char *
parent(const char *host)
{
	const char *dot = strchr(host, '.');

	return dot != NULL ? dot + 1 : NULL;
}

/* "*.x" in a certificate is all hosts one label below x. */
static bool
match_wildcard(
    const struct sc_rule *r, const struct sc_policy_name *n, bool deny)
{
	if (r->below)
		return sc_streq(r->host, n->host);
	return deny && parent(r->host) != NULL &&
	    sc_streq(parent(r->host), n->host);
}

static bool
match_host(const struct sc_rule *r, const struct sc_policy_name *n, bool deny)
{
	if (n->wildcard)
		return match_wildcard(r, n, deny);
	return sc_streq(r->below ? parent(n->host) : n->host, r->host);
}

static bool
match_local(const struct sc_rule *r, const struct sc_policy_name *n, bool deny)
{
	size_t i;

	if (r->local == NULL)
		return true;
	if (strlen(r->local) != n->local_n)
		return false;
	for (i = 0; i < n->local_n; i++)
		if (deny ? lower(r->local[i]) != lower(n->local[i])
			 : r->local[i] != n->local[i])
			return false;
	return true;
}

bool
sc_rule_match(const struct sc_rule *r, enum sc_policy_kind kind,
    const char *name, const struct sc_policy_name *n, bool deny)
{
	switch (kind) {
	case SC_POLICY_DNS:
	case SC_POLICY_URI:
		return match_host(r, n, deny);
	case SC_POLICY_EMAIL:
		return match_host(r, n, deny) && match_local(r, n, deny);
	case SC_POLICY_IP:
		return match_range(r, n);
	case SC_POLICY_PRINCIPAL:
		return sc_streq(r->written, "*") ||
		    sc_strcaseeq(r->written, name);
	default:
		return sc_strcaseeq(r->written, name);
	}
}
