/*
 * POST /renew (also /re-sign) and /rekey: the next certificate for one that
 * is shown in TLS or in a token.
 */
#include "config.h"

#include <json-c/json.h>

#include "authority/authority.h"
#include "authority/renew.h"
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

static int
read_csr(const struct sc_request *rq, struct sc_csr **out, struct sc_error *e)
{
	struct json_object *doc = NULL;
	const char *pem = NULL;
	int r;

	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, &doc, e) != 0 ||
	    (!json_object_is_type(doc, json_type_object) &&
		sc_fail(e, SC_ERR_MALFORMED, "not a JSON object") != 0) ||
	    sc_json_get_string(doc, "csr", &pem, e) != 0)
		r = sc_issue_undecodable(e);
	else
		r = sc_issue_csr(pem, out, e);
	json_object_put(doc);
	return r;
}

/* First who asks, then what for. */
static int
next(struct sc_authority *ca, const struct sc_request *rq, enum sc_operation op,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	const struct sc_renew_credential c = {
	    rq->client_cert, rq->client_verify, rq->authorization};
	struct sc_sign_info info = {0};
	struct sc_renewal renewal = {0};
	struct sc_csr *csr = NULL;
	struct sc_cert *leaf = NULL;
	int64_t now = sc_clock_now();
	int r;

	if ((r = sc_authority_renewal(ca, &c, op, now, &renewal, &info, e)) !=
		0 ||
	    (op == SC_OP_REKEY && (r = read_csr(rq, &csr, e)) != 0) ||
	    (r = sc_authority_renew(ca, &renewal, csr, rq->id, rq->peer, now,
		 &leaf, &info, e)) != 0 ||
	    (r = sc_authority_sign_json(ca, leaf, rs->body, e)) != 0)
		goto out;
	r = sc_response_json(rs, 201);
out:
	sc_issue_log(log, &info);
	sc_cert_free(leaf);
	sc_csr_free(csr);
	sc_renewal_clear(&renewal);
	return r;
}

static int
renew(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return next(ca, rq, SC_OP_RENEW, rs, log, e);
}

static int
rekey(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return next(ca, rq, SC_OP_REKEY, rs, log, e);
}

static const struct sc_route routes[] = {
    {SC_POST, "/renew", SC_MAX_BODY, renew},
    {SC_POST, "/re-sign", SC_MAX_BODY, renew},
    {SC_POST, "/rekey", SC_MAX_BODY, rekey},
};

const struct sc_program sc_program = {
    .name = "renew",
    .needs = SC_NEED_X509_KEY | SC_NEED_STORE_WRITE,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
