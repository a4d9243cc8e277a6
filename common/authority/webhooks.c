#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/internal.h"
#include "authority/record.h"
#include "authority/webhook_internal.h"
#include "authority/webhooks.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "provisioner/grant.h"
#include "provisioner/provisioner.h"
#include "provisioner/webhook.h"
#include "template/data.h"
#include "template/template.h"

void
sc_hooks_init(struct sc_hooks *h, struct sc_authority *ca,
    const struct sc_grant *g, unsigned certs, const char *request_id)
{
	*h = (struct sc_hooks){
	    .ca = ca, .grant = g, .certs = certs, .request_id = request_id};
}

void
sc_hooks_clear(struct sc_hooks *h)
{
	sc_tpl_data_free(h->data);
	*h = (struct sc_hooks){0};
}

struct sc_tpl_data *
sc_hooks_data(struct sc_hooks *h)
{
	if (h->data == NULL)
		h->data = sc_tpl_data_new();
	return h->data;
}

static bool
wanted(const struct sc_hooks *h, enum sc_webhook_kind kind)
{
	size_t i = 0;

	return sc_webhooks_next(h->grant->webhooks, kind, h->certs, &i) != NULL;
}

/* --- asking ------------------------------------------------------------- */

static int
make_url(const struct sc_hooks *h, const struct sc_webhook *w,
    struct sc_buf *out, struct sc_error *e)
{
	int r = sc_template_exec(w->url, h->data, out, e);

	if (r == 0 && (r = sc_buf_error(out)) == 0)
		return 0;
	if (r == SC_ERR_NOMEM)
		return sc_fail_nomem(e);
	(void)sc_fail(e, SC_ERR_FORBIDDEN,
	    "webhook \"%s\": url: its template fails or writes too much",
	    w->name);
	sc_error_client(e, "the webhook server cannot be asked");
	return SC_ERR_FORBIDDEN;
}

/* When a webhook that is asked now has to be done. */
static int64_t
deadline(struct sc_hooks *h)
{
	int64_t now = sc_clock_monotonic(), until;

	if (h->until == 0)
		h->until = now + SC_WEBHOOKS_SECONDS * SC_SECOND;
	until = now + SC_WEBHOOK_SECONDS * SC_SECOND;
	return until < h->until ? until : h->until;
}

static int
ask(struct sc_hooks *h, const struct sc_webhook *w, const char *body,
    struct json_object **data, struct sc_error *e)
{
	struct sc_buf *url = sc_buf_new(SC_MAX_URI);
	struct sc_webhook_call c = {
	    .webhook = w,
	    .body = body,
	    .request_id = h->request_id,
	    .roots_pem = h->ca->peer_roots,
	    .until = deadline(h),
	};
	int r = make_url(h, w, url, e);

	if (r == 0) {
		c.url = sc_buf_str(url);
		r = sc_webhook_call(&c, data, e);
	}
	sc_buf_free(url);
	return r;
}

static int
ask_all(struct sc_hooks *h, enum sc_webhook_kind kind, const char *body,
    struct sc_error *e)
{
	struct sc_tpl_val *said = sc_tpl_map(h->data);
	const struct sc_webhook *w;
	struct json_object *data;
	size_t i = 0;
	int r;

	while ((w = sc_webhooks_next(h->grant->webhooks, kind, h->certs, &i)) !=
	    NULL) {
		if ((r = ask(h, w, body, &data, e)) != 0)
			return r;
		if (kind == SC_WEBHOOK_ENRICHING) {
			sc_tpl_map_set(
			    h->data, said, w->name, sc_tpl_json(h->data, data));
			sc_tpl_data_set(h->data, "Webhooks", said);
		}
		json_object_put(data);
		if ((r = sc_tpl_data_error(h->data)) != 0)
			return sc_fail(e,
			    r == SC_ERR_NOMEM ? r : SC_ERR_FORBIDDEN,
			    "webhook \"%s\": its data are too large", w->name);
	}
	return 0;
}

/* --- about what --------------------------------------------------------- */

static int
begin(struct sc_hooks *h, struct sc_buf **body, struct sc_error *e)
{
	*body = NULL;
	if (sc_hooks_data(h) == NULL ||
	    (*body = sc_buf_new(SC_MAX_WEBHOOK_BODY)) == NULL)
		return sc_fail_nomem(e);
	return sc_authority_check_unspent(h->ca, h->grant->spend_id, e);
}

int
sc_hooks_enrich_x509(
    struct sc_hooks *h, const struct sc_csr *csr, struct sc_error *e)
{
	struct sc_buf *body;
	int r;

	if (!wanted(h, SC_WEBHOOK_ENRICHING))
		return 0;
	if ((r = begin(h, &body, e)) == 0 &&
	    (r = sc_webhook_body_x509_request(body, h->grant, csr, e)) == 0)
		r = ask_all(h, SC_WEBHOOK_ENRICHING, sc_buf_str(body), e);
	sc_buf_free(body);
	return r;
}

int
sc_hooks_enrich_ssh(struct sc_hooks *h, const struct sc_ssh_sign_request *rq,
    struct sc_error *e)
{
	struct sc_buf *body;
	int r;

	if (!wanted(h, SC_WEBHOOK_ENRICHING))
		return 0;
	if ((r = begin(h, &body, e)) == 0 &&
	    (r = sc_webhook_body_ssh_request(body, h->grant, rq, e)) == 0)
		r = ask_all(h, SC_WEBHOOK_ENRICHING, sc_buf_str(body), e);
	sc_buf_free(body);
	return r;
}

int
sc_hooks_authorize_x509(struct sc_hooks *h, const struct sc_leaf *l,
    const struct sc_key *key, struct sc_error *e)
{
	struct sc_buf *body;
	int r;

	if (!wanted(h, SC_WEBHOOK_AUTHORIZING))
		return 0;
	if ((r = begin(h, &body, e)) == 0 &&
	    (r = sc_webhook_body_x509(body, h->grant, l, key, e)) == 0)
		r = ask_all(h, SC_WEBHOOK_AUTHORIZING, sc_buf_str(body), e);
	sc_buf_free(body);
	return r;
}

int
sc_hooks_authorize_ssh(
    struct sc_hooks *h, const struct sc_ssh_cert *c, struct sc_error *e)
{
	struct sc_buf *body;
	int r;

	if (!wanted(h, SC_WEBHOOK_AUTHORIZING))
		return 0;
	if ((r = begin(h, &body, e)) == 0 &&
	    (r = sc_webhook_body_ssh(body, h->grant, c, e)) == 0)
		r = ask_all(h, SC_WEBHOOK_AUTHORIZING, sc_buf_str(body), e);
	sc_buf_free(body);
	return r;
}
