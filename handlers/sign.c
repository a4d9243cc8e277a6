/*
 * POST /sign: an X.509 certificate for a one-time token.
 */
#include "config.h"

#include <json-c/json.h>

#include "authority/authority.h"
#include "authority/sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "issue.h"
#include "main.h"
#include "web/request.h"
#include "web/response.h"

/* The request's members, borrowed from doc. */
struct members {
	const char *csr, *ott;
	struct sc_timespec not_before, not_after;
	struct json_object *template_data;
};

static int
read_members(struct json_object *doc, struct members *m, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(doc, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "not a JSON object");
	if ((r = sc_json_get_string(doc, "csr", &m->csr, e)) != 0 ||
	    (r = sc_json_get_string(doc, "ott", &m->ott, e)) != 0 ||
	    (r = sc_issue_time(doc, "notBefore", &m->not_before, e)) != 0 ||
	    (r = sc_issue_time(doc, "notAfter", &m->not_after, e)) != 0)
		return r;
	return sc_json_get_object(doc, "templateData", &m->template_data, e);
}

static int
sign(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	struct members m = {0};
	struct sc_csr *csr = NULL;
	struct sc_cert *leaf = NULL;
	struct sc_sign_info info = {0};
	struct sc_sign_request srq;
	int r;

	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, &doc, e) != 0 ||
	    read_members(doc, &m, e) != 0) {
		r = sc_issue_undecodable(e);
		goto out;
	}
	if ((r = sc_issue_csr(m.csr, &csr, e)) != 0)
		goto out;
	if (m.ott == NULL || m.ott[0] == '\0') {
		r = sc_fail_client(e, SC_ERR_MALFORMED, "missing ott");
		goto out;
	}
	srq = (struct sc_sign_request){csr, m.ott, m.not_before, m.not_after,
	    m.template_data, rq->id, rq->peer, false};
	r = sc_authority_sign(ca, &srq, sc_clock_now(), &leaf, &info, e);
	sc_issue_log(log, &info);
	if (r != 0 || (r = sc_authority_sign_json(ca, leaf, rs->body, e)) != 0)
		goto out;
	r = sc_response_json(rs, 201);
out:
	sc_cert_free(leaf);
	sc_csr_free(csr);
	json_object_put(doc);
	return r;
}

static const struct sc_route routes[] = {
    {SC_POST, "/sign", SC_MAX_BODY, sign},
};

const struct sc_program sc_program = {
    .name = "sign",
    .needs = SC_NEED_X509_KEY | SC_NEED_STORE_WRITE | SC_NEED_PEERS,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
