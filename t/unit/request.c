#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "tap.h"
#include "web_kit.h"

static int
make(struct sc_request *rq, struct sc_error *e, struct web_kit *k,
    const char *const *params)
{
	*e = (struct sc_error)SC_ERROR_INIT;
	k->params = params;
	k->taken = 0;
	return sc_request_init(rq, web_kit_param, k, "", e);
}

static void
takes_what_the_server_sets(void)
{
	const char *const params[] = {"REQUEST_METHOD", "POST", "REQUEST_URI",
	    "/a%2Fb?x=1?y", "REMOTE_ADDR", "::1", "CONTENT_LENGTH", "12",
	    "HTTP_AUTHORIZATION", "Bearer t", "HTTP_SSL_CLIENT_CERT", "spoofed",
	    "HTTP_SSL_CLIENT_VERIFY", "SUCCESS", NULL};
	struct web_kit k = {0};
	struct sc_request rq;
	struct sc_error e;

	tap_int(make(&rq, &e, &k, params), 0);
	tap_str(rq.method, "POST");
	tap_str(rq.path, "/a%2Fb");
	tap_str(rq.query, "x=1?y");
	tap_str(rq.peer, "::1");
	tap_int(rq.content_length, 12);
	tap_str(rq.authorization, "Bearer t");
	tap_ok(rq.client_cert == NULL);
	tap_ok(rq.client_verify == NULL);
	sc_request_clear(&rq);
	tap_ok(rq.path == NULL && rq.body == NULL);
	sc_request_clear(&rq);
}

static void
needs_a_path(void)
{
	static const char *const bad[] = {
	    NULL, "", "*", "health", "http://h/health", "?x", "\r\n/health"};
	struct web_kit k = {0};
	struct sc_request rq;
	struct sc_error e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const params[] = {
		    bad[i] != NULL ? "REQUEST_URI" : NULL, bad[i], NULL};

		tap_context("%s", bad[i] != NULL ? bad[i] : "absent");
		tap_int(make(&rq, &e, &k, params), SC_ERR_MALFORMED);
		tap_int((int64_t)strlen(rq.id), 36);
		tap_str(rq.method, "");
		sc_request_clear(&rq);
	}
	tap_context("%s", "");
}

static void
uri_limit(void)
{
	char uri[SC_MAX_URI + 2];
	const char *const params[] = {"REQUEST_URI", uri, NULL};
	struct web_kit k = {0};
	struct sc_request rq;
	struct sc_error e;

	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[SC_MAX_URI] = '\0';
	tap_int(make(&rq, &e, &k, params), 0);
	sc_request_clear(&rq);
	uri[SC_MAX_URI] = 'a';
	uri[SC_MAX_URI + 1] = '\0';
	tap_int(make(&rq, &e, &k, params), SC_ERR_MALFORMED);
	sc_request_clear(&rq);
}

static void
content_length(void)
{
	static const struct {
		const char *text;
		int r;
		int64_t n;
	} cases[] = {
	    {"", 0, 0},
	    {"0", 0, 0},
	    {"5", 0, 5},
	    {"9223372036854775807", 0, INT64_MAX},
	    {"9223372036854775808", SC_ERR_MALFORMED, 0},
	    {"99999999999999999999999999", SC_ERR_MALFORMED, 0},
	    {"-1", SC_ERR_MALFORMED, 0},
	    {"-0x1", SC_ERR_MALFORMED, 0},
	    {"+5", SC_ERR_MALFORMED, 0},
	    {" 5", SC_ERR_MALFORMED, 0},
	    {"5 ", SC_ERR_MALFORMED, 0},
	    {"0x5", SC_ERR_MALFORMED, 0},
	    {"5,5", SC_ERR_MALFORMED, 0},
	    {"5e0", SC_ERR_MALFORMED, 0},
	    {"five", SC_ERR_MALFORMED, 0},
	};
	struct web_kit k = {0};
	struct sc_request rq;
	struct sc_error e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const params[] = {
		    "REQUEST_URI", "/", "CONTENT_LENGTH", cases[i].text, NULL};

		tap_context("\"%s\"", cases[i].text);
		tap_int(make(&rq, &e, &k, params), cases[i].r);
		if (cases[i].r == 0)
			tap_int(rq.content_length, cases[i].n);
		else
			tap_str(e.client, "Content-Length is not a number");
		sc_request_clear(&rq);
	}
	tap_context("%s", "");
}

/* Announced and sent bytes, and what becomes of them under a limit of 8. */
static void
body_length(void)
{
	static const struct {
		const char *announced;
		size_t sent;
		int r;
		size_t read;
	} cases[] = {
	    {"0", 0, 0, 0},
	    {"0", 5, 0, 0},
	    {"1", 1, 0, 1},
	    {"3", 5, 0, 3},
	    {"5", 3, SC_ERR_MALFORMED, 3},
	    {"5", 0, SC_ERR_MALFORMED, 0},
	    {"8", 8, 0, 8},
	    {"9", 9, SC_ERR_TOO_LARGE, 0},
	    {"9223372036854775807", 9, SC_ERR_TOO_LARGE, 0},
	};
	struct web_kit k = {.body = "{\"a\":123}"};
	struct sc_request rq;
	struct sc_error e;
	size_t i, piece;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (piece = 0; piece < 3; piece++) {
			const char *const params[] = {"REQUEST_URI", "/",
			    "CONTENT_LENGTH", cases[i].announced, NULL};

			tap_context("%s announced, %zu sent, pieces of %zu",
			    cases[i].announced, cases[i].sent, piece);
			k.body_len = cases[i].sent;
			k.piece = piece;
			tap_int(make(&rq, &e, &k, params), 0);
			tap_int(
			    sc_request_read_body(&rq, 8, web_kit_read, &k, &e),
			    cases[i].r);
			tap_int((int64_t)k.taken, (int64_t)cases[i].read);
			if (cases[i].r == 0) {
				tap_mem(rq.body, rq.body_len, k.body,
				    cases[i].read);
				tap_int(rq.body[rq.body_len], 0);
			}
			sc_request_clear(&rq);
		}
	tap_context("%s", "");
}

static void
request_id(void)
{
	char longest[SC_MAX_REQUEST_ID + 2];
	const struct {
		const char *id, *trace, *want; /* NULL: a fresh one */
	} cases[] = {
	    {"abc", "old", "abc"},
	    {NULL, "old", "old"},
	    {"", "old", "old"},
	    {NULL, NULL, NULL},
	    {"a b", NULL, NULL},
	    {"a\r\nX: y", NULL, NULL},
	    {"a\nb", "old", "old"},
	    {"a\tb", NULL, NULL},
	    {"a\x7f", NULL, NULL},
	    {"\xc3\xa9", NULL, NULL},
	    {longest, "old", "old"},
	    {longest + 1, "old", longest + 1},
	};
	struct web_kit k = {0};
	struct sc_request rq;
	struct sc_error e;
	size_t i;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *params[] = {
		    "REQUEST_URI", "/", NULL, NULL, NULL, NULL, NULL};
		size_t n = 2;

		tap_context("case %zu", i);
		if (cases[i].id != NULL) {
			params[n++] = "HTTP_X_REQUEST_ID";
			params[n++] = cases[i].id;
		}
		if (cases[i].trace != NULL) {
			params[n++] = "HTTP_X_SMALLSTEP_ID";
			params[n++] = cases[i].trace;
		}
		tap_int(make(&rq, &e, &k, params), 0);
		if (cases[i].want != NULL)
			tap_str(rq.id, cases[i].want);
		else
			tap_ok(strlen(rq.id) == 36 && rq.id[14] == '4');
		sc_request_clear(&rq);
	}
	tap_context("%s", "");
}

static void
trace_header_of_the_configuration(void)
{
	const char *const params[] = {"REQUEST_URI", "/", "HTTP_X_SMALLSTEP_ID",
	    "default", "HTTP_MY_TRACE", "mine", NULL};
	struct web_kit k = {.params = params};
	char name[300];
	struct sc_error e = SC_ERROR_INIT;
	struct sc_request rq;

	tap_int(sc_request_init(&rq, web_kit_param, &k, "my-Trace", &e), 0);
	tap_str(rq.id, "mine");
	sc_request_clear(&rq);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	tap_int(sc_request_init(&rq, web_kit_param, &k, name, &e), 0);
	tap_int((int64_t)strlen(rq.id), 36);
	sc_request_clear(&rq);
}

static void
query(void)
{
	static const struct {
		const char *query, *name, *want;
	} cases[] = {
	    {"", "a", NULL},
	    {"a", "a", ""},
	    {"a=", "a", ""},
	    {"a=1&a=2", "a", "1"},
	    {"aa=1&a=2", "a", "2"},
	    {"&&a=b=c&", "a", "b=c"},
	    {"a=%41+%2B", "a", "A +"},
	    {"a=%00", "a", NULL},
	    {"a=%4", "a", NULL},
	    {"a=%zz", "a", NULL},
	    {"a=%ff", "a", NULL},
	    {"A=1", "a", NULL},
	};
	struct sc_request rq = {0};
	char text[64], *got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].query);
		memcpy(text, cases[i].query, strlen(cases[i].query) + 1);
		rq.query = text;
		got = sc_request_query(&rq, cases[i].name);
		if (cases[i].want == NULL)
			tap_ok(got == NULL);
		else
			tap_str(got, cases[i].want);
		free(got);
	}
	tap_context("%s", "");
}

TAP_MAIN(TAP_TEST(takes_what_the_server_sets), TAP_TEST(needs_a_path),
    TAP_TEST(uri_limit), TAP_NAMED("F1 Content-Length", content_length),
    TAP_NAMED("F1 F2 body against Content-Length and limit", body_length),
    TAP_NAMED("F11 request id", request_id),
    TAP_TEST(trace_header_of_the_configuration), TAP_TEST(query))
