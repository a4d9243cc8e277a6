/*
 * ca revoke.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "authority/revoke.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/life/cert_pair.h"
#include "client/commands.h"
#include "client/net/ca_error.h"
#include "client/ca/ca_offline.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/serial.h"
#include "client/cli/options.h"
#include "client/net/pem_out.h"
#include "client/net/reason.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/cli/ui.h"

static const struct sc_opt options[] = {
    {.name = "cert",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the certificate to revoke, which speaks for itself"},
    {.name = "key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "its key"},
    {.name = "token",
	.arg = "TOKEN",
	.help = "one-time token for this serial number"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_ca *ca; /* NULL with --offline */
	struct sc_pair pair; /* with --cert */
	char *serial; /* decimal */
	char *token;
	int64_t code;
};

static void
job_clear(struct job *j)
{
	sc_ca_free(j->ca);
	sc_pair_clear(&j->pair);
	free(j->serial);
	sc_free_secret(j->token);
}

static int
read_serial(struct job *j, const char *text, struct sc_error *e)
{
	uint8_t serial[SC_SERIAL_OCTETS];
	size_t n;

	if (sc_serial_parse(text, serial, &n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' is not a valid serial number - use a base 10 "
		    "representation or add a prefix indicating the base",
		    text);
	j->serial = sc_serial_decimal(serial, n);
	return j->serial != NULL ? 0 : sc_fail_nomem(e);
}

static int
check_flags(const struct sc_args *a, struct sc_error *e)
{
	int r;

	r = sc_args_check_needs(a, "cert", "key", e);
	if (r == 0)
		r = sc_args_check_needs(a, "key", "cert", e);
	if (r == 0)
		r = sc_args_check_exclusive(a, "cert", "token", e);
	if (r == 0)
		r = sc_args_check_conflict(a, "offline", "token", e);
	if (r == 0 && sc_args_given(a, "cert") && sc_args_n(a) > 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "too many positional arguments were provided in '%s'",
		    sc_args_usage(a));
	if (r == 0 && !sc_args_given(a, "cert") && sc_args_n(a) == 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "not enough positional arguments were provided in '%s'",
		    sc_args_usage(a));
	return r;
}

static int
find_ca(struct job *j, struct sc_error *e)
{
	if (sc_args_bool(j->a, "offline"))
		return 0;
	return sc_ca_from_args(j->a, &j->ca, e);
}

/* The certificate that revokes itself. */
static int
by_certificate(struct job *j, struct sc_error *e)
{
	struct sc_pair_secret secret = {
	    sc_args_str(j->a, "provisioner-password-file"), NULL};
	const uint8_t *serial;
	size_t n;
	int r;

	r = sc_pair_load(sc_args_str(j->a, "cert"), sc_args_str(j->a, "key"),
	    &secret, &j->pair, e);
	sc_pair_secret_clear(&secret);
	if (r == 0) {
		serial = sc_cert_serial(j->pair.chain.v[0], &n);
		j->serial = sc_serial_decimal(serial, n);
		if (j->serial == NULL)
			r = sc_fail_nomem(e);
	}
	return r != 0 ? r : find_ca(j, e);
}

static int
by_given_token(struct job *j, const char *token, struct sc_error *e)
{
	struct json_object *claims = NULL;
	const char *subject = NULL;
	int r;

	j->token = sc_strdup(token);
	if (j->token == NULL)
		return sc_fail_nomem(e);
	r = sc_token_read_claims(token, &claims, e);
	if (r == 0)
		r = sc_json_get_string(claims, "sub", &subject, e);
	if (r == 0 && !sc_streq(subject, j->serial))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "token subject '%s' and serial number '%s' do not match",
		    subject != NULL ? subject : "", j->serial);
	if (r == 0) {
		r = sc_ca_from_token(j->a, claims, &j->ca, e);
		if (r == SC_ERR_NOT_FOUND)
			r = sc_ca_from_args(j->a, &j->ca, e);
	}
	json_object_put(claims);
	return r;
}

static int
by_made_token(struct job *j, struct sc_error *e)
{
	struct sc_token_request q;
	int r;

	memset(&q, 0, sizeof(q));
	q.kind = SC_TOKEN_REVOKE;
	q.subject = j->serial;
	r = find_ca(j, e);
	return r != 0 ? r : sc_token_flow(j->a, j->ca, &q, &j->token, e);
}

static int
prepare(struct job *j, struct sc_error *e)
{
	const char *token = sc_args_str(j->a, "token");
	int r;

	if (sc_args_given(j->a, "cert"))
		return by_certificate(j, e);
	r = read_serial(j, sc_args_pos(j->a, 0), e);
	if (r != 0)
		return r;
	return token != NULL ? by_given_token(j, token, e)
			     : by_made_token(j, e);
}

static struct json_object *
make_body(const struct job *j)
{
	const char *reason = sc_args_str(j->a, "reason");
	struct json_object *o = json_object_new_object();

	if (o == NULL)
		return NULL;
	json_object_object_add(o, "serial", json_object_new_string(j->serial));
	json_object_object_add(
	    o, "ott", json_object_new_string(j->token != NULL ? j->token : ""));
	json_object_object_add(o, "reasonCode", json_object_new_int64(j->code));
	json_object_object_add(
	    o, "reason", json_object_new_string(reason != NULL ? reason : ""));
	json_object_object_add(o, "passive", json_object_new_boolean(1));
	return o;
}

/* Nothing but its own TLS connection can speak for a certificate here. */
static int
explain_lost(const struct job *j, struct sc_error *e)
{
	struct sc_error lost = *e;

	return sc_fail(e, lost.code,
	    "The client certificate did not reach the CA (%.200s).  What is in "
	    "between does not pass it on: revoke %s by its serial number, with "
	    "a provisioner: '%s %s'",
	    sc_ca_words(&lost), sc_args_str(j->a, "cert"), sc_args_path(j->a),
	    j->serial);
}

static int
record(const struct job *j, struct sc_error *e)
{
	struct sc_revoke_request q = {.serial = j->serial,
	    .ott = j->token,
	    .reason_code = j->code,
	    .reason = sc_args_str(j->a, "reason"),
	    .passive = true};
	char *pem = NULL;
	int r;

	if (j->pair.key != NULL) {
		if (sc_cert_to_pem(j->pair.chain.v[0], &pem) != 0)
			return sc_fail_nomem(e);
		/* Whose key is here; that it is good is verified as ever. */
		q.client_cert = pem;
		q.client_verify = "SUCCESS";
	}
	r = sc_offline_revoke(j->a, &q, e);
	if (r == SC_ERR_UNAUTHENTICATED && pem != NULL)
		sc_error_prefix(e, "%s", sc_args_str(j->a, "cert"));
	free(pem);
	return r;
}

static int
send(const struct job *j, struct sc_error *e)
{
	struct json_object *answer = NULL;
	char *chain = NULL, *key = NULL;
	const char *status = NULL;
	struct sc_ca_call call;
	int r = 0;

	memset(&call, 0, sizeof(call));
	call.path = "/revoke";
	call.body = make_body(j);
	if (call.body == NULL)
		return sc_fail_nomem(e);
	if (j->pair.key != NULL) {
		r = sc_pem_out(&j->pair.chain, &chain, e);
		if (r == 0)
			r = sc_key_to_pem(j->pair.key, NULL, &key, e);
		call.client_cert = chain;
		call.client_key = key;
	}
	if (r == 0)
		r = sc_ca_call(j->ca, &call, &answer, e);
	if (r != 0 && j->pair.key != NULL && e != NULL && sc_ca_lost_cert(e))
		r = explain_lost(j, e);
	if (r == 0)
		r = sc_json_get_string(answer, "status", &status, e);
	if (r == 0 && !sc_streq(status, "ok"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the CA's answer does not match: no status 'ok'");
	json_object_put(answer);
	json_object_put(call.body);
	free(chain);
	sc_free_secret(key);
	return r;
}

static int
revoke(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	r = check_flags(a, e);
	if (r == 0)
		r = sc_reason_code(a, &j.code, e);
	if (r == 0)
		r = prepare(&j, e);
	if (r == 0)
		r = j.ca != NULL ? send(&j, e) : record(&j, e);
	if (r == 0) {
		if (j.ca != NULL)
			sc_ui_status("CA", sc_ca_base(j.ca));
		sc_ui_info(
		    "Certificate with Serial Number %s has been revoked.",
		    j.serial);
	}
	job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ca_revoke = {.name = "revoke",
    .args = "<serial-number>",
    .help = "revoke a certificate",
    .notes =
	"Of the certificate in --cert no serial number is given.  A serial "
	"number is decimal, or hexadecimal with 0x before it.  With --offline "
	"it is recorded in the database that ca.json names, also beside "
	"running servers, which know at once.",
    .max_args = 1,
    .options = {options, sc_options_reason, sc_options_provisioner,
	sc_options_offline, sc_options_ca},
    .run = revoke};
