#include "config.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/json.h"
#include "crypto/jws.h"
#include "tap.h"

#define NOW INT64_C(1700000000)

static struct json_object *
claims(const char *text)
{
	struct json_object *obj = NULL;

	tap_int(sc_json_parse(text, strlen(text), 0, &obj, NULL), 0);
	return obj;
}

static const struct {
	const char *value;
	int verdict, present;
	int64_t time;
} times[] = {
    {"1700000000", 0, 1, 1700000000},
    {"0", 0, 1, 0},
    {"1700000000.75", 0, 1, 1700000000},
    {"1.7e9", 0, 1, 1700000000},
    {"0.9", 0, 1, 0},
    {"253402300799", 0, 1, INT64_C(253402300799)}, /* year 9999 */
    {"253402300799.9", 0, 1, INT64_C(253402300799)},
    {"253402300800", SC_ERR_MALFORMED, 0, 0},
    {"253402300800.0", SC_ERR_MALFORMED, 0, 0},
    {"-1", SC_ERR_MALFORMED, 0, 0},
    {"-0.5", SC_ERR_MALFORMED, 0, 0},
    {"-1e300", SC_ERR_MALFORMED, 0, 0},
    {"1e400", SC_ERR_MALFORMED, 0, 0},
    {"1e300", SC_ERR_MALFORMED, 0, 0},
    {"9223372036854775807", SC_ERR_MALFORMED, 0, 0},
    {"9223372036854775808", SC_ERR_MALFORMED, 0, 0},
    {"18446744073709551616", SC_ERR_MALFORMED, 0, 0},
    {"99999999999999999999999999", SC_ERR_MALFORMED, 0, 0},
    {"-99999999999999999999999999", SC_ERR_MALFORMED, 0, 0},
    {"\"1700000000\"", SC_ERR_MALFORMED, 0, 0},
    {"true", SC_ERR_MALFORMED, 0, 0},
    {"[1700000000]", SC_ERR_MALFORMED, 0, 0},
    {"{}", SC_ERR_MALFORMED, 0, 0},
};

static void
t13_time_claims(void)
{
	struct json_object *obj;
	char text[100];
	int64_t t;
	int present;
	size_t i;

	for (i = 0; i < sizeof times / sizeof times[0]; i++) {
		tap_context("exp %s", times[i].value);
		snprintf(text, sizeof text, "{\"exp\":%s}", times[i].value);
		obj = NULL;
		/* the strict reader may refuse the number itself */
		if (sc_json_parse(text, strlen(text), 0, &obj, NULL) != 0) {
			tap_int(times[i].verdict, SC_ERR_MALFORMED);
			continue;
		}
		tap_int(sc_jwt_get_time(obj, "exp", &present, &t, NULL),
		    times[i].verdict);
		tap_int(present, times[i].present);
		tap_int(t, times[i].time);
		json_object_put(obj);
	}
	obj = claims("{\"EXP\":1,\"nbf\":null}");
	tap_int(sc_jwt_get_time(obj, "exp", &present, &t, NULL), 0);
	tap_int(present, 0); /* names are exact */
	tap_int(sc_jwt_get_time(obj, "nbf", &present, &t, NULL), 0);
	tap_int(present, 0);
	json_object_put(obj);
}

static int
check(const char *claim, int64_t offset, struct sc_error *e)
{
	struct json_object *obj;
	char text[100];
	int r;

	snprintf(text, sizeof text, "{\"%s\":%lld}", claim,
	    (long long)(NOW + offset));
	obj = claims(text);
	r = sc_jwt_check_times(obj, NOW, 60, e);
	json_object_put(obj);
	return r;
}

static void
t12_leeway(void)
{
	struct sc_error e = SC_ERROR_INIT;

	tap_int(check("exp", -59, &e), 0);
	tap_int(check("exp", -60, &e), 0);
	tap_int(check("exp", -61, &e), SC_ERR_EXPIRED);
	tap_has(e.client, "claim exp");
	tap_has(e.client, "1m1s ago");
	tap_int(check("exp", 1, &e), 0);
	tap_int(check("nbf", 59, &e), 0);
	tap_int(check("nbf", 60, &e), 0);
	tap_int(check("nbf", 61, &e), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "claim nbf");
	tap_has(e.client, "1m1s from now");
	tap_int(check("nbf", -1000000, &e), 0);
	tap_int(check("iat", 60, &e), 0);
	tap_int(check("iat", 61, &e), SC_ERR_UNAUTHENTICATED);
	tap_has(e.client, "claim iat");
	tap_int(check("iat", -1000000, &e), 0);
	tap_int(check("exp", -1699999999, &e), SC_ERR_EXPIRED);
	tap_int(
	    check("nbf", INT64_C(251702300799), &e), SC_ERR_UNAUTHENTICATED);
}

static void
t13_absent_and_bad(void)
{
	static const char *const bad[] = {"{\"exp\":\"1\"}", "{\"nbf\":\"1\"}",
	    "{\"iat\":\"1\"}", "{\"exp\":-1}", "{\"iat\":true}"};
	struct json_object *obj = claims("{}");
	struct sc_error e = SC_ERROR_INIT;
	size_t i;

	tap_int(sc_jwt_check_times(obj, NOW, 60, &e), 0);
	json_object_put(obj);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		obj = claims(bad[i]);
		tap_int(sc_jwt_check_times(obj, NOW, 60, &e), SC_ERR_MALFORMED);
		tap_has(e.client, "claim");
		json_object_put(obj);
	}
}

TAP_MAIN(TAP_NAMED("T13 forms of NumericDate", t13_time_claims),
    TAP_NAMED("T12 leeway of one minute", t12_leeway),
    TAP_NAMED("T13 absent and bad claims", t13_absent_and_bad))
