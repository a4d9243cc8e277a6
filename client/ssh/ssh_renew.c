/*
 * ssh renew, ssh rekey, ssh revoke: what happens to a certificate that is
 * there already.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "authority/revoke.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/ca/ca_offline.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/net/reason.h"
#include "client/net/ssh_request.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/ssh/ssh_files.h"
#include "client/ssh/ssh_pop.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

static const struct sc_opt renew_options[] = {
    {.name = "out",
	.alias = "output-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the certificate to FILE (default: <crt-file>)"},
    {.name = "provisioner",
	.alias = "issuer",
	.arg = "NAME",
	.help = "which SSHPOP provisioner vouches"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_ca *ca;
	struct sc_ssh_self pop;
	char *token;
	struct sc_key *key; /* rekey: the new one */
	struct sc_ssh_key *pub; /* to be certified */
	struct sc_ssh_cert *cert;
};

static void
job_clear(struct job *j)
{
	sc_ca_free(j->ca);
	sc_ssh_self_clear(&j->pop);
	sc_free_secret(j->token);
	sc_key_free(j->key);
	sc_ssh_key_free(j->pub);
	sc_ssh_cert_free(j->cert);
}

static int
prepare(struct job *j, const char *operation, struct sc_error *e)
{
	int r = sc_ssh_self_load(
	    &j->pop, sc_args_pos(j->a, 0), sc_args_pos(j->a, 1), e);

	if (r == 0)
		r = sc_ca_from_args(j->a, &j->ca, e);
	if (r == 0)
		r = sc_ssh_self_token(
		    &j->pop, j->a, j->ca, operation, &j->token, e);
	return r;
}

static int
put(struct json_object *o, const char *name, const char *s)
{
	struct json_object *v = s != NULL ? json_object_new_string(s) : NULL;

	return v != NULL && json_object_object_add(o, name, v) == 0
	    ? 0
	    : SC_ERR_NOMEM;
}

/* Ask, and take the certificate for j->pub. */
static int
ask(struct job *j, const char *path, struct sc_error *e)
{
	struct json_object *body = json_object_new_object(), *answer = NULL;
	struct sc_ca_call call = {.path = path, .body = body};
	const uint8_t *blob;
	char *key = NULL;
	size_t n;
	int r = 0;

	if (j->key != NULL) {
		blob = sc_ssh_key_blob(j->pub, &n);
		key = sc_b64_encode(SC_B64_STD, blob, n);
		r = put(body, "publicKey", key);
	}
	if (body == NULL || r != 0 || put(body, "ott", j->token) != 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = sc_ca_call(j->ca, &call, &answer, e);
	if (r == 0)
		r = sc_ssh_answer(answer, "crt", j->pub,
		    j->pop.cert->type == SC_SSH_HOST, &j->cert, e);
	if (r == 0)
		sc_ui_status("CA", sc_ca_base(j->ca));
	json_object_put(answer);
	json_object_put(body);
	free(key);
	return r;
}

static int
renew(struct sc_args *a, struct sc_error *e)
{
	const char *out = sc_args_str(a, "out");
	struct sc_ssh_files files = {0};
	struct job j;
	int r = 0;

	memset(&j, 0, sizeof(j));
	j.a = a;
	files.cert = sc_strdup(out != NULL ? out : sc_args_pos(a, 0));
	if (files.cert == NULL)
		return sc_fail_nomem(e);
	if (out != NULL || !sc_args_bool(a, "force"))
		r = sc_output_ask(files.cert, sc_args_bool(a, "force"), e);
	if (r == 0)
		r = prepare(&j, "renew", e);
	if (r == 0) {
		j.pub = sc_ssh_key_dup(j.pop.cert->key);
		r = ask(&j, "/ssh/renew", e);
	}
	if (r == 0)
		r = sc_ssh_files_put_cert(&files, j.cert, j.cert->key_id, e);
	sc_ssh_files_clear(&files);
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ssh_renew = {.name = "renew",
    .args = "<crt-file> <key-file>",
    .help = "renew a host's SSH certificate",
    .min_args = 2,
    .max_args = 2,
    .options = {renew_options, sc_options_force, sc_options_ca},
    .run = renew};

static const struct sc_opt rekey_options[] = {
    {.name = "out",
	.alias = "output-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "name of the new key (default: <key-file>)"},
    {.name = "provisioner",
	.alias = "issuer",
	.arg = "NAME",
	.help = "which SSHPOP provisioner vouches"},
    SC_OPT_END};

/* The password of the new key; NULL: none. */
static int
new_key(struct job *j, char **password, struct sc_error *e)
{
	int r = 0;

	if (!sc_args_bool(j->a, "no-password"))
		r = sc_ssh_new_password(j->a, password, e);
	if (r == 0)
		r = sc_key_options_make(j->a, &j->key, e);
	return r != 0 ? r : sc_ssh_key_new(j->key, &j->pub, e);
}

static int
rekey(struct sc_args *a, struct sc_error *e)
{
	const char *out = sc_args_str(a, "out");
	struct sc_ssh_files files = {0};
	char *password = NULL;
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	if ((r = sc_args_check_insecure(a, "no-password", e)) == 0 &&
	    (r = sc_key_options_check(a, e)) == 0)
		r = sc_ssh_files_name(&files,
		    out != NULL ? out : sc_args_pos(a, 1), false,
		    sc_args_bool(a, "force"), e);
	if (r == 0)
		r = new_key(&j, &password, e);
	if (r == 0)
		r = prepare(&j, "rekey", e);
	if (r == 0)
		r = ask(&j, "/ssh/rekey", e);
	if (r == 0)
		r = sc_ssh_files_put_key(
		    &files, j.key, password, j.cert->key_id, e);
	if (r == 0)
		r = sc_ssh_files_put_cert(&files, j.cert, j.cert->key_id, e);
	sc_ssh_files_clear(&files);
	sc_free_secret(password);
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ssh_rekey = {.name = "rekey",
    .args = "<crt-file> <key-file>",
    .help = "get a host's SSH certificate for a new key",
    .min_args = 2,
    .max_args = 2,
    .options = {rekey_options, sc_options_ssh_key, sc_options_key,
	sc_options_force, sc_options_ca},
    .run = rekey};

static const struct sc_opt revoke_options[] = {
    {.name = "sshpop-cert",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the certificate to revoke, which speaks for itself"},
    {.name = "sshpop-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "its key"},
    {.name = "token",
	.arg = "TOKEN",
	.help = "one-time token for this serial number"},
    SC_OPT_END};

static int
check_revoke(const struct sc_args *a, struct sc_error *e)
{
	int r = sc_args_check_needs(a, "sshpop-cert", "sshpop-key", e);

	if (r == 0)
		r = sc_args_check_needs(a, "sshpop-key", "sshpop-cert", e);
	if (r == 0)
		r = sc_args_check_exclusive(a, "sshpop-cert", "token", e);
	if (r == 0)
		r = sc_args_check_conflict(a, "offline", "sshpop-cert", e);
	if (r == 0)
		r = sc_args_check_conflict(a, "offline", "token", e);
	if (r == 0 && sc_args_n(a) == 0 && !sc_args_given(a, "sshpop-cert"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "not enough positional arguments were provided in '%s'",
		    sc_args_usage(a));
	return r;
}

/* Of the certificate itself, the one given, or of a provisioner. */
static int
revoke_token(struct job *j, const char *serial, struct sc_error *e)
{
	const char *given = sc_args_str(j->a, "token");
	struct json_object *claims = NULL;
	struct sc_token_request q;
	int r;

	if (given != NULL) {
		if ((j->token = sc_strdup(given)) == NULL)
			return sc_fail_nomem(e);
		if ((r = sc_token_read_claims(given, &claims, e)) != 0)
			return r;
		r = sc_ca_from_token(j->a, claims, &j->ca, e);
		json_object_put(claims);
		return r != SC_ERR_NOT_FOUND ? r
					     : sc_ca_from_args(j->a, &j->ca, e);
	}
	if (!sc_args_bool(j->a, "offline") &&
	    (r = sc_ca_from_args(j->a, &j->ca, e)) != 0)
		return r;
	if (j->pop.cert != NULL)
		return sc_ssh_self_token(
		    &j->pop, j->a, j->ca, "revoke", &j->token, e);
	memset(&q, 0, sizeof(q));
	q.kind = SC_TOKEN_SSH_REVOKE;
	q.subject = serial;
	return sc_token_flow(j->a, j->ca, &q, &j->token, e);
}

static int
record_revoke(
    const struct job *j, const char *serial, int64_t code, struct sc_error *e)
{
	const struct sc_revoke_request q = {.serial = serial,
	    .ott = j->token,
	    .reason_code = code,
	    .reason = sc_args_str(j->a, "reason"),
	    .passive = true};

	return sc_offline_ssh_revoke(j->a, &q, e);
}

static int
send_revoke(
    const struct job *j, const char *serial, int64_t code, struct sc_error *e)
{
	const char *reason = sc_args_str(j->a, "reason");
	struct json_object *body = json_object_new_object(), *answer = NULL;
	struct sc_ca_call call = {.path = "/ssh/revoke", .body = body};
	int r;

	if (body == NULL || put(body, "serial", serial) != 0 ||
	    put(body, "ott", j->token) != 0 ||
	    put(body, "reason", reason != NULL ? reason : "") != 0 ||
	    json_object_object_add(
		body, "reasonCode", json_object_new_int64(code)) != 0 ||
	    json_object_object_add(
		body, "passive", json_object_new_boolean(1)) != 0)
		r = sc_fail_nomem(e);
	else
		r = sc_ca_call(j->ca, &call, &answer, e);
	json_object_put(answer);
	json_object_put(body);
	return r;
}

static int
revoke(struct sc_args *a, struct sc_error *e)
{
	const char *serial = sc_args_pos(a, 0);
	char *own = NULL;
	int64_t code = 0;
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	if ((r = check_revoke(a, e)) == 0)
		r = sc_reason_code(a, &code, e);
	if (r == 0 && sc_args_given(a, "sshpop-cert"))
		r = sc_ssh_self_load(&j.pop, sc_args_str(a, "sshpop-cert"),
		    sc_args_str(a, "sshpop-key"), e);
	if (r == 0 && serial == NULL && j.pop.cert != NULL) {
		own =
		    sc_asprintf("%llu", (unsigned long long)j.pop.cert->serial);
		if ((serial = own) == NULL)
			r = sc_fail_nomem(e);
	}
	if (r == 0)
		r = revoke_token(&j, serial, e);
	if (r == 0)
		r = j.ca != NULL ? send_revoke(&j, serial, code, e)
				 : record_revoke(&j, serial, code, e);
	if (r == 0)
		printf("SSH Certificate with Serial Number %s has been "
		       "revoked.\n",
		    serial);
	free(own);
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ssh_revoke = {.name = "revoke",
    .args = "[<serial>]",
    .help = "revoke an SSH certificate",
    .max_args = 1,
    .options = {revoke_options, sc_options_reason, sc_options_provisioner,
	sc_options_offline, sc_options_ca},
    .run = revoke};
