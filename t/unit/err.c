#include "config.h"

#include <string.h>

#include "base/err.h"
#include "tap.h"

static void
walks_all_codes(void)
{
	static const struct {
		int code, status;
		const char *text;
	} want[SC_ERR_COUNT] = {
	    {SC_OK, 200, "success"},
	    {SC_ERR_NOMEM, 503, "out of memory"},
	    {SC_ERR_IO, 503, "input/output error"},
	    {SC_ERR_BUSY, 503, "busy"},
	    {SC_ERR_CORRUPT, 500, "stored data are damaged"},
	    {SC_ERR_MALFORMED, 400, "malformed input"},
	    {SC_ERR_TOO_LARGE, 413, "input too large"},
	    {SC_ERR_UNSUPPORTED, 501, "not supported"},
	    {SC_ERR_UNAUTHENTICATED, 401, "not authenticated"},
	    {SC_ERR_FORBIDDEN, 403, "forbidden"},
	    {SC_ERR_NOT_FOUND, 404, "not found"},
	    {SC_ERR_CONFLICT, 409, "conflict"},
	    {SC_ERR_EXPIRED, 401, "expired"},
	    {SC_ERR_REPLAYED, 401, "already used"},
	    {SC_ERR_CRYPTO, 500, "cryptographic failure"},
	    {SC_ERR_INTERNAL, 500, "internal error"},
	    {SC_ERR_REVOKED, 401, "revoked"},
	};
	int i;

	for (i = 0; i < SC_ERR_COUNT; i++) {
		tap_context("code %d", -i);
		tap_int(want[i].code, -i);
		tap_int(sc_err_http_status(-i), want[i].status);
		tap_str(sc_err_text(-i), want[i].text);
	}
}

static void
unknown_codes(void)
{
	tap_int(sc_err_http_status(-SC_ERR_COUNT), 500);
	tap_int(sc_err_http_status(1), 500);
	tap_str(sc_err_text(-SC_ERR_COUNT), "unknown error");
	tap_str(sc_err_text(99), "unknown error");
}

static void
fills_the_record(void)
{
	struct sc_error e = SC_ERROR_INIT;
	int line;

	line = __LINE__ + 1;
	tap_int(sc_fail(&e, SC_ERR_BUSY, "lock %d", 7), SC_ERR_BUSY);
	tap_int(e.code, SC_ERR_BUSY);
	tap_str(e.msg, "lock 7");
	tap_str(e.client, "");
	tap_int(e.line, line);
	tap_has(e.file, "err.c");
	tap_int(sc_fail_client(&e, SC_ERR_FORBIDDEN, "no %s", "way"),
	    SC_ERR_FORBIDDEN);
	tap_str(e.msg, "no way");
	tap_str(e.client, "no way");
	tap_int(sc_fail(&e, SC_ERR_IO, "later"), SC_ERR_IO);
	tap_str(e.client, "");
	tap_int(sc_fail_nomem(&e), SC_ERR_NOMEM);
	tap_str(e.msg, "out of memory");
}

static void
takes_null(void)
{
	tap_int(sc_fail(NULL, SC_ERR_IO, "x"), SC_ERR_IO);
	sc_error_prefix(NULL, "x");
}

static void
prefixes(void)
{
	struct sc_error e = SC_ERROR_INIT;

	sc_fail_client(&e, SC_ERR_IO, "inner");
	sc_error_prefix(&e, "outer %d", 1);
	tap_str(e.msg, "outer 1: inner");
	tap_str(e.client, "inner");
	tap_int(e.code, SC_ERR_IO);
}

static void
cuts_long_texts(void)
{
	struct sc_error e = SC_ERROR_INIT;
	char big[2000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	sc_fail_client(&e, SC_ERR_IO, "%s", big);
	tap_int(strlen(e.msg), sizeof(e.msg) - 1);
	tap_int(strlen(e.client), sizeof(e.client) - 1);
	sc_error_prefix(&e, "%s", big);
	tap_int(strlen(e.msg), sizeof(e.msg) - 1);
}

TAP_MAIN(TAP_TEST(walks_all_codes), TAP_TEST(unknown_codes),
    TAP_TEST(fills_the_record), TAP_TEST(takes_null), TAP_TEST(prefixes),
    TAP_TEST(cuts_long_texts))
