/*
 * ssh certificate.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/net/ssh_agent.h"
#include "client/net/ssh_request.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/ssh/ssh_files.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

static const struct sc_opt options[] = {
    {.name = "principal",
	.letter = 'n',
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "name to sign in with, or of the host (default: of the key "
		"id)"},
    {.name = "host",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "a certificate of a host instead of a user"},
    {.name = "sign",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "certify the public key in <key-file>"},
    {.name = "private-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "with --sign: the private key, for the agent"},
    {.name = "comment",
	.arg = "TEXT",
	.help = "comment of the key in files and agent (default: the key id)"},
    {.name = "no-agent",
	.kind = SC_OPT_BOOL,
	.help = "do not add the key to the SSH agent"},
    {.name = "not-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "start of validity: RFC 3339 or a duration"},
    {.name = "not-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "end of validity"},
    {.name = "token", .arg = "TOKEN", .help = "one-time token"}, SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_ca *ca;
	char *token;
	struct json_object *claims, *user, *step;
	struct sc_strlist names;
	struct sc_key *key; /* private; NULL with --sign alone */
	struct sc_ssh_key *pub;
	struct sc_ssh_files files;
	char *password; /* for the new key; NULL: none */
	struct sc_ssh_cert *cert;
};

static void
job_clear(struct job *j)
{
	sc_ca_free(j->ca);
	sc_free_secret(j->token);
	json_object_put(j->claims);
	json_object_put(j->user);
	json_object_put(j->step);
	sc_strlist_clear(&j->names);
	sc_key_free(j->key);
	sc_ssh_key_free(j->pub);
	sc_ssh_files_clear(&j->files);
	sc_free_secret(j->password);
	sc_ssh_cert_free(j->cert);
}

static int
check_flags(const struct sc_args *a, struct sc_error *e)
{
	int r = sc_args_check_insecure(a, "no-password", e);

	if (r == 0)
		r = sc_args_check_needs(a, "private-key", "sign", e);
	if (r == 0)
		r = sc_args_check_conflict(
		    a, "no-password", "password-file", e);
	if (r == 0 && !sc_args_bool(a, "sign"))
		r = sc_key_options_check(a, e);
	if (r == 0)
		r = sc_args_check_time(a, "not-before", e);
	return r != 0 ? r : sc_args_check_time(a, "not-after", e);
}

static const char *
comment(const struct job *j)
{
	const char *s = sc_args_str(j->a, "comment");

	return s != NULL ? s : sc_args_pos(j->a, 0);
}

static int
choose_names(struct job *j, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(j->a, "principal");
	const char *subject = sc_args_pos(j->a, 0);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++)
		r = sc_strlist_add(&j->names, l->v[i]);
	if (l->n == 0)
		r = sc_args_bool(j->a, "host")
		    ? sc_strlist_add(&j->names, subject)
		    : sc_ssh_user_principals(subject, &j->names);
	if (r != 0)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < j->names.n; i++)
		r = sc_ssh_principal_check(j->names.v[i], e);
	return r;
}

/* The key to be certified: read, or made and its password asked for. */
static int
get_key(struct job *j, struct sc_error *e)
{
	const char *file = sc_args_pos(j->a, 1);
	const char *private = sc_args_str(j->a, "private-key");
	int r;

	if (sc_args_bool(j->a, "sign")) {
		r = sc_ssh_file_read(file, &j->pub, NULL, NULL, e);
		if (r == 0 && private != NULL)
			r = sc_ssh_file_private(private, &j->key, e);
		return r;
	}
	if (!sc_args_bool(j->a, "no-password") &&
	    (r = sc_ssh_new_password(j->a, &j->password, e)) != 0)
		return r;
	if ((r = sc_key_options_make(j->a, &j->key, e)) != 0)
		return r;
	if ((r = sc_ssh_files_check(j->key, j->password, e)) != 0)
		return r;
	return sc_ssh_key_new(j->key, &j->pub, e);
}

static void
fill(const struct job *j, struct sc_ssh_request *q)
{
	*q = (struct sc_ssh_request){.key = j->pub,
	    .host = sc_args_bool(j->a, "host"),
	    .key_id = sc_args_pos(j->a, 0),
	    .principals = &j->names,
	    .valid_after = sc_args_str(j->a, "not-before"),
	    .valid_before = sc_args_str(j->a, "not-after"),
	    .token = j->token,
	    .template_data = j->user};
}

static int
get_token(struct job *j, struct sc_error *e)
{
	const char *given = sc_args_str(j->a, "token");
	struct sc_token_request q;
	struct sc_ssh_request s;
	int r;

	if (given != NULL) {
		if ((j->token = sc_strdup(given)) == NULL)
			return sc_fail_nomem(e);
		r = sc_token_read_claims(given, &j->claims, e);
		if (r == 0)
			r = sc_ca_from_token(j->a, j->claims, &j->ca, e);
		return r != SC_ERR_NOT_FOUND ? r
					     : sc_ca_from_args(j->a, &j->ca, e);
	}
	fill(j, &s);
	memset(&q, 0, sizeof(q));
	q.kind = SC_TOKEN_SSH_SIGN;
	q.subject = s.key_id;
	if ((q.step = j->step = sc_ssh_claim(&s)) == NULL)
		return sc_fail_nomem(e);
	r = sc_ca_from_args(j->a, &j->ca, e);
	return r != 0 ? r : sc_token_flow(j->a, j->ca, &q, &j->token, e);
}

static int
request(struct job *j, struct sc_error *e)
{
	struct sc_ssh_request q;
	int r = 0;

	if (sc_args_given(j->a, "set") || sc_args_given(j->a, "set-file"))
		r = sc_token_user_data(j->a, &j->user, e);
	if (r != 0)
		return r;
	fill(j, &q);
	r = sc_ssh_request_sign(j->ca, &q, &j->cert, e);
	if (r == 0)
		sc_ui_status("CA", sc_ca_base(j->ca));
	return r;
}

static int
save(struct job *j, struct sc_error *e)
{
	int r = 0;

	if (!sc_args_bool(j->a, "sign"))
		r = sc_ssh_files_put_key(
		    &j->files, j->key, j->password, comment(j), e);
	return r != 0
	    ? r
	    : sc_ssh_files_put_cert(&j->files, j->cert, comment(j), e);
}

/* A key that is saved is of use without an agent, too: no failure. */
static void
add_to_agent(const struct job *j)
{
	struct sc_error e = SC_ERROR_INIT;
	int r = sc_ssh_agent_keep(j->key, j->cert, comment(j), &e);

	if (r == SC_ERR_NOT_FOUND)
		return;
	if (r == 0)
		sc_ui_status("SSH Agent", "yes");
	else
		sc_ui_info("\xe2\x9c\x97 SSH Agent: %s", e.msg);
}

static int
certificate(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	if ((r = check_flags(a, e)) == 0 && (r = choose_names(&j, e)) == 0)
		r = sc_ssh_files_name(&j.files, sc_args_pos(a, 1),
		    sc_args_bool(a, "sign"), sc_args_bool(a, "force"), e);
	if (r == 0)
		r = get_key(&j, e);
	if (r == 0)
		r = get_token(&j, e);
	if (r == 0)
		r = request(&j, e);
	if (r == 0)
		r = save(&j, e);
	if (r == 0 && j.key != NULL && !sc_args_bool(a, "host") &&
	    !sc_args_bool(a, "no-agent"))
		add_to_agent(&j);
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ssh_certificate = {.name = "certificate",
    .args = "<key-id> <key-file>",
    .help = "get an SSH certificate for a new key",
    .notes = "Writes <key-file>, <key-file>.pub and <key-file>-cert.pub; of a "
	     "user, the key and its certificate are added to the SSH agent "
	     "for as long as the certificate is valid.",
    .min_args = 2,
    .max_args = 2,
    .options = {options, sc_options_ssh_key, sc_options_key,
	sc_options_provisioner, sc_options_set, sc_options_force,
	sc_options_ca},
    .run = certificate};
