#include "config.h"

#include <stdio.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "crypto/jws.h"

#define YEAR_9999_END INT64_C(253402300799)

int
sc_jwt_get_time(struct json_object *claims, const char *name, int *present,
    int64_t *out, struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(claims, name);
	double d;

	*present = 0;
	*out = 0;
	if (v == NULL)
		return 0;
	if (json_object_is_type(v, json_type_int))
		*out = json_object_get_int64(v); /* saturates: refused below */
	else if (json_object_is_type(v, json_type_double)) {
		d = json_object_get_double(v);
		/* written so that a NaN fails too */
		if (!(d >= 0 && d < (double)YEAR_9999_END + 1))
			return sc_fail_client(e, SC_ERR_MALFORMED,
			    "claim %s is not a time", name);
		*out = (int64_t)d;
	} else
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "claim %s is not a number", name);
	if (*out < 0 || *out > YEAR_9999_END) {
		*out = 0;
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "claim %s is not a time", name);
	}
	*present = 1;
	return 0;
}

/* "5m0s", for a span that is at most some thousands of years. */
static void
span(int64_t seconds, char out[SC_DURATION_MAX])
{
	if (seconds < INT64_MAX / SC_SECOND)
		sc_duration_format(seconds * SC_SECOND, out);
	else
		snprintf(out, SC_DURATION_MAX, "%lld s", (long long)seconds);
}

int
sc_jwt_check_times(
    struct json_object *claims, int64_t now, int64_t leeway, struct sc_error *e)
{
	int64_t exp, nbf, iat;
	int has_exp, has_nbf, has_iat, r;
	char t[SC_TIME_MAX], d[SC_DURATION_MAX];

	if ((r = sc_jwt_get_time(claims, "exp", &has_exp, &exp, e)) != 0 ||
	    (r = sc_jwt_get_time(claims, "nbf", &has_nbf, &nbf, e)) != 0 ||
	    (r = sc_jwt_get_time(claims, "iat", &has_iat, &iat, e)) != 0)
		return r;
	if (has_nbf && now + leeway < nbf) {
		sc_time_format(nbf, t);
		span(nbf - now, d);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "token is not valid before %s (claim nbf), %s from now; "
		    "is the clock right?",
		    t, d);
	}
	if (has_exp && now - leeway > exp) {
		sc_time_format(exp, t);
		span(now - exp, d);
		return sc_fail_client(e, SC_ERR_EXPIRED,
		    "token expired at %s (claim exp), %s ago", t, d);
	}
	if (has_iat && now + leeway < iat) {
		sc_time_format(iat, t);
		span(iat - now, d);
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "token was issued at %s (claim iat), %s from now; "
		    "is the clock right?",
		    t, d);
	}
	return 0;
}
