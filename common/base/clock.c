#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

#define DAY INT64_C(86400)
#define YEAR_1 (INT64_C(-62135596800)) /* 0001-01-01T00:00:00Z */
#define YEAR_9999 INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t fixed;

int64_t
sc_clock_now(void)
{
	struct timespec ts;

	if (fixed != 0)
		return fixed;
	/* Cannot fail for this clock; 1970 would refuse everything. */
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return 0;
	return ts.tv_sec;
}

void
sc_clock_fix(int64_t now)
{
	fixed = now;
}

int64_t
sc_clock_monotonic(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	return ts.tv_sec * SC_SECOND + ts.tv_nsec;
}

struct civil {
	int64_t year;
	int month, day, hour, minute, second;
};

static int
is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int
month_days(int64_t y, int m)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days from 1970-01-01 to 1 January of year y >= 1. */
static int64_t
year_days(int64_t y)
{
	int64_t n = y - 1;

	return n * 365 + n / 4 - n / 100 + n / 400 - 719162;
}

static int64_t
from_civil(const struct civil *c)
{
	int64_t days;
	int m;

	days = year_days(c->year) + c->day - 1;
	for (m = 1; m < c->month; m++)
		days += month_days(c->year, m);
	return days * DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

/* Times outside the years 0001-9999 become the nearest that has a form. */
static void
to_civil(int64_t t, struct civil *c)
{
	int64_t days, secs;

	if (t < YEAR_1)
		t = YEAR_1;
	if (t > YEAR_9999)
		t = YEAR_9999;
	secs = (t % DAY + DAY) % DAY;
	days = (t - secs) / DAY;
	/* The guess is at most one year off. */
	c->year = 1970 + days * 400 / 146097;
	while (year_days(c->year) > days)
		c->year--;
	while (year_days(c->year + 1) <= days)
		c->year++;
	days -= year_days(c->year);
	for (c->month = 1; days >= month_days(c->year, c->month); c->month++)
		days -= month_days(c->year, c->month);
	c->day = (int)days + 1;
	c->hour = (int)(secs / 3600);
	c->minute = (int)(secs / 60 % 60);
	c->second = (int)(secs % 60);
}

/* Exactly n digits at *s, then the character sep ('\0' = anything). */
static int
get_digits(const char **s, int n, char sep, int *out)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return SC_ERR_MALFORMED;
		v = v * 10 + (**s - '0');
	}
	if (sep != '\0') {
		if (**s != sep)
			return SC_ERR_MALFORMED;
		(*s)++;
	}
	*out = v;
	return 0;
}

static int
skip_fraction(const char **s)
{
	if (**s != '.')
		return 0;
	(*s)++;
	if (**s < '0' || **s > '9')
		return SC_ERR_MALFORMED;
	while (**s >= '0' && **s <= '9')
		(*s)++;
	return 0;
}

/* "Z" or "+hh:mm" at the end of the text; seconds east of UTC. */
static int
get_offset(const char *s, int64_t *east)
{
	int sign, h, m;

	*east = 0;
	if (s[0] == 'Z' && s[1] == '\0')
		return 0;
	if (*s != '+' && *s != '-')
		return SC_ERR_MALFORMED;
	sign = *s++ == '-' ? -1 : 1;
	if (get_digits(&s, 2, ':', &h) != 0 || get_digits(&s, 2, '\0', &m) != 0)
		return SC_ERR_MALFORMED;
	if (*s != '\0' || h > 23 || m > 59)
		return SC_ERR_MALFORMED;
	*east = sign * (h * 3600 + m * 60);
	return 0;
}

int
sc_time_parse(const char *s, int64_t *t)
{
	struct civil c;
	int64_t east;
	int year;

	if (get_digits(&s, 4, '-', &year) != 0 ||
	    get_digits(&s, 2, '-', &c.month) != 0 ||
	    get_digits(&s, 2, 'T', &c.day) != 0 ||
	    get_digits(&s, 2, ':', &c.hour) != 0 ||
	    get_digits(&s, 2, ':', &c.minute) != 0 ||
	    get_digits(&s, 2, '\0', &c.second) != 0)
		return SC_ERR_MALFORMED;
	if (skip_fraction(&s) != 0 || get_offset(s, &east) != 0)
		return SC_ERR_MALFORMED;
	c.year = year;
	/* No leap seconds: Go knows none either. */
	if (year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > month_days(c.year, c.month) || c.hour > 23 ||
	    c.minute > 59 || c.second > 59)
		return SC_ERR_MALFORMED;
	*t = from_civil(&c) - east;
	return 0;
}

void
sc_time_format(int64_t t, char out[SC_TIME_MAX])
{
	struct civil c;

	to_civil(t, &c);
	(void)snprintf(out, SC_TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    (int)c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void
sc_time_format_go(int64_t t, char out[SC_TIME_MAX])
{
	struct civil c;

	to_civil(t, &c);
	(void)snprintf(out, SC_TIME_MAX,
	    "%04d-%02d-%02d %02d:%02d:%02d +0000 UTC", (int)c.year, c.month,
	    c.day, c.hour, c.minute, c.second);
}

void
sc_time_format_http(int64_t t, char out[SC_TIME_MAX])
{
	static const char *const days[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c;
	int64_t day;

	to_civil(t, &c);
	/* 0001-01-01 was a Monday. */
	day = (from_civil(&c) - YEAR_1) / DAY;
	(void)snprintf(out, SC_TIME_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT",
	    days[day % 7], c.day, months[c.month - 1], (int)c.year, c.hour,
	    c.minute, c.second);
}

int
sc_timespec_parse(const char *s, struct sc_timespec *out)
{
	out->kind = SC_TS_UNSET;
	out->value = 0;
	if (s == NULL || *s == '\0')
		return 0;
	if (sc_time_parse(s, &out->value) == 0) {
		out->kind = SC_TS_TIME;
		return 0;
	}
	if (sc_duration_parse(s, &out->value) == 0) {
		out->kind = SC_TS_DURATION;
		return 0;
	}
	return SC_ERR_MALFORMED;
}

int64_t
sc_timespec_resolve(const struct sc_timespec *ts, int64_t base)
{
	int64_t secs, t;

	switch (ts->kind) {
	case SC_TS_TIME:
		return ts->value;
	case SC_TS_DURATION:
		/* Rounded down, as a certificate's times are. */
		secs = ts->value / SC_SECOND - (ts->value % SC_SECOND < 0);
		if (__builtin_add_overflow(base, secs, &t))
			return secs < 0 ? INT64_MIN : INT64_MAX;
		return t;
	case SC_TS_UNSET:
		break;
	}
	return 0;
}
