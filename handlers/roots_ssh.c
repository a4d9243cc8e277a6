#include "config.h"

#include <json-c/json.h>

#include "authority/ssh_config.h"
#include "authority/ssh_public.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "issue.h"
#include "roots_ssh.h"
#include "web/request.h"
#include "web/response.h"

static int
keys(struct sc_authority *ca, bool federated, struct sc_response *rs,
    struct sc_error *e)
{
	int r = sc_ssh_public_keys_json(ca, federated, rs->body, e);

	return r != 0 ? r : sc_response_json(rs, 200);
}

int
sc_roots_ssh_roots(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return keys(ca, false, rs, e);
}

int
sc_roots_ssh_federation(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return keys(ca, true, rs, e);
}

int
sc_roots_ssh_hosts(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int r = sc_ssh_public_hosts_json(ca, sc_clock_now(), rs->body, e);

	(void)rq, (void)log;
	return r != 0 ? r : sc_response_json(rs, 200);
}

/* The body, a JSON object. */
static int
read_object(
    const struct sc_request *rq, struct json_object **doc, struct sc_error *e)
{
	if (sc_json_parse((const char *)rq->body, rq->body_len,
		SC_JSON_FIRST_VALUE, doc, e) != 0)
		return sc_issue_undecodable(e);
	if (json_object_is_type(*doc, json_type_object))
		return 0;
	(void)sc_fail(e, SC_ERR_MALFORMED, "not a JSON object");
	return sc_issue_undecodable(e);
}

/* Borrowed from doc. */
static int
read_string(struct json_object *doc, const char *name, const char **out,
    struct sc_error *e)
{
	return sc_json_get_string(doc, name, out, e) != 0
	    ? sc_issue_undecodable(e)
	    : 0;
}

static int
check_host(struct sc_authority *ca, const char *type, const char *principal,
    struct sc_response *rs, struct sc_error *e)
{
	int r;

	if (type == NULL || !sc_streq(type, "host"))
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "unsupported type '%.64s'", type != NULL ? type : "");
	if (principal == NULL || principal[0] == '\0')
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty principal");
	r = sc_ssh_public_check_host_json(ca, principal, rs->body, e);
	return r != 0 ? r : sc_response_json(rs, 200);
}

int
sc_roots_ssh_check_host(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	const char *type = NULL, *principal = NULL;
	int r;

	(void)log;
	if ((r = read_object(rq, &doc, e)) == 0 &&
	    (r = read_string(doc, "type", &type, e)) == 0 &&
	    (r = read_string(doc, "principal", &principal, e)) == 0)
		r = check_host(ca, type, principal, rs, e);
	json_object_put(doc);
	return r;
}

int
sc_roots_ssh_bastion(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL;
	const char *user = NULL, *hostname = NULL;
	int r;

	(void)log;
	if ((r = read_object(rq, &doc, e)) == 0 &&
	    (r = read_string(doc, "user", &user, e)) == 0)
		r = read_string(doc, "hostname", &hostname, e);
	if (r == 0 && (hostname == NULL || hostname[0] == '\0'))
		r = sc_fail_client(
		    e, SC_ERR_MALFORMED, "missing or empty hostname");
	if (r == 0 &&
	    (r = sc_ssh_public_bastion_json(ca, hostname, rs->body, e)) == 0)
		r = sc_response_json(rs, 200);
	json_object_put(doc);
	return r;
}

/* The segment of the path tells nothing; the document's type counts. */
int
sc_roots_ssh_config(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	struct json_object *doc = NULL, *data = NULL;
	const char *type = NULL;
	bool host;
	int r;

	(void)log;
	if ((r = read_object(rq, &doc, e)) != 0 ||
	    (r = read_string(doc, "type", &type, e)) != 0)
		goto out;
	if (sc_json_get_object(doc, "data", &data, e) != 0) {
		r = sc_issue_undecodable(e);
		goto out;
	}
	host = type != NULL && sc_streq(type, "host");
	if (type != NULL && type[0] != '\0' && !host &&
	    !sc_streq(type, "user")) {
		r = sc_fail_client(
		    e, SC_ERR_MALFORMED, "invalid type '%.64s'", type);
		goto out;
	}
	if ((r = sc_ssh_config_json(ca, host, data, rs->body, e)) == 0)
		r = sc_response_json(rs, 200);
out:
	json_object_put(doc);
	return r;
}
