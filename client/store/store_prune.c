/*
 * store prune.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/store/store_options.h"
#include "config/ca_json.h"
#include "provisioner/provisioner.h"
#include "store/store.h"

static const struct sc_opt options[] = {
    {.name = "keep-expired",
	.arg = "DURATION",
	.flags = SC_OPT_LINE_ONLY,
	.def = "2160h",
	.help = "how long a certificate is remembered once it has expired, or "
		"forever"},
    {.name = "keep-revoked",
	.arg = "DURATION",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the same of a revocation (default: as certificates; forever "
		"where expired certificates may be renewed)"},
    {.name = "archive",
	.arg = "DIR",
	.flags = SC_OPT_LINE_ONLY,
	.help = "move the old segments there instead of removing them"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_store_prune how;
	struct sc_progress progress;
};

static int
read_keep(const struct sc_args *a, const char *name, int64_t *seconds,
    struct sc_error *e)
{
	const char *text = sc_args_str(a, name);
	int64_t ns = 0;

	*seconds = INT64_MAX;
	if (sc_streq(text, "forever"))
		return 0;
	if (sc_duration_parse(text, &ns) != 0 || ns < 0)
		return sc_args_invalid(a, name, text,
		    "it must be a duration as 2160h, or 'forever'", e);
	*seconds = ns / SC_SECOND;
	return 0;
}

static bool
claims_allow(const struct sc_claims *c)
{
	return c->on[SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY];
}

/* May somebody renew a certificate that has expired? */
static int
renews_expired(const struct sc_config *config, bool *may, struct sc_error *e)
{
	struct sc_provisioners *ps = NULL;
	size_t i;
	int r;

	*may = claims_allow(&config->claims);
	r = sc_provisioners_new(config->provisioners, &config->claims,
	    &config->dns_names, config->steppath, &ps, e);
	for (i = 0; r == 0 && i < sc_provisioners_count(ps); i++)
		*may = *may || claims_allow(&sc_provisioners_at(ps, i)->claims);
	sc_provisioners_free(ps);
	return r;
}

/*
 * A certificate has to be on a list that is made after its end, which may be a
 * renewPeriod later, and stays there for a cacheDuration.
 */
static int64_t
listed_for(const struct sc_config_crl *c)
{
	return c->enabled ? c->renew + c->cache : 0;
}

/*
 * A revocation that is forgotten blocks no renewal any more.  Without a
 * configuration nobody knows who may renew what.
 */
static int
read_keep_revoked(struct job *j, struct sc_error *e)
{
	struct sc_config *config = NULL;
	int64_t least = 0;
	bool may = true;
	int r = 0;

	if (sc_args_str(j->a, "store") == NULL &&
	    (r = sc_store_config(j->a, &config, e)) == 0 &&
	    (r = renews_expired(config, &may, e)) == 0)
		least = listed_for(&config->crl);
	sc_config_free(config);
	j->how.revocations = may ? INT64_MAX : j->how.certificates;
	if (r == 0 && sc_args_str(j->a, "keep-revoked") != NULL)
		r = read_keep(j->a, "keep-revoked", &j->how.revocations, e);
	if (j->how.revocations < least)
		j->how.revocations = least;
	return r;
}

static void
tell(const struct sc_store_pruned *p, const char *archive)
{
	char records[SC_STORE_COUNT_MAX], carried[SC_STORE_COUNT_MAX];
	char before[SC_STORE_SIZE_MAX], after[SC_STORE_SIZE_MAX];

	sc_store_size_format(p->bytes_before, before);
	sc_store_size_format(p->bytes_after, after);
	if (p->segments == 0) {
		sc_ui_info("nothing to prune; the ledger has %s", before);
		return;
	}
	sc_store_count_format(p->records, records);
	sc_store_count_format(p->carried, carried);
	sc_ui_info("%llu segment%s with %s records %s%s",
	    (unsigned long long)p->segments, p->segments == 1 ? "" : "s",
	    records, archive != NULL ? "moved to " : "removed",
	    archive != NULL ? archive : "");
	sc_ui_info(
	    "%s of the records are still needed and were carried on", carried);
	sc_ui_info("the ledger had %s and has %s", before, after);
}

static int
run(struct job *j, const char *dir, struct sc_error *e)
{
	struct sc_store_pruned pruned;
	struct sc_store *s = NULL;
	const char *notice;
	int r;

	if ((r = sc_store_open(dir, SC_STORE_WRITE, &s, e)) != 0)
		return r;
	sc_progress_start(&j->progress, "pruning", false);
	r = sc_store_prune(s, &j->how, sc_clock_now(), &pruned, e);
	sc_progress_end(&j->progress);
	if ((notice = sc_store_notice(s)) != NULL)
		sc_ui_info("note: %s", notice);
	sc_store_close(s);
	if (r == 0)
		tell(&pruned, j->how.archive);
	return r;
}

static int
prune(struct sc_args *a, struct sc_error *e)
{
	char *dir = NULL;
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.a = a;
	j.how.archive = sc_args_str(a, "archive");
	j.how.progress = sc_progress_watch;
	j.how.arg = &j.progress;
	r = read_keep(a, "keep-expired", &j.how.certificates, e);
	if (r == 0 && (r = read_keep_revoked(&j, e)) == 0 &&
	    (r = sc_store_folder(a, &dir, e)) == 0)
		r = run(&j, dir, e);
	free(dir);
	return r;
}

const struct sc_command sc_cmd_store_prune = {.name = "prune",
    .help = "forget what is long over, also while the CA runs",
    .notes = "One-time tokens are forgotten two days after they expired, "
	     "certificates and revocations when the certificate has been "
	     "expired for as long as told.  Old segments of the ledger are "
	     "removed; what in them is still needed is carried on.",
    .options = {options, sc_options_store},
    .run = prune};
