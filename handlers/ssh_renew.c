/*
 * POST /ssh/renew and /ssh/rekey: the next certificate of a host for the one
 * that it has.
 */
#include "config.h"

#include <json-c/json.h>

#include "authority/authority.h"
#include "authority/sign.h"
#include "authority/ssh_renew.h"
#include "authority/ssh_sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/ssh_key.h"
#include "issue.h"
#include "main.h"
#include "ssh_issue.h"
#include "web/request.h"
#include "web/response.h"

/* Borrowed from doc. */
struct members {
	const char *ott, *key;
};

static int
read_members(struct json_object *doc, struct members *m, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(doc, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "not a JSON object");
	if ((r = sc_json_get_string(doc, "ott", &m->ott, e)) != 0)
		return r;
	return sc_json_get_string(doc, "publicKey", &m->key, e);
}

static int
check_members(const struct members *m, int rekey, struct sc_ssh_key **key,
    struct sc_error *e)
{
	if (m->ott == NULL || m->ott[0] == '\0')
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty ott");
	if (!rekey)
		return 0;
	if (m->key == NULL || m->key[0] == '\0')
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty public key");
	return sc_ssh_issue_key(m->key, "publicKey", key, e);
}

static int
next(struct sc_authority *ca, const struct sc_request *rq, int rekey,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	struct members m = {0};
	struct sc_ssh_key *key = NULL;
	struct sc_ssh_issued issued = {0};
	struct sc_sign_info info = {0};
	struct sc_ssh_renew_request rrq;
	int r;

	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, &doc, e) != 0 ||
	    read_members(doc, &m, e) != 0) {
		r = sc_issue_undecodable(e);
		goto out;
	}
	if ((r = check_members(&m, rekey, &key, e)) != 0)
		goto out;
	rrq = (struct sc_ssh_renew_request){m.ott, key, rq->id, rq->peer};
	r = sc_authority_ssh_renew(ca, &rrq, sc_clock_now(), &issued, &info, e);
	sc_issue_log(log, &info);
	if (r != 0 || (r = sc_ssh_issued_json(ca, &issued, rs->body, e)) != 0)
		goto out;
	r = sc_response_json(rs, 201);
out:
	sc_ssh_issued_clear(&issued);
	sc_ssh_key_free(key);
	json_object_put(doc);
	return r;
}

static int
renew(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return next(ca, rq, 0, rs, log, e);
}

static int
rekey(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	return next(ca, rq, 1, rs, log, e);
}

static const struct sc_route routes[] = {
    {SC_POST, "/ssh/renew", SC_MAX_BODY, renew},
    {SC_POST, "/ssh/rekey", SC_MAX_BODY, rekey},
};

const struct sc_program sc_program = {
    .name = "ssh-renew",
    .needs = SC_NEED_SSH_KEYS | SC_NEED_STORE_WRITE,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
