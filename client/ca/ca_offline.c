#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/public.h"
#include "authority/revoke.h"
#include "authority/sign.h"
#include "authority/ssh_sign.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "config/ca_json.h"
#include "client/net/ca_issue.h"
#include "client/net/ssh_request.h"
#include "client/ca/ca_offline.h"
#include "client/command.h"
#include "crypto/cert.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/secret.h"

static int
open_authority(const struct sc_args *a, unsigned needs,
    struct sc_authority **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	const char *password = sc_args_str(a, "provisioner-password-file");
	struct sc_secret_source terminal = {NULL};
	struct sc_error why = SC_ERROR_INIT;
	char *path;
	int r;

	path = file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_authority_open_asking(
	    path, password, sc_secret_for_key, &terminal, needs, out, e);
	/* The file may be that of the provisioner's key alone. */
	if (r == SC_ERR_UNAUTHENTICATED && password != NULL &&
	    sc_authority_open_asking(path, NULL, sc_secret_for_key, &terminal,
		needs, out, &why) == 0)
		r = 0;
	free(path);
	return r;
}

/* A list of the authority's certificates, appended to out. */
static int
get_certs(const struct sc_authority *ca, enum sc_cert_list which,
    struct sc_certs *out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_RESPONSE);
	int r;

	r = sc_public_certs_pem(ca, which, b, e);
	if (r == 0)
		r = sc_certs_from_pem(sc_buf_str(b), sc_buf_len(b), out, e);
	sc_buf_free(b);
	return r;
}

static int
add_leaf(struct sc_certs *chain, const struct sc_cert *leaf, struct sc_error *e)
{
	char *pem = NULL;
	int r;

	if (sc_cert_to_pem(leaf, &pem) != 0)
		return sc_fail_nomem(e);
	r = sc_certs_from_pem(pem, strlen(pem), chain, e);
	free(pem);
	return r;
}

static int
sign(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_issue *q, struct sc_certs *chain, struct sc_error *e)
{
	struct sc_certs roots = {0};
	struct sc_sign_info info;
	struct sc_cert *leaf = NULL;
	int r;

	if ((r = sc_authority_sign(ca, rq, sc_clock_now(), &leaf, &info, e)) !=
		0 ||
	    (r = add_leaf(chain, leaf, e)) != 0 ||
	    (r = get_certs(ca, SC_LIST_INTERMEDIATES, chain, e)) != 0 ||
	    (r = get_certs(ca, SC_LIST_ROOTS, &roots, e)) != 0)
		goto out;
	r = sc_issue_check_granted(
	    chain, q, &roots, sc_authority_config(ca)->provisioners, e);
out:
	sc_cert_free(leaf);
	sc_certs_clear(&roots);
	return r;
}

static int
make_id(char id[37], struct sc_error *e)
{
	if (sc_uuid4(id) != 0)
		return sc_fail(e, SC_ERR_INTERNAL, "no random bytes to be had");
	return 0;
}

int
sc_offline_sign(const struct sc_args *a, const struct sc_issue *q,
    struct sc_certs *chain, struct sc_error *e)
{
	struct sc_sign_request rq = {.csr = q->csr,
	    .ott = q->token,
	    .template_data = q->template_data,
	    .peer = "offline",
	    .own_names = true};
	struct sc_authority *ca = NULL;
	char id[37];
	int r;

	/* They have been checked with the other flags. */
	(void)sc_timespec_parse(q->not_before, &rq.not_before);
	(void)sc_timespec_parse(q->not_after, &rq.not_after);
	if ((r = make_id(id, e)) != 0)
		return r;
	rq.request_id = id;
	r = open_authority(
	    a, SC_NEED_X509_KEY | SC_NEED_STORE_WRITE | SC_NEED_PEERS, &ca, e);
	if (r != 0)
		return r;
	r = sign(ca, &rq, q, chain, e);
	sc_authority_close(ca);
	return r;
}

typedef int revoke_fn(struct sc_authority *ca,
    const struct sc_revoke_request *rq, int64_t now,
    struct sc_revoke_info *info, struct sc_error *e);

static int
revoke(const struct sc_args *a, const struct sc_revoke_request *q,
    revoke_fn *fn, unsigned needs, struct sc_error *e)
{
	struct sc_revoke_request rq = *q;
	struct sc_authority *ca = NULL;
	struct sc_revoke_info info;
	char id[37];
	int r;

	if ((r = make_id(id, e)) != 0)
		return r;
	rq.request_id = id;
	rq.peer = "offline";
	if ((r = open_authority(a, needs | SC_NEED_STORE_WRITE, &ca, e)) != 0)
		return r;
	r = fn(ca, &rq, sc_clock_now(), &info, e);
	sc_authority_close(ca);
	return r;
}

int
sc_offline_revoke(const struct sc_args *a, const struct sc_revoke_request *q,
    struct sc_error *e)
{
	return revoke(a, q, sc_authority_revoke, 0, e);
}

int
sc_offline_ssh_sign(const struct sc_args *a, const struct sc_ssh_request *q,
    struct sc_ssh_cert **out, struct sc_ssh_cert **add_user, struct sc_error *e)
{
	struct sc_ssh_sign_request rq = {.key = q->key,
	    .ott = q->token,
	    .cert_type = q->host ? "host" : "user",
	    .key_id = q->key_id,
	    .principals = q->principals,
	    .template_data = q->template_data,
	    .add_user_key = q->add_user_key,
	    .peer = "offline"};
	struct sc_ssh_issued issued = {0};
	struct sc_authority *ca = NULL;
	struct sc_sign_info info;
	char id[37];
	int r;

	*out = *add_user = NULL;
	/* They have been checked with the other flags. */
	(void)sc_timespec_parse(
	    q->valid_after != NULL ? q->valid_after : "", &rq.after);
	(void)sc_timespec_parse(
	    q->valid_before != NULL ? q->valid_before : "", &rq.before);
	if ((r = make_id(id, e)) != 0)
		return r;
	rq.request_id = id;
	r = open_authority(
	    a, SC_NEED_SSH_KEYS | SC_NEED_STORE_WRITE | SC_NEED_PEERS, &ca, e);
	if (r != 0)
		return r;
	r = sc_authority_ssh_sign(ca, &rq, sc_clock_now(), &issued, &info, e);
	sc_authority_close(ca);
	if (r != 0)
		return r;
	*out = issued.cert;
	*add_user = issued.add_user;
	issued.cert = issued.add_user = NULL; /* transferred */
	sc_ssh_issued_clear(&issued);
	return 0;
}

int
sc_offline_ssh_revoke(const struct sc_args *a,
    const struct sc_revoke_request *q, struct sc_error *e)
{
	return revoke(a, q, sc_authority_ssh_revoke, SC_NEED_SSH_PUBLIC, e);
}
