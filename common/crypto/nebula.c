#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/nebula.h"
#include "crypto/san.h"

/* Beyond this a time cannot be written (year 9999). */
#define LAST_SECOND INT64_C(253402300799)

int
sc_nebula_bad(struct sc_error *e, const char *what)
{
	return sc_fail(e, SC_ERR_MALFORMED, "nebula certificate: %s", what);
}

void
sc_nebula_cert_free(struct sc_nebula_cert *c)
{
	if (c == NULL)
		return;
	free(c->name);
	free(c->networks.v);
	free(c->unsafe_networks.v);
	sc_strlist_clear(&c->groups);
	free(c->tbs);
	free(c->signature);
	free(c);
}

/* --- parts ------------------------------------------------------------- */

int
sc_nebula_add_net(struct sc_nebula_nets *l, const uint8_t *ip, size_t ip_len,
    unsigned bits, struct sc_error *e)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct sc_nebula_net *v;

	if ((ip_len != 4 && ip_len != 16) || bits > 8 * ip_len ||
	    (ip_len == 16 && memcmp(ip, mapped, sizeof(mapped)) == 0))
		return sc_nebula_bad(e, "bad network");
	if (l->n >= SC_MAX_NEBULA_ITEMS)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "nebula certificate: more than %d networks",
		    SC_MAX_NEBULA_ITEMS);
	if ((v = sc_reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		return sc_fail_nomem(e);
	l->v = v;
	v[l->n] = (struct sc_nebula_net){.ip_len = ip_len, .bits = bits};
	memcpy(v[l->n++].ip, ip, ip_len);
	return 0;
}

int
sc_nebula_text(const uint8_t *p, size_t n, char **out, struct sc_error *e)
{
	if (!sc_utf8_valid(p, n) || (n > 0 && memchr(p, '\0', n) != NULL))
		return sc_nebula_bad(e, "text is not UTF-8, or has a NUL");
	*out = sc_strndup((const char *)p, n);
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_nebula_add_group(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e)
{
	char *s = NULL;
	int r;

	if (c->groups.n >= SC_MAX_NEBULA_ITEMS)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "nebula certificate: more than %d groups",
		    SC_MAX_NEBULA_ITEMS);
	if ((r = sc_nebula_text(p, n, &s, e)) == 0 &&
	    sc_strlist_add(&c->groups, s) != 0)
		r = sc_fail_nomem(e);
	free(s);
	return r;
}

int
sc_nebula_set_key(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e)
{
	if (n != 32 && n != sizeof(c->public_key))
		return sc_nebula_bad(e, "public key of another size");
	memcpy(c->public_key, p, n);
	c->public_key_len = n;
	return 0;
}

int
sc_nebula_set_issuer(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e)
{
	if (n != sizeof(c->issuer))
		return sc_nebula_bad(e, "issuer is no fingerprint");
	memcpy(c->issuer, p, n);
	c->has_issuer = true;
	return 0;
}

static int
copy(uint8_t **out, size_t *len, const uint8_t *p, size_t n, struct sc_error *e)
{
	if (n == 0)
		return sc_nebula_bad(e, "without signature");
	if ((*out = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(*out, p, n);
	*len = n;
	return 0;
}

int
sc_nebula_set_signed(struct sc_nebula_cert *c, const uint8_t *tbs,
    size_t tbs_len, const uint8_t *sig, size_t sig_len, struct sc_error *e)
{
	int r = copy(&c->tbs, &c->tbs_len, tbs, tbs_len, e);

	return r != 0 ? r
		      : copy(&c->signature, &c->signature_len, sig, sig_len, e);
}

/* --- the whole --------------------------------------------------------- */

static bool
is_zero(const struct sc_nebula_net *n)
{
	static const uint8_t zero[16];

	return memcmp(n->ip, zero, n->ip_len) == 0;
}

/* What holds for both versions. */
static int
check(const struct sc_nebula_cert *c, struct sc_error *e)
{
	size_t i;

	if (c->name == NULL)
		return sc_nebula_bad(e, "without name");
	if (c->public_key_len != (c->p256 ? 65 : 32))
		return sc_nebula_bad(e, "public key is not of its curve");
	if (c->not_before < 0 || c->not_before > LAST_SECOND ||
	    c->not_after < 0 || c->not_after > LAST_SECOND)
		return sc_nebula_bad(e, "outside the years 1970 to 9999");
	if (!c->is_ca && c->networks.n == 0)
		return sc_nebula_bad(e, "a host without network");
	for (i = 0; i < c->networks.n; i++)
		if (is_zero(&c->networks.v[i]))
			return sc_nebula_bad(e, "the unspecified address");
	return 0;
}

int
sc_nebula_cert_parse(
    const uint8_t *p, size_t n, struct sc_nebula_cert **out, struct sc_error *e)
{
	struct sc_nebula_cert *c;
	int r;

	*out = NULL;
	if (n > SC_MAX_NEBULA_CERT)
		return sc_fail(
		    e, SC_ERR_TOO_LARGE, "nebula certificate: too large");
	if (n == 0)
		return sc_nebula_bad(e, "empty");
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return sc_fail_nomem(e);
	r = p[0] == 0x30 ? sc_nebula_parse_v2(p, n, c, e)
			 : sc_nebula_parse_v1(p, n, c, e);
	if (r == 0 && (r = check(c, e)) == 0)
		*out = c;
	else
		sc_nebula_cert_free(c);
	return r;
}

/* --- names ------------------------------------------------------------- */

void
sc_nebula_net_address(
    const struct sc_nebula_net *n, char out[SC_NEBULA_NET_TEXT])
{
	out[0] = '\0';
	(void)inet_ntop(n->ip_len == 4 ? AF_INET : AF_INET6, n->ip, out,
	    SC_NEBULA_NET_TEXT);
}

void
sc_nebula_net_text(const struct sc_nebula_net *n, char out[SC_NEBULA_NET_TEXT])
{
	size_t len;

	sc_nebula_net_address(n, out);
	len = strlen(out);
	(void)snprintf(out + len, SC_NEBULA_NET_TEXT - len, "/%u", n->bits);
}

bool
sc_nebula_cert_names(const struct sc_nebula_cert *c, const char *name)
{
	uint8_t ip[16];
	size_t n, i;

	if (sc_streq(name, c->name))
		return true;
	if (sc_san_ip_bytes(name, ip, &n) != 0)
		return false;
	for (i = 0; i < c->networks.n; i++)
		if (c->networks.v[i].ip_len == n &&
		    memcmp(c->networks.v[i].ip, ip, n) == 0)
			return true;
	return false;
}
