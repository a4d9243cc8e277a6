/* The text form of Go's time.Duration, to the letter. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

/* The magnitude of the smallest duration, one more than of the largest. */
#define MAGNITUDE_MAX (UINT64_C(1) << 63)

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* U+00B5 micro sign */
    {"\xce\xbcs", 1000}, /* U+03BC Greek mu */
    {"ms", 1000000},
    {"s", SC_SECOND},
    {"m", SC_MINUTE},
    {"h", SC_HOUR},
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
get_int(const char **s, uint64_t *out)
{
	uint64_t v = 0;

	for (; is_digit(**s); (*s)++) {
		if (v > MAGNITUDE_MAX / 10)
			return SC_ERR_MALFORMED;
		v = v * 10 + (uint64_t)(**s - '0');
		if (v > MAGNITUDE_MAX)
			return SC_ERR_MALFORMED;
	}
	*out = v;
	return 0;
}

/* Digits that no longer fit are read over: they could not change a result. */
static void
get_fraction(const char **s, uint64_t *out, double *scale)
{
	uint64_t v = 0;
	bool full = false;

	*scale = 1;
	for (; is_digit(**s); (*s)++) {
		if (full || v > (MAGNITUDE_MAX - 1) / 10) {
			full = true;
			continue;
		}
		v = v * 10 + (uint64_t)(**s - '0');
		*scale *= 10;
	}
	*out = v;
}

static uint64_t
get_unit(const char **s)
{
	size_t i, n;

	n = strcspn(*s, ".0123456789");
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == n &&
		    strncmp(units[i].name, *s, n) == 0) {
			*s += n;
			return units[i].ns;
		}
	}
	return 0;
}

/* One "12.5h" at *s, as a magnitude in nanoseconds. */
static int
get_term(const char **s, uint64_t *out)
{
	uint64_t v, frac = 0, unit;
	double scale = 1;
	bool digits;

	digits = is_digit(**s);
	if (get_int(s, &v) != 0)
		return SC_ERR_MALFORMED;
	if (**s == '.') {
		(*s)++;
		digits = digits || is_digit(**s);
		get_fraction(s, &frac, &scale);
	}
	if (!digits)
		return SC_ERR_MALFORMED;
	unit = get_unit(s);
	if (unit == 0 || v > MAGNITUDE_MAX / unit)
		return SC_ERR_MALFORMED;
	v *= unit;
	if (frac > 0)
		v += (uint64_t)((double)frac * ((double)unit / scale));
	*out = v;
	return v > MAGNITUDE_MAX ? SC_ERR_MALFORMED : 0;
}

int
sc_duration_parse(const char *s, int64_t *ns)
{
	uint64_t sum = 0, v;
	bool neg;

	neg = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (strcmp(s, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (*s == '\0')
		return SC_ERR_MALFORMED;
	while (*s != '\0') {
		if (get_term(&s, &v) != 0)
			return SC_ERR_MALFORMED;
		sum += v;
		if (sum > MAGNITUDE_MAX)
			return SC_ERR_MALFORMED;
	}
	if (sum == MAGNITUDE_MAX) {
		if (!neg)
			return SC_ERR_MALFORMED;
		*ns = INT64_MIN;
		return 0;
	}
	*ns = neg ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

/* v / 10^prec with the fraction's trailing zeros left out. */
static void
put_decimal(char *out, size_t size, uint64_t v, int prec)
{
	uint64_t scale = 1, frac;
	int i;

	for (i = 0; i < prec; i++)
		scale *= 10;
	frac = v % scale;
	if (frac == 0) {
		(void)snprintf(
		    out, size, "%llu", (unsigned long long)(v / scale));
		return;
	}
	for (; frac % 10 == 0; prec--)
		frac /= 10;
	(void)snprintf(out, size, "%llu.%0*llu",
	    (unsigned long long)(v / scale), prec, (unsigned long long)frac);
}

static void
format_small(uint64_t u, const char *sign, char out[SC_DURATION_MAX])
{
	char num[SC_DURATION_MAX / 2];
	const char *unit;

	if (u == 0) {
		(void)snprintf(out, SC_DURATION_MAX, "0s");
		return;
	}
	if (u < 1000) {
		put_decimal(num, sizeof(num), u, 0);
		unit = "ns";
	} else if (u < 1000000) {
		put_decimal(num, sizeof(num), u, 3);
		unit = "\xc2\xb5s";
	} else {
		put_decimal(num, sizeof(num), u, 6);
		unit = "ms";
	}
	(void)snprintf(out, SC_DURATION_MAX, "%s%s%s", sign, num, unit);
}

void
sc_duration_format(int64_t ns, char out[SC_DURATION_MAX])
{
	const char *sign = ns < 0 ? "-" : "";
	char secs[SC_DURATION_MAX / 2];
	uint64_t u, h, m;

	u = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	if (u < SC_SECOND) {
		format_small(u, sign, out);
		return;
	}
	put_decimal(secs, sizeof(secs), u % SC_MINUTE, 9);
	h = u / SC_HOUR;
	m = u / SC_MINUTE % 60;
	if (h > 0)
		(void)snprintf(out, SC_DURATION_MAX, "%s%lluh%llum%ss", sign,
		    (unsigned long long)h, (unsigned long long)m, secs);
	else if (m > 0)
		(void)snprintf(out, SC_DURATION_MAX, "%s%llum%ss", sign,
		    (unsigned long long)m, secs);
	else
		(void)snprintf(out, SC_DURATION_MAX, "%s%ss", sign, secs);
}
