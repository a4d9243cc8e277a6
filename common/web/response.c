#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "web/response.h"

#define HEADERS_MAX 3072 /* web servers buffer 4 KiB of response header */

static const struct {
	int status;
	const char *text;
} statuses[] = {
    {200, "OK"},
    {201, "Created"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Request Entity Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

const char *
sc_status_text(int status)
{
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

int
sc_response_init(struct sc_response *rs)
{
	rs->status = 0;
	rs->content_type = NULL;
	rs->file = (struct sc_file_part){.fd = -1};
	rs->headers = sc_buf_new(HEADERS_MAX);
	rs->body = sc_buf_new(SC_MAX_RESPONSE);
	return rs->headers == NULL || rs->body == NULL ? SC_ERR_NOMEM : 0;
}

void
sc_response_clear(struct sc_response *rs)
{
	sc_buf_free(rs->headers);
	sc_buf_free(rs->body);
	rs->headers = rs->body = NULL;
	sc_file_part_close(&rs->file);
}

int
sc_response_header(struct sc_response *rs, const char *name, const char *value)
{
	if (strpbrk(name, "\r\n: ") != NULL || name[0] == '\0' ||
	    strpbrk(value, "\r\n") != NULL)
		return SC_ERR_MALFORMED;
	return sc_buf_putf(rs->headers, "%s: %s\r\n", name, value);
}

int
sc_response_json(struct sc_response *rs, int status)
{
	rs->status = status;
	rs->content_type = "application/json";
	return sc_buf_putc(rs->body, '\n');
}

int
sc_response_text(struct sc_response *rs, int status, const char *content_type,
    const char *body)
{
	sc_buf_reset(rs->body);
	rs->status = status;
	rs->content_type = content_type;
	return sc_buf_puts(rs->body, body);
}

#define SEE_LOGS " Please see the certificate authority logs for more info."

/* What a status says when nothing better is to be told. */
static const char *
default_message(int status)
{
	switch (status) {
	case 400:
		return "The request could not be completed; malformed or "
		       "missing data." SEE_LOGS;
	case 401:
		return "The request lacked necessary authorization to be "
		       "completed." SEE_LOGS;
	case 403:
		return "The request was forbidden by the certificate "
		       "authority." SEE_LOGS;
	case 404:
		return "The requested resource could not be found." SEE_LOGS;
	case 409:
		return "The request conflicts with what is already "
		       "recorded." SEE_LOGS;
	case 413:
		return "The request is too large.";
	case 501:
		return "The requested method is not implemented by the "
		       "certificate authority." SEE_LOGS;
	case 503:
		return "The certificate authority cannot record requests at "
		       "the moment; try again in a second.";
	default:
		return "The certificate authority encountered an Internal "
		       "Server Error." SEE_LOGS;
	}
}

/* Around a client text: the statuses that have a sentence for it. */
static void
put_message(struct sc_buf *b, int status, const struct sc_error *e)
{
	if (e->client[0] == '\0')
		(void)sc_buf_puts(b, default_message(status));
	else if (e->whole)
		(void)sc_buf_puts(b, e->client);
	else if (status == 400)
		(void)sc_buf_putf(
		    b, "The request could not be completed: %s.", e->client);
	else if (status == 401)
		(void)sc_buf_putf(b,
		    "The request lacked necessary authorization to be "
		    "completed: %s",
		    e->client);
	else if (status == 403)
		(void)sc_buf_putf(b,
		    "The request was forbidden by the certificate authority: "
		    "%s.",
		    e->client);
	else
		(void)sc_buf_puts(b, e->client);
}

int
sc_response_error(struct sc_response *rs, const struct sc_error *e)
{
	int status = sc_err_http_status(e->code);
	struct sc_buf *text = sc_buf_new(SC_MAX_RESPONSE);

	sc_buf_reset(rs->body);
	sc_buf_reset(rs->headers);
	sc_file_part_close(&rs->file);
	if (status == 503)
		(void)sc_response_header(rs, "Retry-After", "1");
	put_message(text, status, e);
	(void)sc_buf_putf(rs->body, "{\"status\":%d,\"message\":", status);
	if (sc_buf_error(text) == 0)
		(void)sc_json_put_string(
		    rs->body, sc_buf_str(text), sc_buf_len(text));
	else
		(void)sc_buf_puts(rs->body, "\"\"");
	(void)sc_buf_putc(rs->body, '}');
	sc_buf_free(text);
	return sc_response_json(rs, status);
}

int
sc_response_format(const struct sc_response *rs, const char *request_id,
    int head_only, struct sc_buf *out)
{
	(void)sc_buf_putf(
	    out, "Status: %d %s\r\n", rs->status, sc_status_text(rs->status));
	if (rs->content_type != NULL)
		(void)sc_buf_putf(
		    out, "Content-Type: %s\r\n", rs->content_type);
	/* Of a 304 it would be the length of what is not sent. */
	if (rs->status != 304)
		(void)sc_buf_putf(out, "Content-Length: %zu\r\n",
		    sc_buf_len(rs->body) + sc_file_part_size(&rs->file));
	(void)sc_buf_putf(out, "X-Request-Id: %s\r\n", request_id);
	(void)sc_buf_put(
	    out, sc_buf_data(rs->headers), sc_buf_len(rs->headers));
	(void)sc_buf_puts(out, "\r\n");
	if (!head_only)
		(void)sc_buf_put(
		    out, sc_buf_data(rs->body), sc_buf_len(rs->body));
	return sc_buf_error(out);
}
