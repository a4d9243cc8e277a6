#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/identity.h"
#include "authority/internal.h"
#include "authority/record.h"
#include "authority/sign.h"
#include "authority/sign_internal.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_leaf.h"
#include "authority/ssh_record.h"
#include "authority/ssh_sign.h"
#include "authority/ssh_validity.h"
#include "authority/webhooks.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "config/ca_json.h"
#include "config/policy.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/webhook.h"

void
sc_ssh_issued_clear(struct sc_ssh_issued *i)
{
	sc_ssh_cert_free(i->cert);
	sc_ssh_cert_free(i->add_user);
	sc_cert_free(i->identity);
	*i = (struct sc_ssh_issued){0};
}

static int
missing(const char *what, struct sc_error *e)
{
	return sc_fail_client(
	    e, SC_ERR_MALFORMED, "ssh certificate %s cannot be empty", what);
}

/* --- the request against the grant ------------------------------------- */

static const char *
type_text(enum sc_ssh_cert_type type)
{
	return type == SC_SSH_HOST ? "host" : "user";
}

/* As Go prints a list of strings. */
static void
put_list(struct sc_buf *b, const struct sc_strlist *l)
{
	size_t i;

	(void)sc_buf_putc(b, '[');
	for (i = 0; i < l->n; i++)
		(void)sc_buf_putf(b, "%s%s", i > 0 ? " " : "", l->v[i]);
	(void)sc_buf_putc(b, ']');
}

static int
wrong_principals(const struct sc_strlist *got, const struct sc_strlist *want,
    struct sc_error *e)
{
	/* A message has no room for more. */
	struct sc_buf *b = sc_buf_new(400);

	(void)sc_buf_puts(b, "got ");
	put_list(b, got);
	(void)sc_buf_puts(b, ", want ");
	put_list(b, want);
	(void)sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "ssh certificate principals does not match - %s",
	    b != NULL ? sc_buf_str(b) : "");
	sc_buf_free(b);
	return SC_ERR_FORBIDDEN;
}

static int
check_principals(const struct sc_strlist *got, const struct sc_strlist *want,
    struct sc_error *e)
{
	size_t i, k;

	for (i = 0; i < got->n; i++) {
		for (k = 0; k < want->n; k++)
			if (sc_strcaseeq(got->v[i], want->v[k]))
				break;
		if (k == want->n)
			return wrong_principals(got, want, e);
	}
	return 0;
}

/* What only the request says, where the credential says nothing. */
static int
grant_request(const struct sc_ssh_sign_request *rq, struct sc_ssh_grant *g,
    struct sc_error *e)
{
	const char *type = rq->cert_type != NULL ? rq->cert_type : "";
	size_t i;

	if (type[0] == '\0')
		return missing("certType", e);
	if (rq->key_id == NULL || rq->key_id[0] == '\0')
		return missing("keyID", e);
	if (rq->principals == NULL || rq->principals->n == 0)
		return missing("principals", e);
	/* Another one is refused with the rest of the request. */
	g->type = sc_streq(type, "host") ? SC_SSH_HOST : SC_SSH_USER;
	if ((g->key_id = sc_strdup(rq->key_id)) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < rq->principals->n; i++)
		if (sc_strlist_add(&g->principals, rq->principals->v[i]) != 0)
			return sc_fail_nomem(e);
	return 0;
}

static int
check_request(const struct sc_ssh_sign_request *rq,
    const struct sc_ssh_grant *g, struct sc_error *e)
{
	const char *type = rq->cert_type != NULL ? rq->cert_type : "";
	const struct sc_strlist none = {0};
	const struct sc_strlist *got =
	    rq->principals != NULL ? rq->principals : &none;

	if (type[0] != '\0' && !sc_streq(type, type_text(g->type)))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh certificate type does not match - got %.16s, want %s",
		    type, type_text(g->type));
	if (sc_strlist_has(got, ""))
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "principals cannot contain empty values");
	if (g->common.request_ignored)
		return 0;
	if (g->any_principals)
		return got->n > 0 ? 0 : missing("principals", e);
	return check_principals(got, &g->principals, e);
}

/* --- the certificate --------------------------------------------------- */

/* What the request says, else, where the token is silent, the template. */
static struct sc_timespec
either(const struct sc_timespec *request, const struct sc_timespec *token,
    const struct sc_timespec *template)
{
	return request->kind != SC_TS_UNSET || token->kind != SC_TS_UNSET
	    ? *request
	    : *template;
}

static int
fill(const struct sc_authority *ca, const struct sc_ssh_sign_request *rq,
    const struct sc_ssh_grant *g, struct sc_hooks *hooks, int64_t now,
    struct sc_ssh_cert *c, struct sc_error *e)
{
	struct sc_ssh_times request, template = {0};
	const struct sc_ssh_times token = {g->after, g->before};
	int64_t begin, end;
	int r;

	if (!sc_grant_period(&g->common, &begin, &end))
		end = INT64_MAX;
	c->key = sc_ssh_key_dup(rq->key);
	if ((r = sc_ssh_leaf_plan(c, &template, rq, g, hooks, e)) != 0)
		return r;
	request.after = either(&rq->after, &token.after, &template.after);
	request.before = either(&rq->before, &token.before, &template.before);
	if ((r = sc_ssh_validity(&request, &token, &g->common.claims,
		 ca->config->backdate, end, now, c, e)) != 0)
		return r;
	return sc_ssh_check_duration(
	    c, &g->common.claims, ca->config->backdate, e);
}

/* May there be such a certificate? */
static int
check_allowed(const struct sc_authority *ca, const struct sc_ssh_grant *g,
    const struct sc_ssh_cert *c, struct sc_error *e)
{
	const bool host = c->type == SC_SSH_HOST;
	int r;

	if (sc_strlist_has(&ca->config->ssh.revoked_key_ids, c->key_id))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh certificate keyID \"%.128s\" is revoked", c->key_id);
	r = sc_policy_check_ssh(ca->config->policy, host, &c->principals, e);
	return r != 0
	    ? r
	    : sc_policy_check_ssh(g->common.policy, host, &c->principals, e);
}

static int
make(struct sc_authority *ca, const struct sc_ssh_sign_request *rq,
    const struct sc_ssh_grant *g, int64_t now, struct sc_ssh_cert **out,
    struct sc_error *e)
{
	struct sc_ssh_cert *c;
	struct sc_hooks hooks;
	int r;

	if ((r = sc_authority_ssh_can_sign(ca, g->type, e)) != 0 ||
	    (r = sc_ssh_key_check(rq->key, e)) != 0 ||
	    (r = sc_authority_ssh_check_key(ca, rq->key, e)) != 0)
		return r;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return sc_fail_nomem(e);
	sc_hooks_init(&hooks, ca, &g->common, SC_WEBHOOK_SSH, rq->request_id);
	if ((r = fill(ca, rq, g, &hooks, now, c, e)) == 0 &&
	    (r = check_allowed(ca, g, c, e)) == 0 &&
	    (r = sc_authority_check_unspent(ca, g->common.spend_id, e)) == 0 &&
	    (r = sc_hooks_authorize_ssh(&hooks, c, e)) == 0 &&
	    (c->serial != 0 || (r = sc_ssh_serial(&c->serial, e)) == 0))
		r = sc_authority_ssh_sign_cert(ca, c, e);
	sc_hooks_clear(&hooks);
	if (r != 0)
		sc_ssh_cert_free(c);
	else
		*out = c;
	return r;
}

/* --- the certificate that makes an account ----------------------------- */

/*
 * The name becomes a part of a shell command: nothing that a shell reads, and
 * no option.
 */
static bool
is_account(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._@-";

	return s[0] != '\0' && s[0] != '-' && s[strspn(s, plain)] == '\0';
}

static bool
wants_account(const struct sc_ssh_cert *c)
{
	const char *at;

	if (c->type != SC_SSH_USER || c->principals.n > 2 ||
	    !is_account(c->principals.v[0]))
		return false;
	if (c->principals.n == 1)
		return true;
	at = strchr(c->principals.v[1], '@');
	return at != NULL && at != c->principals.v[1];
}

/* The command with every <principal> replaced; malloc'ed. */
static char *
account_command(const char *command, const char *principal)
{
	static const char mark[] = "<principal>";
	struct sc_buf *b = sc_buf_new(32768);
	const char *p;

	if (command[0] == '\0')
		command = "sudo useradd -m <principal>; nc -q0 localhost 22";
	while ((p = strstr(command, mark)) != NULL) {
		(void)sc_buf_put(b, command, (size_t)(p - command));
		(void)sc_buf_puts(b, principal);
		command = p + strlen(mark);
	}
	(void)sc_buf_puts(b, command);
	return sc_buf_steal(b, NULL);
}

static int
fill_account(const struct sc_authority *ca, const struct sc_ssh_cert *user,
    const struct sc_ssh_key *pub, struct sc_ssh_cert *c, struct sc_error *e)
{
	const struct sc_config_ssh *conf = &ca->config->ssh;
	const char *account = conf->add_user_principal[0] != '\0'
	    ? conf->add_user_principal
	    : "provisioner";
	const char *principal = user->principals.v[0];
	char *command = account_command(conf->add_user_command, principal);
	int r = 0;

	c->type = SC_SSH_USER;
	c->key = sc_ssh_key_dup(pub);
	c->key_id = sc_asprintf("%s-%s", principal, account);
	c->valid_after = user->valid_after;
	c->valid_before = user->valid_before;
	if (command == NULL || c->key_id == NULL ||
	    sc_strlist_add(&c->principals, account) != 0)
		r = sc_fail_nomem(e);
	else if ((r = sc_ssh_options_add(
		      &c->critical, "force-command", command)) != 0)
		r = sc_fail(e, r, "SSH critical options");
	free(command);
	return r == 0 ? sc_ssh_serial(&c->serial, e) : r;
}

static int
make_account(const struct sc_authority *ca, const struct sc_ssh_cert *user,
    const struct sc_ssh_key *pub, struct sc_ssh_cert **out, struct sc_error *e)
{
	struct sc_ssh_cert *c;
	int r;

	if (pub == NULL || !wants_account(user))
		return 0;
	if ((r = sc_ssh_key_check(pub, e)) != 0 ||
	    (r = sc_authority_ssh_check_key(ca, pub, e)) != 0)
		return r;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return sc_fail_nomem(e);
	if ((r = fill_account(ca, user, pub, c, e)) == 0)
		r = sc_authority_ssh_sign_cert(ca, c, e);
	if (r != 0)
		sc_ssh_cert_free(c);
	else
		*out = c;
	return r;
}

/* --- all of it --------------------------------------------------------- */

static int
make_identity(struct sc_authority *ca, const struct sc_ssh_sign_request *rq,
    const struct sc_token *token, const struct sc_ssh_cert *ssh, int64_t now,
    struct sc_identity *out, struct sc_error *e)
{
	const struct sc_sign_request srq = {
	    .csr = rq->identity,
	    .request_id = rq->request_id,
	    .peer = rq->peer,
	};

	if (rq->identity == NULL)
		return 0;
	return sc_identity_make(ca, &srq, token, ssh, now, out, e);
}

/*
 * The token is spent with the first; should another then not be recorded,
 * none is handed out.
 */
static int
record(struct sc_authority *ca, const struct sc_ssh_sign_request *rq,
    const struct sc_grant *g, const struct sc_ssh_issued *out,
    const struct sc_identity *identity, int64_t now, struct sc_error *e)
{
	struct sc_ssh_issuance i = {
	    .kind = SC_STORE_ISSUE,
	    .spend_id = g->spend_id,
	    .spend_expires = g->spend_expires,
	    .who =
		{
		    .request_id = rq->request_id,
		    .peer = rq->peer,
		    .provisioner_id = g->provisioner_id,
		    .provisioner_name = g->provisioner_name,
		    .provisioner_type = g->provisioner_type,
		    .subject = g->subject,
		},
	};
	int r = sc_ssh_record(ca, &i, out->cert, now, e);

	if (r == 0 && out->add_user != NULL) {
		i.spend_id = NULL;
		r = sc_ssh_record(ca, &i, out->add_user, now, e);
	}
	return r == 0 ? sc_identity_record(ca, identity, now, e) : r;
}

static int
issue(struct sc_authority *ca, const struct sc_ssh_sign_request *rq,
    const struct sc_token *token, const struct sc_ssh_grant *g, int64_t now,
    struct sc_ssh_issued *out, struct sc_sign_info *info, struct sc_error *e)
{
	struct sc_identity identity = {0};
	int r;

	if ((r = sc_authority_check_credential(ca, g->common.credential, e)) !=
		0 ||
	    (r = check_request(rq, g, e)) != 0 ||
	    (r = make(ca, rq, g, now, &out->cert, e)) != 0 ||
	    (r = make_account(
		 ca, out->cert, rq->add_user_key, &out->add_user, e)) != 0 ||
	    (r = make_identity(ca, rq, token, out->cert, now, &identity, e)) !=
		0 ||
	    (r = record(ca, rq, &g->common, out, &identity, now, e)) != 0)
		goto out;
	out->identity = identity.made.cert;
	identity.made.cert = NULL; /* transferred */
	sc_ssh_note(info, out->cert);
out:
	sc_identity_clear(&identity);
	return r;
}

int
sc_authority_ssh_sign(struct sc_authority *ca,
    const struct sc_ssh_sign_request *rq, int64_t now,
    struct sc_ssh_issued *out, struct sc_sign_info *info, struct sc_error *e)
{
	struct sc_token *token = NULL;
	struct sc_ssh_grant grant = {.requested_type = rq->cert_type};
	int r;

	*out = (struct sc_ssh_issued){0};
	*info = (struct sc_sign_info){0};
	if ((r = sc_authority_ssh_enabled(ca, e)) != 0 ||
	    (r = sc_token_parse(rq->ott, &token, e)) != 0)
		goto out;
	(void)snprintf(
	    info->provisioner, sizeof(info->provisioner), "%s", token->iss);
	(void)snprintf(info->subject, sizeof(info->subject), "%s", token->sub);
	if ((r = sc_provisioners_authorize_ssh_sign(
		 ca->provisioners, token, now, &grant, e)) == 0 &&
	    (!grant.common.from_request ||
		(r = grant_request(rq, &grant, e)) == 0))
		r = issue(ca, rq, token, &grant, now, out, info, e);
	if (r != 0)
		sc_ssh_issued_clear(out);
out:
	sc_ssh_grant_clear(&grant);
	sc_token_free(token);
	return r;
}

static void
put_member(struct sc_buf *out, const char *name, const struct sc_ssh_cert *c)
{
	(void)sc_buf_putf(out, "\"%s\":\"", name);
	(void)sc_b64_put(out, SC_B64_STD, c->blob, c->blob_len);
	(void)sc_buf_putc(out, '"');
}

int
sc_ssh_issued_json(const struct sc_authority *ca, const struct sc_ssh_issued *i,
    struct sc_buf *out, struct sc_error *e)
{
	int r;

	(void)sc_buf_putc(out, '{');
	put_member(out, "crt", i->cert);
	if (i->add_user != NULL) {
		(void)sc_buf_putc(out, ',');
		put_member(out, "addUserCrt", i->add_user);
	}
	if (i->identity != NULL) {
		(void)sc_buf_puts(out, ",\"identityCrt\":[");
		(void)sc_sign_put_pem(out, i->identity);
		(void)sc_buf_putc(out, ',');
		(void)sc_sign_put_pem(out, ca->intermediates.v[0]);
		(void)sc_buf_putc(out, ']');
	}
	(void)sc_buf_putc(out, '}');
	r = sc_buf_error(out);
	return r != 0 ? sc_fail(e, r, "cannot build the response") : 0;
}
