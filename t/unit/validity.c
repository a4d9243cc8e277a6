/*
 * The validity period of a leaf: defaults, backdate, claims, row C13.
 */
#include "config.h"

#include "authority/validity.h"
#include "base/err.h"
#include "config/claims.h"
#include "tap.h"

#define NOW INT64_C(1700000000)
#define DAY INT64_C(86400)
#define FAR INT64_C(4000000000)

static struct sc_claims claims;
static struct sc_error e;
static struct sc_validity v;

/* Texts as a request has them, "" = not asked for. */
static const struct sc_validity *credential;

static int
resolve(const char *nb, const char *na, int64_t issuer_end)
{
	struct sc_timespec b, a;

	e = (struct sc_error)SC_ERROR_INIT;
	v = (struct sc_validity){0, 0};
	if (sc_timespec_parse(nb, &b) != 0 || sc_timespec_parse(na, &a) != 0)
		return SC_ERR_INTERNAL;
	return sc_validity_resolve(
	    &b, &a, &claims, SC_MINUTE, issuer_end, credential, NOW, &v, &e);
}

static void
within_the_credential(void)
{
	const struct sc_validity c = {NOW - 10, NOW + 3600};

	credential = &c;
	/* The backdate does not count, a default is cut. */
	tap_int(resolve("", "", FAR), 0);
	tap_int(v.not_before, NOW - 60);
	tap_int(v.not_after, NOW + 3600);
	tap_int(resolve("", "1h", FAR), 0);
	tap_int(v.not_after, NOW + 3600);
	tap_int(resolve("", "3601s", FAR), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "is after the expiration of the provisioning "
	    "credential");
	tap_int(resolve("-10s", "", FAR), 0);
	tap_int(resolve("-11s", "", FAR), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "is before the active validity window of the "
	    "provisioning credential");
	/* One that begins when the credential is over. */
	tap_int(resolve("2h", "", FAR), SC_ERR_MALFORMED);
	/* The issuer's end counts as well. */
	tap_int(resolve("", "", NOW + 1800), 0);
	tap_int(v.not_after, NOW + 1800);
	credential = NULL;
}

static void
defaults_are_backdated(void)
{
	sc_claims_builtin(&claims);
	tap_int(resolve("", "", FAR), 0);
	tap_int(v.not_before, NOW - 60);
	tap_int(v.not_after, NOW + DAY);
}

static void
durations_count_from_the_start_asked_for(void)
{
	sc_claims_builtin(&claims);
	tap_int(resolve("1h", "2h", FAR), 0);
	tap_int(v.not_before, NOW + 3600);
	tap_int(v.not_after, NOW + 3 * 3600);
	/* The end counts from the start before the backdate. */
	tap_int(resolve("", "2h", FAR), 0);
	tap_int(v.not_before, NOW - 60);
	tap_int(v.not_after, NOW + 2 * 3600);
	tap_int(
	    resolve("2023-11-14T22:13:20Z", "2023-11-15T00:13:20Z", FAR), 0);
	tap_int(v.not_before, NOW);
	tap_int(v.not_after, NOW + 7200);
}

static void
bounds_are_exact(void)
{
	sc_claims_builtin(&claims);
	/* The backdate is part of the maximum, not of the minimum. */
	tap_int(resolve("", "24h", FAR), 0);
	tap_int(resolve("", "24h1s", FAR), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "requested duration of 24h1m1s is more than the authorized "
	    "maximum certificate duration of 24h1m0s");
	tap_has(e.client,
	    "(maxTLSCertDuration is 24h0m0s, set by the built-in default; "
	    "to change it: stepc ca provisioner update NAME "
	    "--x509-max-dur DURATION)");
	tap_int(resolve("0s", "5m", FAR), 0);
	tap_int(resolve("0s", "4m59s", FAR), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "requested duration of 4m59s is less than the authorized minimum "
	    "certificate duration of 5m0s");
	tap_int(v.not_after, 0);
}

static void
order_and_past(void)
{
	sc_claims_builtin(&claims);
	tap_int(resolve("2h", "-1h", FAR), SC_ERR_MALFORMED);
	tap_has(e.client,
	    "notAfter cannot be before notBefore; na=2023-11-14 "
	    "23:13:20 +0000 UTC, nb=2023-11-15 00:13:20");
	tap_int(resolve("-2h", "1h", FAR), SC_ERR_MALFORMED);
	tap_has(e.client,
	    "notAfter cannot be in the past; na=2023-11-14 "
	    "21:13:20 +0000 UTC");
}

static void
issuer_bounds(void)
{
	sc_claims_builtin(&claims);
	tap_int(resolve("", "", NOW + 7200), 0);
	tap_int(v.not_after, NOW + 7200);
	tap_int(resolve("", "3h", NOW + 7200), SC_ERR_FORBIDDEN);
	tap_has(e.client, "after the expiration of the issuing certificate");
}

static void
far_years(void)
{
	sc_claims_builtin(&claims);
	claims.duration[SC_CLAIM_MAX_TLS] = INT64_MAX;
	tap_int(resolve("", "9999-12-31T23:59:59Z", INT64_MAX), 0);
	tap_int(v.not_after, INT64_C(253402300799));
	tap_int(resolve("", "2049-12-31T23:59:59Z", INT64_MAX), 0);
	tap_int(resolve("", "2050-01-01T00:00:00Z", INT64_MAX), 0);
	tap_int(
	    resolve("1960-01-01T00:00:00Z", "", INT64_MAX), SC_ERR_MALFORMED);
	tap_int(resolve("9999-12-31T23:59:59Z", "2562047h", INT64_MAX),
	    SC_ERR_MALFORMED);
}

TAP_MAIN(TAP_TEST(defaults_are_backdated),
    TAP_TEST(durations_count_from_the_start_asked_for),
    TAP_NAMED("C13 bounds are exact", bounds_are_exact),
    TAP_NAMED("C13 end before start, end in the past", order_and_past),
    TAP_NAMED("C13 beyond the issuer", issuer_bounds),
    TAP_NAMED("T27 within the credential", within_the_credential),
    TAP_NAMED("C13 years 2049, 2050, 9999 and 1960", far_years))
