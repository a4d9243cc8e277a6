#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "authority/webhook_internal.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "net/http.h"
#include "provisioner/webhook.h"

/* Before a webhook is asked again. */
#define PAUSE_SECONDS 1

/* The rest of the time, rounded up; 0: it is over. */
static long
seconds_left(int64_t until)
{
	int64_t left = until - sc_clock_monotonic();

	return left > 0 ? (long)((left + SC_SECOND - 1) / SC_SECOND) : 0;
}

/*
 * Why a webhook is taken for one that does not allow: the details, which may
 * name files and addresses, are for the log.
 */
static int
refuse(
    const struct sc_webhook *w, int r, const char *client, struct sc_error *e)
{
	if (r == SC_ERR_NOMEM || e == NULL)
		return r == SC_ERR_NOMEM ? r : SC_ERR_FORBIDDEN;
	sc_error_prefix(e, "webhook \"%s\"", w->name);
	if (client != NULL)
		sc_error_client(e, "%s", client);
	sc_text_clean(e->msg);
	sc_text_clean(e->client);
	return e->code = SC_ERR_FORBIDDEN;
}

/* --- sending ------------------------------------------------------------ */

struct credentials { /* PEM text, or NULL */
	char *cert, *key;
	size_t cert_len, key_len;
};

static int
read_credentials(
    const struct sc_webhook *w, struct credentials *c, struct sc_error *e)
{
	int r;

	if (w->client_cert == NULL)
		return 0;
	if ((r = sc_file_read(w->client_cert, SC_MAX_PEM_FILE, &c->cert,
		 &c->cert_len, e)) != 0)
		return r;
	return sc_file_read(
	    w->client_key, SC_MAX_PEM_FILE, &c->key, &c->key_len, e);
}

/* Once, and once more when that may help and there is time for it. */
static int
exchange(struct sc_http_request *q, int64_t until, struct sc_http_response *p,
    struct sc_error *e)
{
	const struct timespec pause = {PAUSE_SECONDS, 0};
	int r;

	q->timeout = seconds_left(until);
	r = q->timeout > 0
	    ? sc_http_send(q, p, e)
	    : sc_fail(e, SC_ERR_IO, "there is no time left to ask it");
	if ((r != SC_ERR_IO && (r != 0 || p->status < 500)) ||
	    seconds_left(until) <= PAUSE_SECONDS)
		return r;
	sc_http_response_clear(p);
	(void)nanosleep(&pause, NULL);
	q->timeout = seconds_left(until);
	return q->timeout > 0 ? sc_http_send(q, p, e) : r;
}

static int
send_signed(const struct sc_webhook_call *c, const char *signature,
    struct sc_http_response *p, struct sc_error *e)
{
	const struct sc_webhook *w = c->webhook;
	const struct sc_http_header headers[] = {
	    {"X-Smallstep-Signature", signature},
	    {"X-Smallstep-Webhook-ID", w->id},
	};
	struct sc_http_request q = {
	    .method = "POST",
	    .url = c->url,
	    .server = w->server,
	    .request_id = c->request_id,
	    .body = c->body,
	    .bearer = w->bearer,
	    .basic_user = w->bearer == NULL ? w->basic_user : NULL,
	    .basic_password = w->basic_password,
	    .headers = headers,
	    .headers_n = sizeof(headers) / sizeof(headers[0]),
	    .roots_pem = c->roots_pem,
	    .system_roots = true,
	    .roots_from = "the authority's roots or the system's",
	    .max = SC_MAX_WEBHOOK_ANSWER,
	};
	struct credentials own = {0};
	int r = read_credentials(w, &own, e);

	if (r == 0) {
		q.client_cert = own.cert;
		q.client_key = own.key;
		r = exchange(&q, c->until, p, e);
	}
	free(own.cert);
	sc_freezero(own.key, own.key_len);
	return r;
}

/* --- its answer --------------------------------------------------------- */

/* With the webhook's own words, where it has any. */
static int
denied(const struct sc_webhook *w, struct json_object *why, struct sc_error *e)
{
	const char *code = NULL, *message = NULL;

	if (why == NULL || sc_json_get_string(why, "code", &code, NULL) != 0 ||
	    sc_json_get_string(why, "message", &message, NULL) != 0)
		(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "webhook server did not allow request");
	else
		(void)sc_fail_client(e, SC_ERR_FORBIDDEN, "%.300s (%.100s)",
		    message != NULL ? message : "", code != NULL ? code : "");
	return refuse(w, SC_ERR_FORBIDDEN, NULL, e);
}

static int
read_answer(const struct sc_webhook *w, struct json_object *o,
    struct json_object **data, struct sc_error *e)
{
	struct json_object *why = NULL;
	bool allow = false;
	int r;

	if (o != NULL && !json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "expected an object");
	if (o != NULL &&
	    ((r = sc_json_get_bool(o, "allow", &allow, e)) != 0 ||
		(r = sc_json_get_object(o, "error", &why, e)) != 0))
		return r;
	if (!allow)
		return denied(w, why, e);
	*data = json_object_get(sc_json_member(o, "data"));
	return 0;
}

static int
take_answer(const struct sc_webhook *w, const struct sc_http_response *p,
    struct json_object **data, struct sc_error *e)
{
	static const char unreadable[] =
	    "the answer of the webhook server is not what it has to be";
	struct json_object *o = NULL;
	int r;

	if (p->status < 200 || p->status >= 300) {
		(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "Webhook server responded with %ld", p->status);
		return refuse(w, SC_ERR_FORBIDDEN, NULL, e);
	}
	r = sc_json_parse(p->body, p->body_len, SC_JSON_FIRST_VALUE, &o, e);
	if (r == 0)
		r = read_answer(w, o, data, e);
	if (r != 0 && r != SC_ERR_FORBIDDEN) {
		sc_error_prefix(e, "its answer");
		r = refuse(w, r, unreadable, e);
	}
	json_object_put(o);
	return r;
}

static char *
sign(const struct sc_webhook_call *c)
{
	uint8_t mac[32];

	if (sc_hmac_sha256(c->webhook->secret, c->webhook->secret_len, c->body,
		strlen(c->body), mac) != 0)
		return NULL;
	return sc_hex_encode(mac, sizeof(mac));
}

int
sc_webhook_call(const struct sc_webhook_call *c, struct json_object **data,
    struct sc_error *e)
{
	struct sc_http_response p = {0};
	struct sc_error why = SC_ERROR_INIT;
	char *signature = sign(c);
	int r;

	*data = NULL;
	if (signature == NULL)
		return sc_fail_nomem(e);
	r = send_signed(c, signature, &p, &why);
	if (r != 0) {
		if (e != NULL)
			*e = why;
		r = refuse(
		    c->webhook, r, "the webhook server cannot be asked", e);
	} else {
		r = take_answer(c->webhook, &p, data, e);
	}
	sc_http_response_clear(&p);
	free(signature);
	return r;
}
