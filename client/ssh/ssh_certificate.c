/*
 * ssh certificate.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/net/ssh_request.h"
#include "client/ssh/ssh_files.h"
#include "client/ssh/ssh_issue.h"
#include "crypto/key.h"
#include "crypto/ssh_key.h"

static const struct sc_opt options[] = {
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
    {.name = "add-user",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "get another one, which makes the user's account on a host"},
    {.name = "no-agent",
	.kind = SC_OPT_BOOL,
	.help = "do not add the key to the SSH agent"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_ssh_issue issue;
	struct sc_key *key; /* private; NULL with --sign alone */
	struct sc_ssh_files files;
	char *password; /* for the new key; NULL: none */
	/* --add-user: key and files of the other certificate. */
	struct sc_key *add_key;
	struct sc_ssh_files add_files;
};

static void
job_clear(struct job *j)
{
	sc_ssh_issue_clear(&j->issue);
	sc_key_free(j->key);
	sc_ssh_files_clear(&j->files);
	sc_free_secret(j->password);
	sc_key_free(j->add_key);
	sc_ssh_files_clear(&j->add_files);
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
	if (r == 0)
		r = sc_args_check_conflict(a, "host", "add-user", e);
	if (r == 0)
		r = sc_args_check_conflict(a, "offline", "token", e);
	if (r == 0 && sc_args_bool(a, "add-user") &&
	    sc_args_list(a, "principal")->n > 1)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--add-user' is incompatible with more than one "
		    "principal");
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

/* A host is called as its key id. */
static int
host_names(const char *key_id, struct sc_strlist *out)
{
	return sc_strlist_add(out, key_id);
}

/* The key to be certified: read, or made and its password asked for. */
static int
get_key(struct job *j, struct sc_error *e)
{
	const char *file = sc_args_pos(j->a, 1);
	const char *private = sc_args_str(j->a, "private-key");
	int r;

	if (sc_args_bool(j->a, "sign")) {
		r = sc_ssh_file_read(file, &j->issue.pub, NULL, NULL, e);
		if (r == 0 && private != NULL)
			r = sc_ssh_file_private(private, &j->key, e);
		return r;
	}
	if (!sc_args_bool(j->a, "no-password") &&
	    (r = sc_ssh_new_password(j->a, &j->password, e)) != 0)
		return r;
	if ((r = sc_key_options_make(j->a, &j->key, e)) != 0)
		return r;
	return sc_ssh_key_new(j->key, &j->issue.pub, e);
}

/* A key without a password: it is of use once, to somebody's ssh. */
static int
make_add_user(struct job *j, struct sc_error *e)
{
	static const char tail[] = "-cert.pub";
	char *name;
	int r;

	if (!sc_args_bool(j->a, "add-user"))
		return 0;
	name = sc_asprintf("%.*s-provisioner",
	    (int)(strlen(j->files.cert) - strlen(tail)), j->files.cert);
	if (name == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_ssh_files_name(&j->add_files, name, false,
		 sc_args_bool(j->a, "force"), e)) == 0 &&
	    (r = sc_key_options_make(j->a, &j->add_key, e)) == 0)
		r = sc_ssh_key_new(j->add_key, &j->issue.add_user_pub, e);
	free(name);
	return r;
}

static int
save_add_user(const struct job *j, struct sc_error *e)
{
	int r;

	if (j->add_key == NULL)
		return 0;
	if (j->issue.add_user_cert == NULL) {
		sc_ui_info("The CA makes no certificate that adds this user.");
		return 0;
	}
	if ((r = sc_ssh_files_put_key(
		 &j->add_files, j->add_key, NULL, comment(j), e)) != 0)
		return r;
	return sc_ssh_files_put_cert(
	    &j->add_files, j->issue.add_user_cert, comment(j), e);
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
	    : sc_ssh_files_put_cert(&j->files, j->issue.cert, comment(j), e);
}

/* A key that is saved is of use without an agent, too: no failure. */
static void
add_to_agent(const struct job *j)
{
	struct sc_error e = SC_ERROR_INIT;
	int r = sc_ssh_agent_keep(j->key, j->issue.cert, comment(j), &e);

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
	j.issue.a = a;
	j.issue.key_id = sc_args_pos(a, 0);
	j.issue.host = sc_args_bool(a, "host");
	j.issue.offline = sc_args_bool(a, "offline");
	if ((r = check_flags(a, e)) == 0)
		r = sc_ssh_issue_names(&j.issue,
		    j.issue.host ? host_names : sc_ssh_user_principals, e);
	if (r == 0)
		r = sc_ssh_files_name(&j.files, sc_args_pos(a, 1),
		    sc_args_bool(a, "sign"), sc_args_bool(a, "force"), e);
	if (r == 0)
		r = get_key(&j, e);
	if (r == 0)
		r = make_add_user(&j, e);
	if (r == 0)
		r = sc_ssh_issue_token(&j.issue, e);
	if (r == 0)
		r = sc_ssh_issue_request(&j.issue, e);
	if (r == 0)
		r = save(&j, e);
	if (r == 0)
		r = save_add_user(&j, e);
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
    .options = {options, sc_options_ssh_issue, sc_options_ssh_key,
	sc_options_key, sc_options_provisioner, sc_options_set,
	sc_options_offline, sc_options_force, sc_options_ca},
    .run = certificate};
