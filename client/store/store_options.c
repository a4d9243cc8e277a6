#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/store/store_options.h"

#define DAY (24 * 60 * 60)
#define LOOK_EVERY 256 /* steps between looks at the clock */

const struct sc_opt sc_options_store[] = {
    {.name = "store",
	.arg = "DIR",
	.flags = SC_OPT_LINE_ONLY,
	.help = "folder of the store (default: what ca.json says)"},
    {.name = "ca-config",
	.arg = "FILE",
	.help = "ca.json of the CA (default $STEPPATH/config/ca.json)"},
    SC_OPT_END};

int
sc_store_config(
    const struct sc_args *a, struct sc_config **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	char *path;
	int r;

	*out = NULL;
	path = file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_config_load(path, out, e);
	free(path);
	if (r != 0 && file == NULL)
		sc_error_prefix(
		    e, "name the store with --store or --ca-config: ");
	return r;
}

int
sc_store_folder(const struct sc_args *a, char **out, struct sc_error *e)
{
	const char *dir = sc_args_str(a, "store");
	struct sc_config *config = NULL;
	int r;

	*out = NULL;
	if (dir == NULL && (r = sc_store_config(a, &config, e)) != 0)
		return r;
	*out = sc_strdup(dir != NULL ? dir : config->store_dir);
	sc_config_free(config);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

/* Digits of a base without prefix and colons; malloc'ed. */
static char *
bare_digits(const char *text, bool *hex)
{
	char *s, *to;

	*hex = false;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		*hex = true;
		text += 2;
	}
	if ((s = sc_strdup(text)) == NULL)
		return NULL;
	for (to = s; *text != '\0'; text++) {
		if (*text == ':')
			*hex = true;
		else
			*to++ = *text;
		if (*text != ':' && (*text < '0' || *text > '9'))
			*hex = true;
	}
	*to = '\0';
	return s;
}

int
sc_store_number_parse(
    const char *text, bool as_hex, struct sc_store_number *out)
{
	BIGNUM *bn = NULL;
	bool hex, good;
	size_t i;
	char *s;

	memset(out, 0, sizeof(*out));
	if ((s = bare_digits(text, &hex)) == NULL)
		return SC_ERR_NOMEM;
	out->digits = !hex;
	good = s[0] != '\0' && strlen(s) <= 3 * SC_STORE_SERIAL_MAX;
	for (i = 0; good && s[i] != '\0'; i++)
		good = sc_hex_digit(s[i]) >= 0;
	if (good)
		good = (hex || as_hex ? BN_hex2bn(&bn, s) : BN_dec2bn(&bn, s)) >
			0 &&
		    BN_num_bytes(bn) <= SC_STORE_SERIAL_MAX;
	if (good) {
		out->n = (size_t)BN_num_bytes(bn);
		(void)BN_bn2bin(bn, out->v);
		if (out->n == 0)
			out->n = 1;
	}
	BN_free(bn);
	free(s);
	return good ? 0 : SC_ERR_MALFORMED;
}

void
sc_store_size_format(uint64_t n, char out[SC_STORE_SIZE_MAX])
{
	static const char units[] = "KMGTPE";
	double v = (double)n / 1024;
	size_t u = 0;

	if (n < 1024) {
		(void)snprintf(out, SC_STORE_SIZE_MAX, "%" PRIu64 " bytes", n);
		return;
	}
	for (; v >= 1024 && units[u + 1] != '\0'; u++)
		v /= 1024;
	(void)snprintf(out, SC_STORE_SIZE_MAX, "%.1f %ciB", v, units[u]);
}

void
sc_store_count_format(uint64_t n, char out[SC_STORE_COUNT_MAX])
{
	char digits[SC_STORE_COUNT_MAX];
	size_t len, i, to = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}

void
sc_store_distance_format(int64_t t, int64_t now, char out[SC_STORE_SIZE_MAX])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
	    {DAY, "day"}, {60 * 60, "hour"}, {60, "minute"}, {1, "second"}};
	int64_t d = t > now ? t - now : now - t, n;
	size_t i = 0;

	while (i < 3 && d < 2 * units[i].seconds)
		i++;
	n = d / units[i].seconds;
	(void)snprintf(out, SC_STORE_SIZE_MAX, "%s%" PRId64 " %s%s%s",
	    t > now ? "in " : "", n, units[i].name, n == 1 ? "" : "s",
	    t > now ? "" : " ago");
}

const char *
sc_store_reason(int code)
{
	static const char *const reasons[] = {"unspecified", "keyCompromise",
	    "cACompromise", "affiliationChanged", "superseded",
	    "cessationOfOperation", "certificateHold", "unused",
	    "removeFromCRL", "privilegeWithdrawn", "aACompromise"};

	if (code < 0 || (size_t)code >= sizeof(reasons) / sizeof(reasons[0]))
		return "unknown";
	return reasons[code];
}

void
sc_progress_start(struct sc_progress *p, const char *what, bool talks)
{
	memset(p, 0, sizeof(*p));
	p->what = what;
	p->on = isatty(STDERR_FILENO) && !(talks && isatty(STDOUT_FILENO));
	p->next = sc_clock_monotonic() + SC_SECOND / 2;
}

void
sc_progress_step(struct sc_progress *p, uint64_t done, uint64_t total)
{
	char n[SC_STORE_COUNT_MAX], m[SC_STORE_COUNT_MAX];
	int64_t now;

	if (!p->on || done < p->next_look)
		return;
	p->next_look = done + LOOK_EVERY;
	if ((now = sc_clock_monotonic()) < p->next)
		return;
	p->next = now + SC_SECOND / 10;
	p->shown = true;
	sc_store_count_format(done, n);
	sc_store_count_format(total, m);
	if (total > 0 && done <= total)
		fprintf(stderr, "\r\033[K%s: %s of about %s (%d %%)", p->what,
		    n, m, (int)(done * 100 / total));
	else
		fprintf(stderr, "\r\033[K%s: %s", p->what, n);
}

void
sc_progress_hide(struct sc_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

void
sc_progress_end(struct sc_progress *p)
{
	sc_progress_hide(p);
	p->on = false;
}

void
sc_progress_watch(void *arg, const char *step, uint64_t done, uint64_t total)
{
	struct sc_progress *p = arg;

	if (!sc_streq(p->what, step)) {
		p->what = step;
		p->next_look = 0;
	}
	if (done == 0 && total == 0 && p->on &&
	    sc_clock_monotonic() >= p->next) {
		fprintf(stderr, "\r\033[K%s ...", step);
		p->shown = true;
	} else if (done > 0)
		sc_progress_step(p, done, total);
}
