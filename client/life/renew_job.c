#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "client/net/ca_client.h"
#include "client/net/ca_issue.h"
#include "crypto/key.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/life/renew_job.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

const struct sc_opt sc_options_renew[] = {
    {.name = "expires-in",
	.arg = "DURATION",
	.flags = SC_OPT_LINE_ONLY,
	.help = "only when no more than this is left"},
    {.name = "daemon",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "stay, and do it again in time; implies --force"},
    {.name = "mtls",
	.kind = SC_OPT_BOOL,
	.def = "true",
	.help = "show the certificate in TLS; --mtls=false: send a token"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of the key"},
    SC_OPT_END};

static int
read_duration(
    const struct sc_args *a, const char *name, int64_t *out, struct sc_error *e)
{
	const char *s = sc_args_str(a, name);

	*out = 0;
	if (s == NULL || s[0] == '\0')
		return 0;
	if (sc_duration_parse(s, out) != 0 || *out < 0)
		return sc_args_invalid(a, name, s, NULL, e);
	return 0;
}

int
sc_renew_job_read(struct sc_renew_job *j, const struct sc_args *a,
    const char *period, struct sc_error *e)
{
	int r;

	memset(j, 0, sizeof(*j));
	j->a = a;
	j->crt = sc_args_pos(a, 0);
	j->key = sc_args_pos(a, 1);
	j->out_crt = j->crt;
	j->way.token = !sc_args_bool(a, "mtls");
	j->secret.file = sc_args_str(a, "password-file");
	r = sc_args_check_distinct(a, 0, 1, "crt-file", "key-file", e);
	if (r == 0)
		r = sc_args_check_conflict(a, "expires-in", period, e);
	if (r == 0)
		r = sc_args_check_needs(a, period, "daemon", e);
	if (r == 0)
		r = read_duration(a, "expires-in", &j->rule.expires_in, e);
	if (r == 0)
		r = read_duration(a, period, &j->rule.period, e);
	if (r == 0)
		r = sc_renew_hooks_read(a, &j->hooks, e);
	return r;
}

void
sc_renew_job_clear(struct sc_renew_job *j)
{
	sc_pair_secret_clear(&j->secret);
}

const char *
sc_renew_job_done(const struct sc_renew_job *j)
{
	return j->rekey ? "rekeyed" : "renewed";
}

void
sc_renew_life_of(const struct sc_cert *c, struct sc_renew_life *out)
{
	out->not_before = sc_cert_not_before(c);
	out->not_after = sc_cert_not_after(c);
}

int
sc_renew_job_load(
    struct sc_renew_job *j, struct sc_pair *out, struct sc_error *e)
{
	const char *key = j->out_key != NULL ? j->out_key : j->key;
	struct sc_pair later;
	int r;

	r = sc_pair_load(j->crt, j->key, &j->secret, out, e);
	if (sc_streq(j->crt, j->out_crt) && sc_streq(j->key, key))
		return r;
	if (!sc_file_exists(j->out_crt) ||
	    sc_pair_load(j->out_crt, key, &j->secret, &later, NULL) != 0)
		return r;
	if (r == 0 &&
	    sc_cert_not_after(out->chain.v[0]) >=
		sc_cert_not_after(later.chain.v[0])) {
		sc_pair_clear(&later);
		return 0;
	}
	if (r == 0)
		sc_pair_clear(out);
	*out = later;
	return 0;
}

static int
get_new_key(struct sc_renew_job *j, struct sc_key **out, struct sc_error *e)
{
	struct sc_secret_source from = {j->secret.file};
	char *pem = NULL;
	size_t n;
	int r;

	if (j->new_key == NULL)
		return sc_key_options_make(j->a, out, e);
	r = sc_file_read(j->new_key, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	r = sc_key_from_pem(
	    pem, n, j->new_key, sc_secret_for_key, &from, out, e);
	sc_freezero(pem, n);
	return r;
}

/* A renewed certificate without its key beside it would be of no use. */
static int
key_is_still(
    struct sc_renew_job *j, const struct sc_pair *old, struct sc_error *e)
{
	struct sc_pair now;
	bool same;
	int r;

	r = sc_renew_job_load(j, &now, e);
	if (r != 0)
		return r;
	same = sc_key_same_public(now.key, old->key);
	sc_pair_clear(&now);
	return same
	    ? 0
	    : sc_fail(e, SC_ERR_CONFLICT,
		  "%s has been replaced meanwhile: nothing is written", j->key);
}

static int
save(struct sc_renew_job *j, const struct sc_pair *old,
    const struct sc_key *key, const struct sc_certs *chain, struct sc_error *e)
{
	int r;

	r = key_is_still(j, old, e);
	if (r != 0)
		return r;
	if (j->out_key != NULL)
		return sc_pair_replace(j->out_crt, chain, j->out_key, key, e);
	return sc_issue_save(chain, j->out_crt, e);
}

int
sc_renew_job_do(struct sc_renew_job *j, const struct sc_pair *old,
    struct sc_certs *chain, struct sc_error *e)
{
	struct sc_key *key = NULL;
	struct sc_ca *ca = NULL;
	int r;

	/* Anew each time: the root may have been replaced. */
	r = sc_ca_from_args(j->a, &ca, e);
	if (r == 0 && j->rekey)
		r = get_new_key(j, &key, e);
	if (r == 0)
		r = sc_renewer_ask(ca, &j->way, old, key, chain, e);
	if (r == 0)
		r = save(j, old, key, chain, e);
	sc_key_free(key);
	sc_ca_free(ca);
	return r;
}

/* "flag '--X' must be within (lower than) the certificate validity period" */
static int
check_within(const char *flag, int64_t value, int64_t life, bool equal,
    struct sc_error *e)
{
	char text[SC_DURATION_MAX], whole[SC_DURATION_MAX];

	if (value < life || (equal && value == life))
		return 0;
	sc_duration_format(value, text);
	sc_duration_format(life, whole);
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' must be within (lower than) the certificate validity "
	    "period; %s=%s, cert-validity-period=%s",
	    flag, flag, text, whole);
}

/* Is there something to do?  Otherwise it is said. */
static bool
is_time(const struct sc_renew_job *j, const struct sc_renew_life *life)
{
	char left[SC_DURATION_MAX];
	int64_t now = sc_clock_now();
	uint64_t roll = 0;

	(void)sc_random(&roll, sizeof(roll));
	if (j->rule.expires_in == 0 ||
	    sc_renew_due(j->rule.expires_in, life, now, roll))
		return true;
	sc_duration_format(sc_renew_remaining(life, now), left);
	sc_ui_info(
	    "certificate not %s: expires in %s", sc_renew_job_done(j), left);
	return false;
}

static int
may_write(const struct sc_renew_job *j, struct sc_error *e)
{
	bool force = sc_args_bool(j->a, "force");
	int r;

	r = sc_output_ask(j->out_crt, force, e);
	if (r == 0 && j->out_key != NULL)
		r = sc_output_ask(j->out_key, force, e);
	return r;
}

static void
tell(const struct sc_renew_job *j)
{
	if (!j->rekey) {
		sc_ui_info(
		    "Your certificate has been saved in %s.", j->out_crt);
		return;
	}
	sc_ui_status("Certificate", j->out_crt);
	if (j->out_key != NULL)
		sc_ui_status("Private Key", j->out_key);
}

static int
once(struct sc_renew_job *j, const struct sc_pair *pair, struct sc_error *e)
{
	const char *key = j->out_key != NULL ? j->out_key : j->key;
	struct sc_error why = SC_ERROR_INIT;
	struct sc_renew_life life;
	struct sc_certs chain = {NULL, 0};
	int r;

	sc_renew_life_of(pair->chain.v[0], &life);
	if (!is_time(j, &life))
		return 0;
	r = may_write(j, e);
	if (r != 0)
		return r;
	r = sc_renew_job_do(j, pair, &chain, e);
	sc_certs_clear(&chain);
	if (r == 0) {
		tell(j);
		return sc_renew_hooks_after(
		    &j->hooks, j->out_crt, key, NULL, e);
	}
	if (sc_renew_hooks_failed(
		&j->hooks, j->crt, j->key, e->msg, NULL, &why) != 0)
		sc_ui_info("%s", why.msg);
	return r;
}

int
sc_renew_job_run(struct sc_renew_job *j, const char *period, struct sc_error *e)
{
	bool daemon = sc_args_bool(j->a, "daemon");
	struct sc_renew_life life;
	struct sc_pair pair;
	int r;

	r = sc_args_check_required(j->a, "ca-url", e);
	if (r == 0)
		r = daemon ? sc_renew_job_load(j, &pair, e)
			   : sc_pair_load(j->crt, j->key, &j->secret, &pair, e);
	if (r != 0)
		return r;
	sc_renew_life_of(pair.chain.v[0], &life);
	r = check_within("expires-in", j->rule.expires_in,
	    sc_renew_lifetime(&life), true, e);
	if (r == 0)
		r = check_within(
		    period, j->rule.period, sc_renew_lifetime(&life), false, e);
	if (r == 0)
		r = daemon ? sc_renew_daemon(j, &pair, e) : once(j, &pair, e);
	sc_pair_clear(&pair);
	return r;
}
