#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/http.h"
#include "client/net/ca_error.h"
#include "client/cli/ui.h"

#define LINE_SHOWN 120

static int
code_of_status(long status)
{
	switch (status) {
	case 401:
		return SC_ERR_UNAUTHENTICATED;
	case 403:
		return SC_ERR_FORBIDDEN;
	case 404:
		return SC_ERR_NOT_FOUND;
	case 409:
		return SC_ERR_CONFLICT;
	case 503:
		return SC_ERR_BUSY;
	default:
		return status >= 500 ? SC_ERR_IO : SC_ERR_MALFORMED;
	}
}

/* The first line with something in it, without tags; "" when none. */
static void
first_line(const char *body, char out[LINE_SHOWN + 1])
{
	size_t n = 0;
	int tag = 0;

	for (; *body != '\0' && n < LINE_SHOWN; body++) {
		if (*body == '<')
			tag = 1;
		else if (*body == '>')
			tag = 0;
		else if ((*body == '\n' || *body == '\r') && n > 0)
			break;
		else if (!tag && (n > 0 || !isspace((unsigned char)*body)))
			out[n++] = *body;
	}
	out[n] = '\0';
	sc_text_clean(out);
}

static int
not_from_ca(
    const char *url, const struct sc_http_response *p, struct sc_error *e)
{
	char line[LINE_SHOWN + 1];
	const char *server = p->server != NULL ? p->server : "no Server header";
	int code = p->status >= 200 && p->status < 400
	    ? SC_ERR_MALFORMED
	    : code_of_status(p->status);

	if (p->status >= 300 && p->status < 400)
		return sc_fail(e, SC_ERR_FORBIDDEN,
		    "%s answered with a redirect to %s (HTTP %ld, %s), which "
		    "is not followed: it did not come from the CA",
		    url, p->location != NULL ? p->location : "nowhere",
		    p->status, server);
	first_line(p->body, line);
	if (line[0] == '\0')
		return sc_fail(e, code,
		    "%s answered HTTP %ld (%s) with an empty body: it did not "
		    "come from the CA",
		    url, p->status, server);
	return sc_fail(e, code,
	    "%s answered HTTP %ld (%s) with '%s': it did not come from the CA",
	    url, p->status, server, line);
}

static int
refusal(
    const char *message, const struct sc_http_response *p, struct sc_error *e)
{
	char *text = sc_strdup(message);
	int code = code_of_status(p->status);

	if (text == NULL)
		return sc_fail_nomem(e);
	sc_text_clean(text);
	if (p->request_id != NULL)
		/* Room for the id, whatever the length of the message. */
		sc_fail(
		    e, code, "%.380s\nrequest id: %.100s", text, p->request_id);
	else
		sc_fail(e, code, "%s", text);
	sc_error_client_whole(e, "%s", text);
	free(text);
	return code;
}

bool
sc_ca_refused(const struct sc_error *e)
{
	return e->whole != 0;
}

const char *
sc_ca_words(struct sc_error *e)
{
	sc_text_clean(e->msg);
	return sc_ca_refused(e) ? e->client : e->msg;
}

bool
sc_ca_lost_cert(const struct sc_error *e)
{
	if (strstr(e->msg, "missing client certificate") != NULL ||
	    strstr(e->msg, "missing ott or client certificate") != NULL)
		return true;
	if (sc_ca_refused(e))
		return false;
	if (strstr(e->msg, "SSL certificate") != NULL)
		return true;
	return strstr(e->msg, " alert ") != NULL &&
	    (strstr(e->msg, "certificate") != NULL ||
		strstr(e->msg, "unknown ca") != NULL);
}

int
sc_ca_answer(const char *url, const struct sc_http_response *p,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *o = NULL;
	const char *message = NULL;
	int r;

	*out = NULL;
	if (p->status >= 300 && p->status < 400)
		return not_from_ca(url, p, e);
	r = sc_json_parse(p->body, p->body_len, 0, &o, NULL);
	if (r == SC_ERR_NOMEM)
		return sc_fail_nomem(e);
	if (r != 0 || !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return not_from_ca(url, p, e);
	}
	if (p->status >= 200 && p->status < 300) {
		*out = o;
		return 0;
	}
	r = sc_json_get_string(o, "message", &message, NULL);
	if (r != 0 || message == NULL || message[0] == '\0')
		r = not_from_ca(url, p, e);
	else
		r = refusal(message, p, e);
	json_object_put(o);
	return r;
}
