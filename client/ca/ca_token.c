#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "crypto/csr.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/net/ssh_request.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/cli/ui.h"
#include "crypto/cert.h"
#include "crypto/serial.h"

/* Bounds of the reference, in seconds. */
#define VALIDITY_MIN 10
#define VALIDITY_MAX 3600
#define AHEAD_MAX 1800

static const struct sc_opt options[] = {
    {.name = "san",
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "name in the certificate (default: the subject)"},
    {.name = "not-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "start of the token's validity: RFC 3339 or a duration"},
    {.name = "not-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "end of the token's validity (default 5m)"},
    {.name = "key", .arg = "FILE", .help = "private key of the provisioner"},
    {.name = "output-file", .arg = "FILE", .help = "write the token to FILE"},
    {.name = "revoke",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "a token that revokes; the subject is the serial number"},
    {.name = "ssh",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "a token for an SSH certificate"},
    {.name = "host",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "of a host instead of a user"},
    {.name = "principal",
	.letter = 'n',
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "principal in the SSH certificate"},
    {.name = "cert-not-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "start of the SSH certificate's validity"},
    {.name = "cert-not-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "end of the SSH certificate's validity"},
    {.name = "cnf",
	.arg = "FINGERPRINT",
	.flags = SC_OPT_LINE_ONLY,
	.help = "bind the token to the request with this fingerprint"},
    {.name = "cnf-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "bind the token to the request in FILE"},
    SC_OPT_END};

static int
check_flags(const struct sc_args *a, struct sc_error *e)
{
	static const char *const conflicts[][2] = {{"ssh", "san"},
	    {"host", "san"}, {"principal", "san"}, {"cnf", "cnf-file"},
	    {"san", "revoke"}, {"offline", "set"}, {"offline", "set-file"},
	    {"ssh", "cnf"}, {"ssh", "cnf-file"}};
	static const char *const ssh_only[] = {
	    "host", "principal", "cert-not-before", "cert-not-after"};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(conflicts) / sizeof(*conflicts); i++)
		r = sc_args_check_conflict(
		    a, conflicts[i][0], conflicts[i][1], e);
	for (i = 0; r == 0 && i < sizeof(ssh_only) / sizeof(*ssh_only); i++)
		r = sc_args_check_needs(a, ssh_only[i], "ssh", e);
	return r;
}

static int
read_time(const struct sc_args *a, const char *name, int64_t now,
    int64_t otherwise, int64_t *out, struct sc_error *e)
{
	const char *s = sc_args_str(a, name);
	struct sc_timespec ts;

	*out = otherwise;
	if (s == NULL || s[0] == '\0')
		return 0;
	if (sc_args_check_time(a, name, e) != 0 ||
	    sc_timespec_parse(s, &ts) != 0)
		return SC_ERR_MALFORMED;
	*out = sc_timespec_resolve(&ts, now);
	return 0;
}

static int
validity(
    const struct sc_args *a, struct sc_token_request *q, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	int r;

	r = read_time(a, "not-before", now, now, &q->not_before, e);
	if (r == 0)
		r = read_time(a, "not-after", now,
		    q->not_before + SC_TOKEN_SECONDS, &q->not_after, e);
	if (r != 0)
		return r;
	if (q->not_before > now + AHEAD_MAX)
		return sc_args_invalid(a, "not-before",
		    sc_args_str(a, "not-before"),
		    "a token may start at most 30m from now", e);
	if (q->not_after - q->not_before < VALIDITY_MIN ||
	    q->not_after - q->not_before > VALIDITY_MAX)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the token would be valid for %llds; it must be between "
		    "%ds and %ds",
		    (long long)(q->not_after - q->not_before), VALIDITY_MIN,
		    VALIDITY_MAX);
	return 0;
}

/* malloc'ed, NULL when there is none. */
static int
confirmation(const struct sc_args *a, char **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "cnf-file");
	struct sc_csr *csr = NULL;
	char *pem = NULL;
	size_t n;
	int r;

	*out = NULL;
	if (file == NULL) {
		if (sc_args_str(a, "cnf") == NULL)
			return 0;
		*out = sc_strdup(sc_args_str(a, "cnf"));
		return *out != NULL ? 0 : sc_fail_nomem(e);
	}
	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r == 0 && sc_csr_parse_pem(pem, n, &csr, NULL) != 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "error parsing %s: file is not a certificate request",
		    file);
	if (r == 0) {
		*out = sc_b64_encode(
		    SC_B64_URL, csr->fingerprint, sizeof(csr->fingerprint));
		if (*out == NULL)
			r = sc_fail_nomem(e);
	}
	sc_csr_free(csr);
	free(pem);
	return r;
}

/* The claim "step" of an SSH token; NULL when out of memory. */
static struct json_object *
ssh_claim(const struct sc_args *a, const char *subject)
{
	struct sc_strlist names = {NULL, 0};
	struct sc_ssh_request q = {.host = sc_args_bool(a, "host"),
	    .key_id = subject,
	    .principals = sc_args_list(a, "principal"),
	    .valid_after = sc_args_str(a, "cert-not-before"),
	    .valid_before = sc_args_str(a, "cert-not-after")};
	struct json_object *step = NULL;

	if (q.principals->n == 0) {
		q.principals = &names;
		if (sc_strlist_add(&names, subject) != 0)
			return NULL;
	}
	step = sc_ssh_claim(&q);
	sc_strlist_clear(&names);
	return step;
}

static int
give(const struct sc_args *a, const char *token, struct sc_error *e)
{
	const char *file = sc_args_str(a, "output-file");

	if (file == NULL) {
		puts(token);
		return 0;
	}
	return sc_output_write(
	    file, token, strlen(token), 0600, sc_args_bool(a, "force"), e);
}

static int
prepare(const struct sc_args *a, struct sc_token_request *q, struct sc_error *e)
{
	bool ssh = sc_args_bool(a, "ssh"), revoke = sc_args_bool(a, "revoke");
	int r = 0;

	if (ssh)
		q->kind = revoke ? SC_TOKEN_SSH_REVOKE : SC_TOKEN_SSH_SIGN;
	else
		q->kind = revoke ? SC_TOKEN_REVOKE : SC_TOKEN_SIGN;
	q->sans = sc_args_list(a, "san");
	r = validity(a, q, e);
	if (r == 0 && !sc_args_bool(a, "offline"))
		r = sc_token_user_data(a, &q->user, e);
	if (r == 0 && q->kind == SC_TOKEN_SSH_SIGN &&
	    (q->step = ssh_claim(a, q->subject)) == NULL)
		r = sc_fail_nomem(e);
	return r;
}

/* 0x1f is 31 to the CA; what is no serial number it refuses itself. */
static int
decimal(struct sc_token_request *q, char **out, struct sc_error *e)
{
	uint8_t serial[SC_SERIAL_OCTETS];
	size_t n;

	if (q->kind != SC_TOKEN_REVOKE ||
	    sc_serial_parse(q->subject, serial, &n) != 0)
		return 0;
	*out = sc_serial_decimal(serial, n);
	q->subject = *out;
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

static int
token(struct sc_args *a, struct sc_error *e)
{
	struct sc_token_request q;
	char *asked = NULL, *cnf = NULL, *made = NULL, *serial = NULL;
	struct sc_ca *ca = NULL;
	int r;

	memset(&q, 0, sizeof(q));
	r = check_flags(a, e);
	if (r == 0 && sc_args_pos(a, 0) == NULL)
		r = sc_ui_prompt("What DNS names or IP addresses would you "
				 "like to use? (e.g. internal.smallstep.com)",
		    NULL, &asked, e);
	q.subject = asked != NULL ? asked : sc_args_pos(a, 0);
	if (r == 0 && q.subject[0] == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "the subject is empty");
	if (r == 0)
		r = prepare(a, &q, e);
	if (r == 0)
		r = decimal(&q, &serial, e);
	if (r == 0)
		r = confirmation(a, &cnf, e);
	q.cnf = cnf;
	if (r == 0 && !sc_args_bool(a, "offline"))
		r = sc_ca_from_args(a, &ca, e);
	if (r == 0)
		r = sc_token_flow(a, ca, &q, &made, e);
	if (r == 0)
		r = give(a, made, e);
	sc_free_secret(made);
	sc_ca_free(ca);
	json_object_put(q.user);
	json_object_put(q.step);
	free(cnf);
	free(serial);
	free(asked);
	return r;
}

const struct sc_command sc_cmd_ca_token = {.name = "token",
    .args = "<subject>",
    .help = "make a one-time token",
    .max_args = 1,
    .options = {options, sc_options_provisioner, sc_options_set,
	sc_options_offline, sc_options_force, sc_options_ca},
    .run = token};
