/*
 * certificate needs-renewal: the answer is the exit status.
 */
#include "config.h"

#include "base/clock.h"
#include "base/err.h"
#include "client/net/cert_source.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/life/renew_limit.h"

static const struct sc_opt options[] = {
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

/* Any of the certificates that count. */
static bool
any_needs(const struct sc_args *a, const struct sc_renew_limit *l,
    const struct sc_certs *certs)
{
	size_t i, n = sc_args_bool(a, "bundle") ? certs->n : 1;

	for (i = 0; i < n; i++) {
		struct sc_renew_life life = {sc_cert_not_before(certs->v[i]),
		    sc_cert_not_after(certs->v[i])};

		if (sc_renew_limit_reached(l, &life, sc_clock_now()))
			return true;
	}
	return false;
}

static int
needs_renewal(struct sc_args *a, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0);
	struct sc_cert_source_tls tls = {
	    sc_args_str(a, "roots"), sc_args_str(a, "servername"), false};
	struct sc_cert_source s = {0};
	struct sc_renew_limit l;
	int r;

	if ((r = sc_renew_limit_read(a, &l, e)) != 0)
		return r;
	r = sc_cert_source_load(name, &tls, &s, e);
	if (r == SC_ERR_NOT_FOUND && !sc_cert_source_is_url(name))
		return SC_RENEW_NO_FILE;
	if (r == 0 && s.certs.n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s contains no PEM certificate blocks", name);
	if (r == 0)
		r = sc_renew_limit_tell(a, any_needs(a, &l, &s.certs));
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
    .options = {options, sc_options_renew_limit},
    .error_status = SC_RENEW_FAILED,
    .run = needs_renewal};
