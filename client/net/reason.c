#include "config.h"

#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/net/reason.h"

#define REASON_LAST 10

const struct sc_opt sc_options_reason[] = {{.name = "reason",
					       .arg = "TEXT",
					       .flags = SC_OPT_LINE_ONLY,
					       .help = "why, in words"},
    {.name = "reasonCode",
	.alias = "reason-code",
	.arg = "CODE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "why: 0 to 10, or a name as keyCompromise"},
    SC_OPT_END};

/* CRLReason, RFC 5280 section 5.3.1; 7 is not used there. */
static const char *const reasons[REASON_LAST + 1] = {"unspecified",
    "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
    "cessationOfOperation", "certificateHold", "", "removeFromCRL",
    "privilegeWithdrawn", "aACompromise"};

int
sc_reason_code(const struct sc_args *a, int64_t *out, struct sc_error *e)
{
	const char *s = sc_args_str(a, "reasonCode");
	int64_t n;
	int i;

	*out = 0;
	if (s == NULL || s[0] == '\0')
		return 0;
	for (i = 0; i <= REASON_LAST; i++)
		if (sc_strcaseeq(s, reasons[i])) {
			*out = i;
			return 0;
		}
	if (sc_strtonum(s, INT32_MIN, INT32_MAX, &n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "unrecognized revocation reason code '%s'", s);
	if (n < 0 || n > REASON_LAST)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "reasonCode out of bounds. Got %lld, but want value "
		    "between 0 and %d",
		    (long long)n, REASON_LAST);
	*out = n;
	return 0;
}
