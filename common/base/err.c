#include "config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* One row per code, found by its negated value. */
static const struct {
	const char *text;
	int http_status;
} codes[] = {
    [-SC_OK] = {"success", 200},
    [-SC_ERR_NOMEM] = {"out of memory", 503},
    [-SC_ERR_IO] = {"input/output error", 503},
    [-SC_ERR_BUSY] = {"busy", 503},
    [-SC_ERR_CORRUPT] = {"stored data are damaged", 500},
    [-SC_ERR_MALFORMED] = {"malformed input", 400},
    [-SC_ERR_TOO_LARGE] = {"input too large", 413},
    [-SC_ERR_UNSUPPORTED] = {"not supported", 501},
    [-SC_ERR_UNAUTHENTICATED] = {"not authenticated", 401},
    [-SC_ERR_FORBIDDEN] = {"forbidden", 403},
    [-SC_ERR_NOT_FOUND] = {"not found", 404},
    [-SC_ERR_CONFLICT] = {"conflict", 409},
    [-SC_ERR_EXPIRED] = {"expired", 401},
    [-SC_ERR_REPLAYED] = {"already used", 401},
    [-SC_ERR_CRYPTO] = {"cryptographic failure", 500},
    [-SC_ERR_INTERNAL] = {"internal error", 500},
    [-SC_ERR_REVOKED] = {"revoked", 401},
};

static_assert(sizeof(codes) / sizeof(codes[0]) == SC_ERR_COUNT,
    "every error code needs its row");

static int
known(int code)
{
	return code <= 0 && code > -SC_ERR_COUNT;
}

int
sc_error_set(struct sc_error *e, int to_client, const char *file, int line,
    int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	e->file = file;
	e->line = line;
	e->client[0] = '\0';
	e->whole = 0;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (to_client) {
		static_assert(sizeof(e->client) == sizeof(e->msg),
		    "the two texts have one size");
		memcpy(e->client, e->msg, sizeof(e->client));
	}
	return code;
}

void
sc_error_client(struct sc_error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(e->client, sizeof(e->client), fmt, ap);
	va_end(ap);
	e->whole = 0;
}

void
sc_error_client_whole(struct sc_error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(e->client, sizeof(e->client), fmt, ap);
	va_end(ap);
	e->whole = 1;
}

void
sc_error_prefix(struct sc_error *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	size_t n;
	int r;

	if (e == NULL)
		return;
	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	r = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (r < 0)
		e->msg[0] = '\0';
	n = strlen(e->msg);
	(void)snprintf(
	    e->msg + n, sizeof(e->msg) - n, "%s%s", n == 0 ? "" : ": ", old);
}

const char *
sc_err_text(int code)
{
	return known(code) ? codes[-code].text : "unknown error";
}

int
sc_err_http_status(int code)
{
	return known(code) ? codes[-code].http_status : 500;
}
