/*
 * A request from its parameters to the bytes of its response.  The input is
 * lines: method, REQUEST_URI, CONTENT_LENGTH, request id, then the body.
 */
#include <config.h>

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "fuzz.h"
#include "web/response.h"
#include "web/serve.h"

#define LINES 4

struct input {
	char *line[LINES];
	const uint8_t *body;
	size_t left;
};

static const char *
param(void *arg, const char *name)
{
	static const char *const names[LINES] = {"REQUEST_METHOD",
	    "REQUEST_URI", "CONTENT_LENGTH", "HTTP_X_REQUEST_ID"};
	const struct input *in = arg;
	size_t i;

	for (i = 0; i < LINES; i++)
		if (strcmp(names[i], name) == 0)
			return in->line[i];
	return NULL;
}

static size_t
take(void *arg, void *p, size_t n)
{
	struct input *in = arg;

	n = n > in->left ? in->left : n;
	if (n > 0)
		memcpy(p, in->body, n);
	in->body += n;
	in->left -= n;
	return n;
}

static int
echo(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	char *cursor = sc_request_query(rq, "cursor");

	(void)ca, (void)log, (void)e;
	FUZZ_CHECK(rq->body != NULL && rq->body[rq->body_len] == '\0');
	if (rq->params[0] != NULL)
		(void)sc_response_header(rs, "Location", rq->params[0]);
	if (cursor != NULL)
		(void)sc_response_header(rs, "Link", cursor);
	free(cursor);
	return sc_response_text(rs, 200, "text/plain", "");
}

static const struct sc_route routes[] = {
    {SC_GET, "/a", 0, echo},
    {SC_GET, "/a/{b}", 0, echo},
    {SC_POST, "/a/{b}/c/{d}", 64, echo},
};

/* Only our own header lines before the empty one. */
static void
check_response(const char *s)
{
	static const char *const ours[] = {
	    "Status: ", "Content-Type: ", "Content-Length: ", "X-Request-Id: ",
	    "Allow: ", "Retry-After: ", "Location: ", "Link: "};
	const char *end;
	size_t i, n = sizeof(ours) / sizeof(ours[0]);

	for (; strncmp(s, "\r\n", 2) != 0; s = end + 2) {
		for (i = 0; i < n && !sc_has_prefix(s, ours[i]); i++)
			;
		FUZZ_CHECK(i < n);
		FUZZ_CHECK((end = strstr(s, "\r\n")) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sc_service service = {
	    routes, sizeof(routes) / sizeof(routes[0]), NULL, "", 0};
	struct sc_buf *out = sc_buf_new(1 << 20);
	struct sc_file_part rest = {.fd = -1};
	struct input in = {{NULL}, data, size};
	const uint8_t *nl;
	size_t i, n;

	sc_log_init("fuzz", SC_LOG_ERROR);
	for (i = 0; i < LINES && in.left > 0; i++) {
		nl = memchr(in.body, '\n', in.left);
		n = nl != NULL ? (size_t)(nl - in.body) : in.left;
		in.line[i] = sc_strndup((const char *)in.body, n);
		n += nl != NULL;
		in.body += n;
		in.left -= n;
	}
	if (out != NULL &&
	    sc_serve(&service, param, take, &in, out, &rest) == 0)
		check_response(sc_buf_str(out));
	for (i = 0; i < LINES; i++)
		free(in.line[i]);
	sc_file_part_close(&rest);
	sc_buf_free(out);
	return 0;
}
