/*
 * POST /ssh/sign (also /sign-ssh): an SSH certificate for a one-time token.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "authority/authority.h"
#include "authority/sign.h"
#include "authority/ssh_sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "crypto/ssh_key.h"
#include "issue.h"
#include "main.h"
#include "ssh_issue.h"
#include "web/request.h"
#include "web/response.h"

/* The request's members, borrowed from doc but for the list. */
struct members {
	const char *key, *ott, *type, *key_id, *add_user, *identity;
	struct json_object *template_data;
	struct sc_strlist principals;
	struct sc_timespec after, before;
};

static int
read_principals(
    struct json_object *doc, struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	size_t i, n;
	int r;

	if ((r = sc_json_get_array(doc, "principals", &list, e)) != 0)
		return r;
	n = list != NULL ? json_object_array_length(list) : 0;
	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			return sc_fail(
			    e, SC_ERR_MALFORMED, "principals: not strings");
		if (sc_strlist_add(out, json_object_get_string(v)) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
read_members(struct json_object *doc, struct members *m, struct sc_error *e)
{
	int r;

	if (!json_object_is_type(doc, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "not a JSON object");
	if ((r = sc_json_get_string(doc, "publicKey", &m->key, e)) != 0 ||
	    (r = sc_json_get_string(doc, "ott", &m->ott, e)) != 0 ||
	    (r = sc_json_get_string(doc, "certType", &m->type, e)) != 0 ||
	    (r = sc_json_get_string(doc, "keyID", &m->key_id, e)) != 0 ||
	    (r = sc_json_get_string(
		 doc, "addUserPublicKey", &m->add_user, e)) != 0 ||
	    (r = sc_json_get_string(doc, "identityCSR", &m->identity, e)) !=
		0 ||
	    (r = read_principals(doc, &m->principals, e)) != 0 ||
	    (r = sc_issue_time(doc, "validAfter", &m->after, e)) != 0 ||
	    (r = sc_issue_time(doc, "validBefore", &m->before, e)) != 0)
		return r;
	if (m->identity != NULL &&
	    (m->identity[0] == '\0' || sc_streq(m->identity, "null")))
		m->identity = NULL;
	return sc_json_get_object(doc, "templateData", &m->template_data, e);
}

static int
check_members(const struct members *m, struct sc_error *e)
{
	if (m->type != NULL && m->type[0] != '\0' &&
	    !sc_streq(m->type, "user") && !sc_streq(m->type, "host"))
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "invalid certType '%.64s'", m->type);
	if (m->key == NULL || m->key[0] == '\0')
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty publicKey");
	if (m->ott == NULL || m->ott[0] == '\0')
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty ott");
	return 0;
}

/* Readable, and signed by its key. */
static int
read_identity(const char *pem, struct sc_csr **out, struct sc_error *e)
{
	int r;

	if (pem == NULL)
		return 0;
	r = sc_issue_csr(pem, out, e);
	if (r == 0 || *out == NULL)
		return r;
	(void)sc_fail_client(e, SC_ERR_MALFORMED, "invalid identityCSR");
	return SC_ERR_MALFORMED;
}

static int
sign(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	struct members m = {0};
	struct sc_ssh_key *key = NULL, *add_user = NULL;
	struct sc_csr *csr = NULL;
	struct sc_ssh_issued issued = {0};
	struct sc_sign_info info = {0};
	struct sc_ssh_sign_request srq;
	int r;

	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, &doc, e) != 0 ||
	    read_members(doc, &m, e) != 0) {
		r = sc_issue_undecodable(e);
		goto out;
	}
	if ((r = check_members(&m, e)) != 0 ||
	    (r = sc_ssh_issue_key(m.key, "publicKey", &key, e)) != 0 ||
	    (m.add_user != NULL && m.add_user[0] != '\0' &&
		(r = sc_ssh_issue_key(
		     m.add_user, "addUserPublicKey", &add_user, e)) != 0) ||
	    (r = read_identity(m.identity, &csr, e)) != 0)
		goto out;
	srq = (struct sc_ssh_sign_request){key, m.ott, m.type, m.key_id,
	    &m.principals, m.after, m.before, m.template_data, add_user, csr,
	    rq->id, rq->peer};
	r = sc_authority_ssh_sign(ca, &srq, sc_clock_now(), &issued, &info, e);
	sc_issue_log(log, &info);
	if (r != 0 || (r = sc_ssh_issued_json(ca, &issued, rs->body, e)) != 0)
		goto out;
	r = sc_response_json(rs, 201);
out:
	sc_ssh_issued_clear(&issued);
	sc_ssh_key_free(key);
	sc_ssh_key_free(add_user);
	sc_csr_free(csr);
	sc_strlist_clear(&m.principals);
	json_object_put(doc);
	return r;
}

static const struct sc_route routes[] = {
    {SC_POST, "/ssh/sign", SC_MAX_BODY, sign},
    {SC_POST, "/sign-ssh", SC_MAX_BODY, sign},
};

const struct sc_program sc_program = {
    .name = "ssh-sign",
    .needs = SC_NEED_X509_KEY | SC_NEED_SSH_KEYS | SC_NEED_STORE_WRITE |
	SC_NEED_PEERS,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
