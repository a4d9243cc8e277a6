/* What makes a certificate of Nebula valid. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/key_build.h"
#include "crypto/nebula.h"
#include "crypto/sig_alg.h"

#define BEGIN "-----BEGIN "

/* --- roots ------------------------------------------------------------- */

static int
verify_signature(const struct sc_nebula_cert *c,
    const struct sc_nebula_cert *ca, struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	r = ca->p256 ? sc_key_from_ec(sc_curve_by_name("P-256"), ca->public_key,
			   ca->public_key_len, NULL, &key, e)
		     : sc_key_from_ed25519(ca->public_key, NULL, &key, e);
	if (r == 0)
		r = sc_sig_verify(sc_sig_alg_default(key), key, c->tbs,
		    c->tbs_len, c->signature, c->signature_len, e);
	sc_key_free(key);
	return r;
}

static int
parse_block(
    const char *pem, size_t n, struct sc_nebula_cert **out, struct sc_error *e)
{
	uint8_t *der = NULL;
	char *label = NULL;
	size_t len;
	int r;

	if ((r = sc_pem_to_der(pem, n, &der, &len, &label, e)) != 0)
		return r;
	if (!sc_streq(label, "NEBULA CERTIFICATE") &&
	    !sc_streq(label, "NEBULA CERTIFICATE V2"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "PEM block \"%.64s\" is no nebula certificate", label);
	else
		r = sc_nebula_cert_parse(der, len, out, e);
	free(der);
	free(label);
	return r;
}

static int
add_root(
    const char *pem, size_t n, struct sc_nebula_roots *l, struct sc_error *e)
{
	struct sc_nebula_cert *c = NULL;
	void *v;
	int r;

	if ((r = parse_block(pem, n, &c, e)) != 0)
		return r;
	if (!c->is_ca)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "nebula certificate \"%.64s\" is not one of a CA", c->name);
	else if (verify_signature(c, c, NULL) != 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "nebula certificate \"%.64s\" is not signed by itself",
		    c->name);
	else if ((v = sc_reallocarray(l->v, l->n + 1, sizeof(*l->v))) == NULL)
		r = sc_fail_nomem(e);
	if (r != 0) {
		sc_nebula_cert_free(c);
		return r;
	}
	l->v = v;
	l->v[l->n++] = c;
	return 0;
}

int
sc_nebula_roots_from_pem(
    const char *pem, struct sc_nebula_roots *out, struct sc_error *e)
{
	const char *next;
	int r = 0;

	for (pem = strstr(pem, BEGIN); r == 0 && pem != NULL; pem = next) {
		next = strstr(pem + strlen(BEGIN), BEGIN);
		r = add_root(pem,
		    next != NULL ? (size_t)(next - pem) : strlen(pem), out, e);
	}
	if (r == 0 && out->n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED, "no PEM block");
	return r;
}

void
sc_nebula_roots_clear(struct sc_nebula_roots *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		sc_nebula_cert_free(l->v[i]);
	free(l->v);
	*l = (struct sc_nebula_roots){0};
}

/* --- a host ------------------------------------------------------------ */

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	const unsigned octets = bits / 8, rest = bits % 8;

	return memcmp(a, b, octets) == 0 &&
	    (rest == 0 || ((a[octets] ^ b[octets]) >> (8 - rest)) == 0);
}

/* Every one of nets lies in one of those that limit them, if any do. */
static bool
within(const struct sc_nebula_nets *nets, const struct sc_nebula_nets *limits)
{
	const struct sc_nebula_net *n, *l;
	size_t i, k;

	for (i = 0; limits->n > 0 && i < nets->n; i++) {
		n = &nets->v[i];
		for (k = 0; k < limits->n; k++) {
			l = &limits->v[k];
			if (l->ip_len == n->ip_len && l->bits <= n->bits &&
			    same_prefix(l->ip, n->ip, l->bits))
				break;
		}
		if (k == limits->n)
			return false;
	}
	return true;
}

static int
refuse(struct sc_error *e, const char *why)
{
	return sc_fail(
	    e, SC_ERR_UNAUTHENTICATED, "nebula certificate: %s", why);
}

static int
check_limits(const struct sc_nebula_cert *c, const struct sc_nebula_cert *ca,
    struct sc_error *e)
{
	size_t i;

	if (c->not_before < ca->not_before || c->not_after > ca->not_after)
		return refuse(e, "valid longer than its CA");
	for (i = 0; ca->groups.n > 0 && i < c->groups.n; i++)
		if (!sc_strlist_has(&ca->groups, c->groups.v[i]))
			return refuse(e, "in a group that its CA has not");
	if (!within(&c->networks, &ca->networks) ||
	    !within(&c->unsafe_networks, &ca->unsafe_networks))
		return refuse(e, "in a network that its CA has not");
	return 0;
}

static int
check_time(const struct sc_nebula_cert *c, const char *whose, int64_t now,
    struct sc_error *e)
{
	char t[SC_TIME_MAX];

	if (now < c->not_before) {
		sc_time_format(c->not_before, t);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the nebula certificate of the %s is not valid before %s",
		    whose, t);
	}
	if (now > c->not_after) {
		sc_time_format(c->not_after, t);
		return sc_fail_client(e, SC_ERR_EXPIRED,
		    "the nebula certificate of the %s has expired at %s", whose,
		    t);
	}
	return 0;
}

static const struct sc_nebula_cert *
find_ca(const struct sc_nebula_cert *c, const struct sc_nebula_roots *roots)
{
	size_t i;

	for (i = 0; c->has_issuer && i < roots->n; i++)
		if (memcmp(roots->v[i]->fingerprint, c->issuer,
			sizeof(c->issuer)) == 0)
			return roots->v[i];
	return NULL;
}

int
sc_nebula_cert_verify(const struct sc_nebula_cert *c,
    const struct sc_nebula_roots *roots, int64_t now, struct sc_error *e)
{
	const struct sc_nebula_cert *ca = find_ca(c, roots);
	int r;

	if (c->is_ca)
		return refuse(e, "is one of a CA");
	if (ca == NULL)
		return refuse(e, "issued by none of the roots");
	if (ca->p256 != c->p256)
		return refuse(e, "its curve is not its CA's");
	if (verify_signature(c, ca, NULL) != 0)
		return refuse(e, "its signature does not verify");
	if ((r = check_time(ca, "CA", now, e)) != 0 ||
	    (r = check_time(c, "host", now, e)) != 0)
		return r;
	return check_limits(c, ca, e);
}
