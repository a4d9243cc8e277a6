/*
 * Everything public and read-only.  Opens no private key, and the store only
 * when it is asked for hosts.
 */
#include "config.h"

#include <stdlib.h>

#include "authority/authority.h"
#include "authority/crl.h"
#include "authority/ocsp.h"
#include "authority/public.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "main.h"
#include "roots_ssh.h"
#include "web/request.h"
#include "web/response.h"

#define PEM_FILE "application/x-pem-file"

static int
health(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	char why[256] = "";

	(void)rq, (void)e;
	if (sc_authority_crl_healthy(ca, now, why, sizeof(why)) &&
	    sc_authority_ocsp_healthy(ca, now, why, sizeof(why))) {
		(void)sc_buf_puts(rs->body, "{\"status\":\"ok\"}");
		return sc_response_json(rs, 200);
	}
	/* Still 200: what issues certificates is not to be taken down. */
	sc_log_str(log, "degraded", why);
	(void)sc_buf_puts(rs->body, "{\"status\":\"degraded: ");
	(void)sc_buf_puts(rs->body, why);
	(void)sc_buf_puts(rs->body, "\"}");
	return sc_response_json(rs, 200);
}

static int
version(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)ca, (void)rq, (void)log, (void)e;
	(void)sc_buf_puts(rs->body, "{\"version\":\"" PACKAGE_VERSION "\"}");
	return sc_response_json(rs, 200);
}

static int
root(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int r = sc_public_root_json(ca, rq->params[0], rs->body, e);

	(void)log;
	return r != 0 ? r : sc_response_json(rs, 200);
}

static int
certs_json(struct sc_authority *ca, enum sc_cert_list which,
    struct sc_response *rs, struct sc_error *e)
{
	int r = sc_public_certs_json(ca, which, rs->body, e);

	/* 201 is what the wire contract says, odd as it is for a GET. */
	return r != 0 ? r : sc_response_json(rs, 201);
}

static int
certs_pem(struct sc_authority *ca, enum sc_cert_list which,
    struct sc_response *rs, struct sc_error *e)
{
	rs->status = 200;
	rs->content_type = PEM_FILE;
	return sc_public_certs_pem(ca, which, rs->body, e);
}

static int
roots(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return certs_json(ca, SC_LIST_ROOTS, rs, e);
}

static int
intermediates(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return certs_json(ca, SC_LIST_INTERMEDIATES, rs, e);
}

static int
federation(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return certs_json(ca, SC_LIST_FEDERATION, rs, e);
}

static int
roots_pem(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return certs_pem(ca, SC_LIST_ROOTS, rs, e);
}

static int
intermediates_pem(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	(void)rq, (void)log;
	return certs_pem(ca, SC_LIST_INTERMEDIATES, rs, e);
}

static int
provisioners(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	char *cursor = sc_request_query(rq, "cursor");
	char *text = sc_request_query(rq, "limit");
	int64_t limit = 0;
	int r;

	(void)log;
	if (text != NULL && text[0] != '\0' &&
	    sc_strtonum(text, INT64_MIN, INT64_MAX, &limit) != 0) {
		r = sc_fail_client(e, SC_ERR_MALFORMED,
		    "limit '%.64s' is not an integer", text);
		goto out;
	}
	if ((r = sc_public_provisioners_json(
		 ca, cursor != NULL ? cursor : "", limit, rs->body, e)) == 0)
		r = sc_response_json(rs, 200);
out:
	free(cursor);
	free(text);
	return r;
}

static int
encrypted_key(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e)
{
	int r = sc_public_encrypted_key_json(ca, rq->params[0], rs->body, e);

	(void)log;
	return r != 0 ? r : sc_response_json(rs, 200);
}

static const struct sc_route routes[] = {
    {SC_GET, "/health", 0, health},
    {SC_GET, "/version", 0, version},
    {SC_GET, "/root/{sha}", 0, root},
    {SC_GET, "/roots", 0, roots},
    {SC_GET, "/roots.pem", 0, roots_pem},
    {SC_GET, "/intermediates", 0, intermediates},
    {SC_GET, "/intermediates.pem", 0, intermediates_pem},
    {SC_GET, "/federation", 0, federation},
    {SC_GET, "/provisioners", 0, provisioners},
    {SC_GET, "/provisioners/{kid}/encrypted-key", 0, encrypted_key},
    {SC_GET, "/ssh/roots", 0, sc_roots_ssh_roots},
    {SC_GET, "/ssh/federation", 0, sc_roots_ssh_federation},
    {SC_GET, "/ssh/hosts", 0, sc_roots_ssh_hosts},
    {SC_GET, "/ssh/get-hosts", 0, sc_roots_ssh_hosts},
    {SC_POST, "/ssh/config", SC_MAX_BODY, sc_roots_ssh_config},
    {SC_POST, "/ssh/config/{type}", SC_MAX_BODY, sc_roots_ssh_config},
    {SC_POST, "/ssh/check-host", SC_MAX_BODY, sc_roots_ssh_check_host},
    {SC_POST, "/ssh/bastion", SC_MAX_BODY, sc_roots_ssh_bastion},
};

const struct sc_program sc_program = {
    .name = "roots",
    .needs = SC_NEED_SSH_PUBLIC,
    .routes = routes,
    .routes_n = sizeof(routes) / sizeof(routes[0]),
};
