/*
 * ca certificate, ca sign.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_issue.h"
#include "client/ca/ca_offline.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/net/token_oidc.h"
#include "client/cli/ui.h"

static const struct sc_opt certificate_options[] = {
    {.name = "san",
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "name in the certificate (default: the subject)"},
    SC_OPT_END};

static const struct sc_opt sign_options[] = {
    {.name = "token", .arg = "TOKEN", .help = "one-time token"},
    {.name = "not-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "start of validity: RFC 3339 or a duration"},
    {.name = "not-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "end of validity"},
    SC_OPT_END};

/* What one run works with. */
struct job {
	const struct sc_args *a;
	struct sc_ca *ca;
	char *token;
	struct json_object *claims;
	struct json_object *user;
	struct sc_key *key; /* certificate: the new one */
	struct sc_csr *csr;
	char *csr_pem;
	struct sc_certs chain;
};

static void
job_clear(struct job *j)
{
	sc_ca_free(j->ca);
	sc_free_secret(j->token);
	json_object_put(j->claims);
	json_object_put(j->user);
	sc_key_free(j->key);
	sc_csr_free(j->csr);
	free(j->csr_pem);
	sc_certs_clear(&j->chain);
}

/* The CA that --token names, or that of the flags; none with --offline. */
static int
find_ca(struct job *j, struct sc_error *e)
{
	const char *token = sc_args_str(j->a, "token");
	int r;

	if (sc_args_bool(j->a, "offline"))
		return 0;
	if (token == NULL)
		return sc_ca_from_args(j->a, &j->ca, e);
	j->token = sc_strdup(token);
	if (j->token == NULL)
		return sc_fail_nomem(e);
	r = sc_token_read_claims(token, &j->claims, e);
	if (r == 0)
		r = sc_ca_from_token(j->a, j->claims, &j->ca, e);
	if (r == SC_ERR_NOT_FOUND)
		r = sc_ca_from_args(j->a, &j->ca, e);
	return r;
}

/* Make a token when there is none; its claims are read either way. */
static int
get_token(struct job *j, const char *subject, const struct sc_strlist *sans,
    const char *cnf, struct sc_error *e)
{
	struct sc_token_request q;
	int r;

	if (j->token != NULL)
		return 0;
	memset(&q, 0, sizeof(q));
	q.kind = SC_TOKEN_SIGN;
	q.subject = subject;
	q.sans = sans;
	q.cnf = cnf;
	r = sc_token_flow(j->a, j->ca, &q, &j->token, e);
	return r != 0 ? r : sc_token_read_claims(j->token, &j->claims, e);
}

static const char *
token_subject(const struct job *j)
{
	const char *s = NULL;

	if (sc_json_get_string(j->claims, "sub", &s, NULL) != 0 || s == NULL)
		return "";
	return s;
}

/* The token's subject is what it is for, unless it only says who asks. */
static int
check_subject(const struct job *j, const char *what, const char *subject,
    struct sc_error *e)
{
	if (sc_token_names_bearer(j->claims) ||
	    sc_strcaseeq(token_subject(j), subject))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "token subject '%s' and %s '%s' do not match", token_subject(j),
	    what, subject);
}

/* --san and the token's sans, without repetition. */
static int
gather_sans(const struct job *j, const char *subject, struct sc_strlist *out,
    struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(j->a, "san");
	struct json_object *sans = sc_json_member_exact(j->claims, "sans"), *s;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++)
		if (!sc_strlist_has(out, l->v[i]))
			r = sc_strlist_add(out, l->v[i]);
	if (!json_object_is_type(sans, json_type_array))
		sans = NULL;
	for (i = 0;
	     r == 0 && sans != NULL && i < json_object_array_length(sans);
	     i++) {
		s = json_object_array_get_idx(sans, i);
		if (json_object_is_type(s, json_type_string) &&
		    !sc_strlist_has(out, json_object_get_string(s)))
			r = sc_strlist_add(out, json_object_get_string(s));
	}
	if (r == 0 && out->n == 0)
		r = sc_strlist_add(out, subject);
	return r == 0 ? 0 : sc_fail_nomem(e);
}

static int
make_csr(struct job *j, const char *subject, struct sc_error *e)
{
	struct sc_strlist names = {NULL, 0};
	struct sc_sans sans = {NULL, 0};
	const char *cn = NULL;
	struct sc_name name;
	size_t i;
	int r;

	memset(&name, 0, sizeof(name));
	if (sc_args_list(j->a, "san")->n == 0)
		cn = sc_oidc_person(j->claims, subject, &names);
	name.common_name = sc_strdup(cn != NULL ? cn : subject);
	r = name.common_name != NULL ? gather_sans(j, subject, &names, e)
				     : sc_fail_nomem(e);
	for (i = 0; r == 0 && i < names.n; i++)
		r = sc_sans_add_auto(&sans, names.v[i], e);
	if (r == 0)
		r = sc_csr_create(&name, &sans, j->key, &j->csr_pem, e);
	if (r == 0)
		r = sc_csr_parse_pem(
		    j->csr_pem, strlen(j->csr_pem), &j->csr, e);
	sc_name_clear(&name);
	sc_sans_clear(&sans);
	sc_strlist_clear(&names);
	return r;
}

static int
request(struct job *j, struct sc_error *e)
{
	struct sc_issue q;
	int r = 0;

	if (sc_args_given(j->a, "set") || sc_args_given(j->a, "set-file"))
		r = sc_token_user_data(j->a, &j->user, e);
	if (r != 0)
		return r;
	memset(&q, 0, sizeof(q));
	q.csr = j->csr;
	q.csr_pem = j->csr_pem;
	q.token = j->token;
	q.not_before = sc_args_str(j->a, "not-before");
	q.not_after = sc_args_str(j->a, "not-after");
	q.template_data = j->user;
	if (j->ca == NULL)
		return sc_offline_sign(j->a, &q, &j->chain, e);
	r = sc_issue_sign(j->ca, &q, &j->chain, e);
	if (r == 0)
		sc_ui_status("CA", sc_ca_base(j->ca));
	return r;
}

/* Certificate first; a key without its certificate is of no use. */
static int
save(struct job *j, const char *crt, const char *key, struct sc_error *e)
{
	char *pem = NULL;
	int r;

	r = sc_issue_save(&j->chain, crt, e);
	if (r == 0)
		sc_ui_status("Certificate", crt);
	if (r != 0 || key == NULL)
		return r;
	r = sc_key_to_pem(j->key, NULL, &pem, e);
	if (r == 0)
		r = sc_output_key(key, pem, strlen(pem), e);
	sc_free_secret(pem);
	if (r == 0)
		sc_ui_status("Private Key", key);
	return r;
}

static int
do_certificate(struct job *j, struct sc_error *e)
{
	const char *subject = sc_args_pos(j->a, 0);
	int r;

	r = find_ca(j, e);
	if (r == 0)
		r = get_token(j, subject, sc_args_list(j->a, "san"), NULL, e);
	if (r == 0)
		r = check_subject(j, "argument", subject, e);
	if (r == 0)
		r = sc_key_options_make(j->a, &j->key, e);
	if (r == 0)
		r = make_csr(j,
		    sc_token_names_bearer(j->claims) ? subject
						     : token_subject(j),
		    e);
	return r == 0 ? request(j, e) : r;
}

/* All that may be refused or asked, before the CA is. */
static int
may_write(const struct sc_args *a, size_t first, size_t n, struct sc_error *e)
{
	bool force = sc_args_bool(a, "force");
	size_t i;
	int r = 0;

	for (i = first; r == 0 && i < first + n; i++)
		r = sc_output_ask(sc_args_pos(a, i), force, e);
	return r;
}

static int
check_times(const struct sc_args *a, struct sc_error *e)
{
	int r = sc_args_check_time(a, "not-before", e);

	return r != 0 ? r : sc_args_check_time(a, "not-after", e);
}

static int
certificate(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	r = sc_args_check_conflict(a, "offline", "token", e);
	if (r == 0)
		r = sc_args_check_exclusive(a, "token", "san", e);
	if (r == 0)
		r = sc_args_check_distinct(a, 1, 2, "crt-file", "key-file", e);
	if (r == 0)
		r = sc_key_options_check(a, e);
	if (r == 0)
		r = check_times(a, e);
	if (r == 0)
		r = may_write(a, 1, 2, e);
	if (r == 0)
		r = do_certificate(&j, e);
	if (r == 0)
		r = save(&j, sc_args_pos(a, 1), sc_args_pos(a, 2), e);
	job_clear(&j);
	return r;
}

static int
load_csr(struct job *j, const char *file, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	size_t n;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &j->csr_pem, &n, e);
	if (r != 0)
		return r;
	r = sc_csr_parse_pem(j->csr_pem, n, &j->csr, &why);
	if (r != 0)
		return sc_fail(e, r,
		    "error parsing %s: file is not a certificate request "
		    "(%s)",
		    file, why.msg);
	r = sc_csr_verify(j->csr, &why);
	if (r != 0)
		return sc_fail(e, r, "csr has invalid signature: %s", why.msg);
	return 0;
}

static int
csr_token(struct job *j, struct sc_error *e)
{
	struct sc_strlist sans = {NULL, 0};
	char *cnf;
	size_t i;
	int r = 0;

	cnf = sc_b64_encode(
	    SC_B64_URL, j->csr->fingerprint, sizeof(j->csr->fingerprint));
	if (cnf == NULL)
		r = SC_ERR_NOMEM;
	for (i = 0; r == 0 && i < j->csr->sans.n; i++)
		r = sc_strlist_add(&sans, j->csr->sans.v[i].value);
	if (r != 0)
		(void)sc_fail(e, r, "%s", sc_err_text(r));
	else
		r = get_token(j, j->csr->common_name, &sans, cnf, e);
	sc_strlist_clear(&sans);
	free(cnf);
	return r;
}

static int
do_sign(struct job *j, struct sc_error *e)
{
	int r;

	r = load_csr(j, sc_args_pos(j->a, 0), e);
	if (r == 0)
		r = find_ca(j, e);
	if (r == 0)
		r = csr_token(j, e);
	if (r == 0)
		r = check_subject(j, "CSR CommonName", j->csr->common_name, e);
	return r == 0 ? request(j, e) : r;
}

static int
sign(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	r = sc_args_check_conflict(a, "offline", "token", e);
	if (r == 0)
		r = sc_args_check_distinct(a, 0, 1, "csr-file", "crt-file", e);
	if (r == 0)
		r = check_times(a, e);
	if (r == 0)
		r = may_write(a, 1, 1, e);
	if (r == 0)
		r = do_sign(&j, e);
	if (r == 0)
		r = save(&j, sc_args_pos(a, 1), NULL, e);
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ca_certificate = {.name = "certificate",
    .args = "<subject> <crt-file> <key-file>",
    .help = "make a key and get a certificate for it",
    .min_args = 3,
    .max_args = 3,
    .options = {certificate_options, sign_options, sc_options_key,
	sc_options_provisioner, sc_options_set, sc_options_offline,
	sc_options_force, sc_options_ca},
    .run = certificate};

const struct sc_command sc_cmd_ca_sign = {.name = "sign",
    .args = "<csr-file> <crt-file>",
    .help = "get a certificate for a certificate request",
    .min_args = 2,
    .max_args = 2,
    .options = {sign_options, sc_options_provisioner, sc_options_set,
	sc_options_offline, sc_options_force, sc_options_ca},
    .run = sign};
