/*
 * certificate needs-renewal: the answer is the exit status.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/life/renew_schedule.h"

#define NEEDS 0
#define NEEDS_NOT 1
#define NO_FILE 2
#define FAILED 255

static const struct sc_opt options[] = {
    {.name = "expires-in",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.def = "66%",
	.help = "percent of the life that has passed, or a duration left"},
    {.name = "bundle",
	.kind = SC_OPT_BOOL,
	.help = "any certificate of the file or server"},
    {.name = "verbose",
	.letter = 'v',
	.kind = SC_OPT_BOOL,
	.help = "say it, too"},
    {.name = "roots",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "root certificates (default: those of the system)"},
    {.name = "servername", .arg = "NAME", .help = "name to ask a server for"},
    SC_OPT_END};

struct limit {
	bool is_percent;
	int64_t percent, left; /* the latter in nanoseconds */
};

static int
read_limit(const struct sc_args *a, struct limit *l, struct sc_error *e)
{
	const char *s = sc_args_str(a, "expires-in");
	size_t n = strlen(s);
	char *digits;
	int r;

	l->is_percent = n > 0 && s[n - 1] == '%';
	if (!l->is_percent) {
		if (sc_duration_parse(s, &l->left) != 0)
			return sc_args_invalid(a, "expires-in", s, NULL, e);
		return 0;
	}
	if ((digits = sc_strndup(s, n - 1)) == NULL)
		return sc_fail_nomem(e);
	r = sc_strtonum(digits, 0, 100, &l->percent);
	sc_free_secret(digits);
	if (r != 0)
		return sc_args_invalid(
		    a, "expires-in", s, "value must be in range 0-100%", e);
	return 0;
}

static bool
needs(const struct limit *l, const struct sc_cert *c, int64_t now)
{
	struct sc_renew_life life = {
	    sc_cert_not_before(c), sc_cert_not_after(c)};

	return l->is_percent ? sc_renew_past_percent(&life, l->percent, now)
			     : sc_renew_within(&life, l->left, now);
}

static int
judge(const struct sc_args *a, const struct limit *l,
    const struct sc_certs *certs)
{
	size_t i, n = sc_args_bool(a, "bundle") ? certs->n : 1;
	bool verbose = sc_args_bool(a, "verbose");

	for (i = 0; i < n; i++) {
		if (!needs(l, certs->v[i], sc_clock_now()))
			continue;
		if (verbose)
			puts("certificate needs renewal");
		return NEEDS;
	}
	if (verbose)
		fputs("certificate does not need renewal\n", stderr);
	return NEEDS_NOT;
}

static int
needs_renewal(struct sc_args *a, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0);
	struct sc_cert_source_tls tls = {
	    sc_args_str(a, "roots"), sc_args_str(a, "servername"), false};
	struct sc_cert_source s = {0};
	struct limit l;
	int r;

	memset(&l, 0, sizeof(l));
	if ((r = read_limit(a, &l, e)) != 0)
		return r;
	r = sc_cert_source_load(name, &tls, &s, e);
	if (r == SC_ERR_NOT_FOUND && !sc_cert_source_is_url(name))
		return NO_FILE;
	if (r == 0 && s.certs.n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s contains no PEM certificate blocks", name);
	if (r == 0)
		r = judge(a, &l, &s.certs);
	sc_cert_source_clear(&s);
	return r;
}

const struct sc_command sc_cmd_certificate_needs_renewal = {
    .name = "needs-renewal",
    .args = "<crt-file-or-url>",
    .help = "tell by the exit status whether it is time to renew",
    .notes = "The exit status is 0 when the certificate needs renewal, 1 when "
	     "it does not, 2 when the file does not exist, and 255 after any "
	     "other error.",
    .min_args = 1,
    .max_args = 1,
    .options = {options},
    .error_status = FAILED,
    .run = needs_renewal};
