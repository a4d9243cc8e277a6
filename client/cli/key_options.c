#include "config.h"

#include <stddef.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "client/command.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"

const struct sc_opt sc_options_key[] = {
    {.name = "kty",
	.alias = "type",
	.arg = "TYPE",
	.help = "type of the key, EC by default",
	.choices = "EC, RSA, OKP"},
    {.name = "curve",
	.alias = "crv",
	.arg = "CURVE",
	.help = "P-256 (default), P-384, P-521; OKP: Ed25519"},
    {.name = "size",
	.arg = "BITS",
	.help = "bits of an RSA key, 2048 (default) to 8192"},
    SC_OPT_END};

struct wanted {
	const char *kty, *curve;
	int64_t bits;
};

static int
clash(const char *name, const char *kty, struct sc_error *e)
{
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' is incompatible with flag '--kty %s'", name, kty);
}

static int
check_curve(const char *kty, const char *curve, struct sc_error *e)
{
	const char *choices =
	    sc_streq(kty, "OKP") ? "Ed25519" : "P-256, P-384, P-521";

	if (sc_streq(kty, "OKP") ? sc_streq(curve, "Ed25519")
				 : sc_streq(curve, "P-256") ||
		    sc_streq(curve, "P-384") || sc_streq(curve, "P-521"))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--kty %s' is incompatible with flag '--curve %s'; "
	    "options are %s",
	    kty, curve, choices);
}

static int
read_size(const struct sc_args *a, int64_t *bits, struct sc_error *e)
{
	const char *s = sc_args_str(a, "size");

	if (s == NULL)
		return 0;
	if (sc_strtonum(s, 0, 1000000, bits) != 0)
		return sc_args_invalid(a, "size", s, NULL, e);
	if (*bits < SC_MIN_RSA_BITS)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--size' requires at least %d", SC_MIN_RSA_BITS);
	if (*bits > SC_MAX_RSA_BITS)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--size' allows at most %d", SC_MAX_RSA_BITS);
	return 0;
}

static int
get(const struct sc_args *a, struct wanted *w, struct sc_error *e)
{
	int r;

	w->kty = sc_args_str(a, "kty");
	w->curve = sc_args_str(a, "curve");
	w->bits = 0;
	if ((r = sc_args_check_needs(a, "curve", "kty", e)) != 0 ||
	    (r = sc_args_check_needs(a, "size", "kty", e)) != 0)
		return r;
	if (w->kty == NULL)
		w->kty = "EC";
	if (sc_streq(w->kty, "RSA"))
		return w->curve != NULL ? clash("curve", w->kty, e)
					: read_size(a, &w->bits, e);
	if (sc_args_given(a, "size"))
		return clash("size", w->kty, e);
	return w->curve != NULL ? check_curve(w->kty, w->curve, e) : 0;
}

int
sc_key_options_check(const struct sc_args *a, struct sc_error *e)
{
	struct wanted w;

	return get(a, &w, e);
}

int
sc_key_options_make(
    const struct sc_args *a, struct sc_key **out, struct sc_error *e)
{
	struct wanted w;
	int r;

	*out = NULL;
	if ((r = get(a, &w, e)) != 0)
		return r;
	return sc_key_generate(w.kty, w.curve, (unsigned)w.bits, out, e);
}
