#include "config.h"

#include <stdbool.h>
#include <stddef.h>

#include "authority/validity.h"
#include "base/err.h"
#include "config/claims.h"

/* Beyond this a UTC time cannot be written (year 9999). */
#define LAST_SECOND INT64_C(253402300799)

static int
check_range(int64_t t, const char *what, struct sc_error *e)
{
	if (t < 0 || t > LAST_SECOND)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "%s is outside the years 1970 to 9999", what);
	return 0;
}

static int
check_order(int64_t nb, int64_t na, int64_t now, struct sc_error *e)
{
	char a[SC_TIME_MAX], b[SC_TIME_MAX];

	sc_time_format_go(na, a);
	sc_time_format_go(nb, b);
	if (na < now)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "notAfter cannot be in the past; na=%s", a);
	if (na < nb)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "notAfter cannot be before notBefore; na=%s, nb=%s", a, b);
	return 0;
}

static int
check_claims(const struct sc_claims *c, int64_t seconds, int64_t backdate,
    struct sc_error *e)
{
	char d[SC_DURATION_MAX], bound[SC_DURATION_MAX];
	char claim[SC_CLAIM_TEXT_MAX];
	int64_t min = c->duration[SC_CLAIM_MIN_TLS];
	int64_t max = c->duration[SC_CLAIM_MAX_TLS];
	int64_t whole = INT64_MAX / SC_SECOND;

	/* No claim can be that long, and the product must not overflow. */
	seconds = seconds > whole ? whole : seconds;
	max = max > INT64_MAX - backdate ? INT64_MAX : max + backdate;
	sc_duration_format(seconds * SC_SECOND, d);
	if (seconds * SC_SECOND < min) {
		sc_duration_format(min, bound);
		sc_claim_duration_text(c, SC_CLAIM_MIN_TLS, claim);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested duration of %s is less than the authorized "
		    "minimum certificate duration of %s (%s)",
		    d, bound, claim);
	}
	if (seconds * SC_SECOND > max) {
		sc_duration_format(max, bound);
		sc_claim_duration_text(c, SC_CLAIM_MAX_TLS, claim);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested duration of %s is more than the authorized "
		    "maximum certificate duration of %s (%s)",
		    d, bound, claim);
	}
	return 0;
}

/* nb as asked for, na unless it is a default that may be cut. */
static int
check_credential(const struct sc_validity *c, int64_t nb, int64_t na,
    bool asked, struct sc_error *e)
{
	char a[SC_TIME_MAX], b[SC_TIME_MAX];

	if (nb < c->not_before) {
		sc_time_format_go(nb, a);
		sc_time_format_go(c->not_before, b);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested certificate notBefore (%s) is before the "
		    "active validity window of the provisioning credential "
		    "(%s)",
		    a, b);
	}
	if (asked && na > c->not_after) {
		sc_time_format_go(na, a);
		sc_time_format_go(c->not_after, b);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested certificate notAfter (%s) is after the "
		    "expiration of the provisioning credential (%s)",
		    a, b);
	}
	return 0;
}

int
sc_validity_resolve(const struct sc_timespec *not_before,
    const struct sc_timespec *not_after, const struct sc_claims *claims,
    int64_t backdate, int64_t issuer_end, const struct sc_validity *credential,
    int64_t now, struct sc_validity *out, struct sc_error *e)
{
	int64_t nb, na;
	char t[SC_TIME_MAX];
	int r;

	nb = not_before->kind == SC_TS_UNSET
	    ? now
	    : sc_timespec_resolve(not_before, now);
	if ((r = check_range(nb, "notBefore", e)) != 0)
		return r;
	if (not_after->kind == SC_TS_UNSET) {
		na = nb + claims->duration[SC_CLAIM_DEFAULT_TLS] / SC_SECOND;
		na = na > issuer_end ? issuer_end : na;
	} else {
		na = sc_timespec_resolve(not_after, nb);
	}
	if ((r = check_range(na, "notAfter", e)) != 0)
		return r;
	if (credential != NULL &&
	    (r = check_credential(
		 credential, nb, na, not_after->kind != SC_TS_UNSET, e)) != 0)
		return r;
	if (credential != NULL && na > credential->not_after)
		na = credential->not_after;
	if (not_before->kind == SC_TS_UNSET)
		nb -= backdate / SC_SECOND;
	if ((r = check_order(nb, na, now, e)) != 0 ||
	    (r = check_claims(claims, na - nb, backdate, e)) != 0)
		return r;
	if (na > issuer_end) {
		sc_time_format_go(issuer_end, t);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested notAfter is after the expiration of the "
		    "issuing certificate (%s)",
		    t);
	}
	out->not_before = nb;
	out->not_after = na;
	return 0;
}
