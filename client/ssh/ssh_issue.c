#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "client/ca/ca_offline.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/net/ca_client.h"
#include "client/net/ssh_request.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/ssh/ssh_issue.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

const struct sc_opt sc_options_ssh_issue[] = {
    {.name = "principal",
	.letter = 'n',
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "name to sign in with, or of the host (default: of the key "
		"id)"},
    {.name = "not-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "start of validity: RFC 3339 or a duration"},
    {.name = "not-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "end of validity"},
    {.name = "token", .arg = "TOKEN", .help = "one-time token"}, SC_OPT_END};

void
sc_ssh_issue_clear(struct sc_ssh_issue *j)
{
	sc_ca_free(j->ca);
	sc_free_secret(j->token);
	json_object_put(j->user);
	json_object_put(j->step);
	sc_strlist_clear(&j->names);
	sc_ssh_key_free(j->pub);
	sc_ssh_cert_free(j->cert);
	sc_ssh_key_free(j->add_user_pub);
	sc_ssh_cert_free(j->add_user_cert);
	memset(j, 0, sizeof(*j));
}

int
sc_ssh_issue_names(struct sc_ssh_issue *j,
    int (*otherwise)(const char *key_id, struct sc_strlist *out),
    struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(j->a, "principal");
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++)
		r = sc_strlist_add(&j->names, l->v[i]);
	if (l->n == 0)
		r = otherwise(j->key_id, &j->names);
	if (r != 0)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < j->names.n; i++)
		r = sc_ssh_principal_check(j->names.v[i], e);
	return r;
}

static void
fill(const struct sc_ssh_issue *j, struct sc_ssh_request *q)
{
	const char *after = sc_args_str(j->a, "not-before");

	*q = (struct sc_ssh_request){.key = j->pub,
	    .host = j->host,
	    .key_id = j->key_id,
	    .principals = &j->names,
	    .valid_after = after != NULL ? after : j->valid_after,
	    .valid_before = sc_args_str(j->a, "not-after"),
	    .token = j->token,
	    .template_data = j->user,
	    .add_user_key = j->add_user_pub};
}

static int
given_token(struct sc_ssh_issue *j, const char *given, struct sc_error *e)
{
	struct json_object *claims = NULL;
	int r;

	if ((j->token = sc_strdup(given)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_token_read_claims(given, &claims, e)) != 0)
		return r;
	r = sc_ca_from_token(j->a, claims, &j->ca, e);
	json_object_put(claims);
	return r != SC_ERR_NOT_FOUND ? r : sc_ca_from_args(j->a, &j->ca, e);
}

int
sc_ssh_issue_token(struct sc_ssh_issue *j, struct sc_error *e)
{
	const char *given = sc_args_str(j->a, "token");
	struct sc_token_request q;
	struct sc_ssh_request s;
	int r;

	if (given != NULL)
		return given_token(j, given, e);
	fill(j, &s);
	memset(&q, 0, sizeof(q));
	q.kind = SC_TOKEN_SSH_SIGN;
	q.subject = s.key_id;
	if ((q.step = j->step = sc_ssh_claim(&s)) == NULL)
		return sc_fail_nomem(e);
	if (!j->offline && (r = sc_ca_from_args(j->a, &j->ca, e)) != 0)
		return r;
	return sc_token_flow(j->a, j->ca, &q, &j->token, e);
}

int
sc_ssh_issue_request(struct sc_ssh_issue *j, struct sc_error *e)
{
	struct sc_ssh_request q;
	int r = 0;

	if (sc_args_given(j->a, "set") || sc_args_given(j->a, "set-file"))
		r = sc_token_user_data(j->a, &j->user, e);
	if (r != 0)
		return r;
	fill(j, &q);
	if (j->ca == NULL)
		return sc_offline_ssh_sign(
		    j->a, &q, &j->cert, &j->add_user_cert, e);
	r = sc_ssh_request_sign(j->ca, &q, &j->cert, &j->add_user_cert, e);
	if (r == 0)
		sc_ui_status("CA", sc_ca_base(j->ca));
	return r;
}
