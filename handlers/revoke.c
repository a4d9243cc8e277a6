/*
 * POST /revoke and /ssh/revoke: a certificate is no longer good.  Opens no
 * private key.
 */
#include "config.h"

#include <json-c/json.h>

#include "authority/authority.h"
#include "authority/revoke.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "main.h"
#include "web/request.h"
#include "web/response.h"

/* Whatever is wrong with the document's form has one text on the wire. */
static int
undecodable(struct sc_error *e)
{
	if (e->code == SC_ERR_NOMEM)
		return e->code;
	e->code = SC_ERR_MALFORMED;
	sc_error_client(e, "error decoding json");
	return SC_ERR_MALFORMED;
}

/* The strings are borrowed from doc. */
static int
read_members(
    struct json_object *doc, struct sc_revoke_request *m, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(doc, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "not a JSON object");
	if ((r = sc_json_get_string(doc, "serial", &m->serial, e)) != 0 ||
	    (r = sc_json_get_string(doc, "ott", &m->ott, e)) != 0 ||
	    (r = sc_json_get_int(doc, "reasonCode", &m->reason_code, e)) != 0 ||
	    (r = sc_json_get_string(doc, "reason", &m->reason, e)) != 0)
		return r;
	return sc_json_get_bool(doc, "passive", &m->passive, e);
}

static void
log_info(struct sc_log_line *log, const struct sc_revoke_info *info,
    const struct sc_revoke_request *m)
{
	if (info->provisioner[0] != '\0')
		sc_log_str(log, "provisioner", info->provisioner);
	if (info->subject[0] != '\0')
		sc_log_str(log, "subject", info->subject);
	if (info->serial[0] != '\0') {
		sc_log_str(log, "serial", info->serial);
		sc_log_int(log, "reason", m->reason_code);
	}
}

typedef int revoke_fn(struct sc_authority *ca,
    const struct sc_revoke_request *rq, int64_t now,
    struct sc_revoke_info *info, struct sc_error *e);

static int
answer(struct sc_authority *ca, const struct sc_request *rq, revoke_fn *fn,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	struct sc_revoke_info info = {0};
	struct sc_revoke_request m = {
	    .client_cert = rq->client_cert,
	    .client_verify = rq->client_verify,
	    .request_id = rq->id,
	    .peer = rq->peer,
	};
	int r;

	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, &doc, e) != 0 ||
	    read_members(doc, &m, e) != 0) {
		r = undecodable(e);
		goto out;
	}
	r = fn(ca, &m, sc_clock_now(), &info, e);
	log_info(log, &info, &m);
	if (r != 0)
		goto out;
	(void)sc_buf_puts(rs->body, "{\"status\":\"ok\"}");
	r = sc_response_json(rs, 200);
out:
	json_object_put(doc);
	return r;
}

static int
revoke(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return answer(ca, rq, sc_authority_revoke, rs, log, e);
}

static int
ssh_revoke(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return answer(ca, rq, sc_authority_ssh_revoke, rs, log, e);
}

static const struct sc_route routes[] = {
    {SC_POST, "/revoke", SC_MAX_BODY, revoke},
    {SC_POST, "/ssh/revoke", SC_MAX_BODY, ssh_revoke},
};

const struct sc_program sc_program = {
    .name = "revoke",
    .needs = SC_NEED_STORE_WRITE | SC_NEED_SSH_PUBLIC | SC_NEED_PEERS,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
