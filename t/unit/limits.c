/*
 * The limits that the base layer itself enforces, just below and just above,
 * and what the limits have to be to each other.  The modules that enforce the
 * other limits test those.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tap.h"

static int
parse_nested(size_t depth)
{
	struct json_object *obj = NULL;
	char *s = malloc(depth * 2);
	int r;

	if (s == NULL)
		return SC_ERR_NOMEM;
	memset(s, '[', depth);
	memset(s + depth, ']', depth);
	r = sc_json_parse(s, depth * 2, 0, &obj, NULL);
	json_object_put(obj);
	free(s);
	return r;
}

static void
json_depth(void)
{
	tap_int(parse_nested(SC_MAX_JSON_DEPTH), 0);
	tap_int(parse_nested(SC_MAX_JSON_DEPTH + 1), SC_ERR_TOO_LARGE);
}

static void
json_number(void)
{
	struct json_object *obj;
	char s[SC_MAX_JSON_NUMBER + 1];

	memset(s, '1', sizeof(s));
	tap_int(sc_json_parse(s, SC_MAX_JSON_NUMBER, 0, &obj, NULL), 0);
	json_object_put(obj);
	tap_int(sc_json_parse(s, SC_MAX_JSON_NUMBER + 1, 0, &obj, NULL),
	    SC_ERR_MALFORMED);
	s[1] = '.';
	tap_int(sc_json_parse(s, SC_MAX_JSON_NUMBER, 0, &obj, NULL), 0);
	json_object_put(obj);
	tap_int(sc_json_parse(s, SC_MAX_JSON_NUMBER + 1, 0, &obj, NULL),
	    SC_ERR_MALFORMED);
}

static void
password_file(void)
{
	size_t n = SC_MAX_PASSWORD_FILE;
	char *s, *pw;

	s = malloc(n + 1);
	tap_need(s != NULL);
	memset(s, 'p', n + 1);
	tap_int(sc_password_read(tap_file("pw", s, n), &pw, NULL), 0);
	tap_int(strlen(pw), n);
	sc_free_secret(pw);
	tap_int(sc_password_read(tap_file("pw", s, n + 1), &pw, NULL),
	    SC_ERR_TOO_LARGE);
	tap_ok(pw == NULL);
	free(s);
}

/* What must fit into what. */
static void
relations(void)
{
	tap_ok(SC_MAX_JWS < SC_MAX_BODY);
	tap_ok(SC_MAX_JWS_HEADER < SC_MAX_JWS);
	tap_ok(SC_MAX_CSR * 4 / 3 < SC_MAX_BODY);
	tap_ok(SC_MAX_KID < SC_MAX_JWS_HEADER);
	tap_ok(SC_MAX_JTI < SC_MAX_JWS);
	tap_ok(SC_MIN_RSA_BITS < SC_MAX_RSA_BITS);
	tap_ok(SC_MAX_BODY < SC_MAX_RESPONSE);
	tap_ok(SC_MAX_REQUEST_ID < SC_MAX_LOG_VALUE);
	tap_ok(SC_MAX_PASSWORD_FILE < SC_MAX_PEM_FILE);
	/* An SSH certificate and that of the identity, in one request. */
	tap_ok(SC_WEBHOOK_SECONDS < SC_WEBHOOKS_SECONDS);
	tap_ok(2 * SC_WEBHOOKS_SECONDS < SC_REQUEST_SECONDS);
	/* A request, base64 and once more in its parts. */
	tap_ok(SC_MAX_CSR * 4 < SC_MAX_WEBHOOK_BODY);
}

TAP_MAIN(TAP_TEST(json_depth), TAP_TEST(json_number), TAP_TEST(password_file),
    TAP_TEST(relations))
