#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/form.h"
#include "base/mem.h"
#include "base/random.h"
#include "web/request.h"

/* What may come back in a header and in the log: printable, not empty. */
static bool
usable_id(const char *s)
{
	size_t n = 0;

	if (s == NULL || s[0] == '\0')
		return false;
	for (; s[n] != '\0'; n++)
		if (n >= SC_MAX_REQUEST_ID || s[n] <= 0x20 || s[n] >= 0x7f)
			return false;
	return true;
}

/* "X-Smallstep-Id" -> "HTTP_X_SMALLSTEP_ID" */
static void
header_param(const char *header, char out[128])
{
	size_t i, n = 5;

	memcpy(out, "HTTP_", 5);
	for (i = 0; header[i] != '\0' && n < 127; i++)
		out[n++] = header[i] == '-' ? '_'
		    : header[i] >= 'a' && header[i] <= 'z'
		    ? (char)(header[i] - 'a' + 'A')
		    : header[i];
	out[n] = '\0';
}

static void
set_id(struct sc_request *rq, sc_param_fn *param, void *arg,
    const char *trace_header)
{
	const char *id = param(arg, "HTTP_X_REQUEST_ID");
	char name[128];

	if (!usable_id(id)) {
		header_param(
		    trace_header[0] != '\0' ? trace_header : "X-Smallstep-Id",
		    name);
		id = param(arg, name);
	}
	if (usable_id(id))
		(void)snprintf(rq->id, sizeof(rq->id), "%s", id);
	else if (sc_uuid4(rq->id) != 0)
		(void)snprintf(rq->id, sizeof(rq->id), "none");
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static int
split_uri(struct sc_request *rq, const char *uri, struct sc_error *e)
{
	size_t n;

	if (uri == NULL || uri[0] != '/' || strlen(uri) > SC_MAX_URI)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "REQUEST_URI is missing, no path, or too long");
	n = strcspn(uri, "?");
	rq->path = sc_strndup(uri, n);
	rq->query = sc_strdup(uri[n] == '?' ? uri + n + 1 : "");
	if (rq->path == NULL || rq->query == NULL)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_request_init(struct sc_request *rq, sc_param_fn *param, void *arg,
    const char *trace_header, struct sc_error *e)
{
	const char *length;
	int r;

	*rq = (struct sc_request){0};
	set_id(rq, param, arg, trace_header);
	rq->method = text(param(arg, "REQUEST_METHOD"));
	rq->peer = text(param(arg, "REMOTE_ADDR"));
	rq->authorization = param(arg, "HTTP_AUTHORIZATION");
	rq->if_none_match = text(param(arg, "HTTP_IF_NONE_MATCH"));
	rq->client_cert = param(arg, "SSL_CLIENT_CERT");
	rq->client_verify = param(arg, "SSL_CLIENT_VERIFY");
	if ((r = split_uri(rq, param(arg, "REQUEST_URI"), e)) != 0)
		return r;
	length = text(param(arg, "CONTENT_LENGTH"));
	if (length[0] != '\0' &&
	    sc_strtonum(length, 0, INT64_MAX, &rq->content_length) != 0)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "Content-Length is not a number");
	return 0;
}

int
sc_request_read_body(struct sc_request *rq, size_t max, sc_read_fn *fn,
    void *arg, struct sc_error *e)
{
	size_t want, got = 0, n;

	if (rq->content_length > (int64_t)max)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "body of %lld bytes, at most %zu",
		    (long long)rq->content_length, max);
	want = (size_t)rq->content_length;
	if ((rq->body = malloc(want + 1)) == NULL)
		return sc_fail_nomem(e);
	while (got < want && (n = fn(arg, rq->body + got, want - got)) > 0)
		got += n;
	rq->body[got] = '\0';
	rq->body_len = got;
	if (got < want)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "body ends after %zu of %zu bytes", got, want);
	return 0;
}

void
sc_request_clear(struct sc_request *rq)
{
	size_t i;

	free(rq->path);
	free(rq->query);
	/* It held a one-time token. */
	sc_freezero(rq->body, rq->body_len);
	for (i = 0; i < SC_MAX_PATH_PARAMS; i++)
		free(rq->params[i]);
	*rq = (struct sc_request){0};
}

char *
sc_request_query(const struct sc_request *rq, const char *name)
{
	return sc_form_get(rq->query, name);
}
