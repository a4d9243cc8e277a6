#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "tap.h"
#include "web/response.h"
#include "web/serve.h"
#include "web_kit.h"

#define BODY_MAX 16

static unsigned calls;

static int
echo(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)ca, (void)log, (void)e;
	calls++;
	return sc_response_text(rs, 200, "text/plain", (const char *)rq->body);
}

static int
busy(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)ca, (void)rq, (void)log;
	(void)sc_buf_puts(rs->body, "half");
	return sc_fail(e, SC_ERR_BUSY, "locked");
}

/* Says that all is well, with a document that did not fit. */
static int
overflow(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	char *much = calloc(1, SC_MAX_RESPONSE + 1);

	(void)ca, (void)rq, (void)log, (void)e;
	if (much != NULL)
		(void)sc_buf_put(rs->body, much, SC_MAX_RESPONSE + 1);
	free(much);
	rs->status = 200;
	return 0;
}

static const struct sc_route routes[] = {
    {SC_POST, "/echo", BODY_MAX, echo},
    {SC_GET, "/get", 0, echo},
    {SC_GET, "/busy", 0, busy},
    {SC_GET, "/overflow", 0, overflow},
};
static const struct sc_service service = {
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
    .trace_header = "",
};

/* The response to a request; lives to the next call. */
static const char *
serve(const char *method, const char *uri, const char *length, const char *body)
{
	static struct sc_buf *out;
	const char *const params[] = {"REQUEST_METHOD", method, "REQUEST_URI",
	    uri, "CONTENT_LENGTH", length, "HTTP_X_REQUEST_ID", "id", NULL};
	struct web_kit k = {
	    .params = params, .body = body, .body_len = strlen(body)};
	struct sc_file_part rest;

	sc_buf_free(out);
	out = sc_buf_new(65536);
	calls = 0;
	tap_int(
	    sc_serve(&service, web_kit_param, web_kit_read, &k, out, &rest), 0);
	tap_int(rest.fd, -1);
	return sc_buf_str(out);
}

static void
answers(void)
{
	tap_str(serve("POST", "/1.0/echo?x", "5", "hello"),
	    "Status: 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\nX-Request-Id: id\r\n\r\nhello");
	tap_str(serve("HEAD", "/get", "", ""),
	    "Status: 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 0\r\nX-Request-Id: id\r\n\r\n");
}

static void
unknown_paths(void)
{
	tap_str(serve("GET", "/nowhere", "", ""),
	    "Status: 404 Not Found\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 19\r\nX-Request-Id: id\r\n\r\n"
	    "404 page not found\n");
	tap_str(serve("HEAD", "/nowhere", "", ""),
	    "Status: 404 Not Found\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 19\r\nX-Request-Id: id\r\n\r\n");
}

static void
wrong_methods(void)
{
	tap_str(serve("GET", "/echo", "", ""),
	    "Status: 405 Method Not Allowed\r\nContent-Length: 0\r\n"
	    "X-Request-Id: id\r\nAllow: POST\r\n\r\n");
	tap_str(serve("TRACE", "/get", "", ""),
	    "Status: 405 Method Not Allowed\r\nContent-Length: 0\r\n"
	    "X-Request-Id: id\r\nAllow: GET, HEAD\r\n\r\n");
	tap_int(calls, 0);
}

static void
body_limits(void)
{
	tap_has(serve("POST", "/echo", "16", "0123456789abcdef"),
	    "\r\n\r\n0123456789abcdef");
	tap_has(serve("POST", "/echo", "17", "0123456789abcdefg"),
	    "Status: 413 Request Entity Too Large\r\n");
	tap_int(calls, 0);
	tap_has(serve("POST", "/echo", "0", ""), "Status: 200 OK\r\n");
	tap_has(serve("POST", "/echo", "1", "x"), "\r\n\r\nx");
	tap_has(serve("GET", "/get", "1", "x"), "Status: 413 ");
	tap_int(calls, 0);
}

static void
lengths(void)
{
	static const char *const bad[] = {
	    "-1", "+5", " 5", "0x5", "99999999999999999999", "6"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		tap_has(serve("POST", "/echo", bad[i], "hello"),
		    "Status: 400 Bad Request\r\n");
		tap_int(calls, 0);
	}
	tap_context("%s", "");
	tap_has(serve("POST", "/echo", "3", "hello"), "\r\n\r\nhel");
}

static void
errors(void)
{
	tap_str(serve("GET", "/busy", "", ""),
	    "Status: 503 Service Unavailable\r\n"
	    "Content-Type: application/json\r\nContent-Length: 114\r\n"
	    "X-Request-Id: id\r\nRetry-After: 1\r\n\r\n"
	    "{\"status\":503,\"message\":\"The certificate authority cannot "
	    "record requests at the moment; try again in a second.\"}\n");
	tap_has(serve("GET", "/overflow", "", ""),
	    "Status: 500 Internal Server Error\r\n");
}

TAP_MAIN(TAP_TEST(answers), TAP_TEST(unknown_paths), TAP_TEST(wrong_methods),
    TAP_NAMED("F2 body limits", body_limits), TAP_NAMED("F1 lengths", lengths),
    TAP_TEST(errors))
