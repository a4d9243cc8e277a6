#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/life/renew_limit.h"

const struct sc_opt sc_options_renew_limit[] = {
    {.name = "expires-in",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.def = "66%",
	.help = "percent of the life that has passed, or a duration left"},
    SC_OPT_END};

int
sc_renew_limit_read(
    const struct sc_args *a, struct sc_renew_limit *l, struct sc_error *e)
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

bool
sc_renew_limit_reached(const struct sc_renew_limit *l,
    const struct sc_renew_life *life, int64_t now)
{
	return l->is_percent ? sc_renew_past_percent(life, l->percent, now)
			     : sc_renew_within(life, l->left, now);
}

int
sc_renew_limit_tell(const struct sc_args *a, bool needed)
{
	bool verbose = sc_args_bool(a, "verbose");

	if (verbose && needed)
		puts("certificate needs renewal");
	else if (verbose)
		fputs("certificate does not need renewal\n", stderr);
	return needed ? SC_RENEW_NEEDED : SC_RENEW_NOT_NEEDED;
}
