/* Go's time layouts: a date is written as 2006-01-02 15:04:05 would be. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "template/internal.h"

enum piece {
	PIECE_TEXT,
	LONG_MONTH,
	MONTH,
	NUM_MONTH,
	ZERO_MONTH,
	LONG_WEEKDAY,
	WEEKDAY,
	DAY,
	UNDER_DAY,
	ZERO_DAY,
	YEAR_DAY,
	HOUR,
	HOUR12,
	ZERO_HOUR12,
	MINUTE,
	ZERO_MINUTE,
	SECOND,
	ZERO_SECOND,
	YEAR,
	SHORT_YEAR,
	PM,
	SMALL_PM,
	ZONE_NAME,
	ZONE_Z_COLON,
	ZONE_Z,
	ZONE_COLON,
	ZONE_PLAIN,
	ZONE_SHORT,
	FRACTION, /* .000 or .999 */
};

/* Longer ones before those that they begin with. */
static const struct {
	const char *text;
	enum piece piece;
} words[] = {
    {"January", LONG_MONTH},
    {"Jan", MONTH},
    {"Monday", LONG_WEEKDAY},
    {"Mon", WEEKDAY},
    {"MST", ZONE_NAME},
    {"2006", YEAR},
    {"002", YEAR_DAY},
    {"01", ZERO_MONTH},
    {"02", ZERO_DAY},
    {"03", ZERO_HOUR12},
    {"04", ZERO_MINUTE},
    {"05", ZERO_SECOND},
    {"06", SHORT_YEAR},
    {"15", HOUR},
    {"1", NUM_MONTH},
    {"_2006", PIECE_TEXT},
    {"_2", UNDER_DAY},
    {"2", DAY},
    {"3", HOUR12},
    {"4", MINUTE},
    {"5", SECOND},
    {"PM", PM},
    {"pm", SMALL_PM},
    {"Z07:00", ZONE_Z_COLON},
    {"Z0700", ZONE_Z},
    {"-07:00", ZONE_COLON},
    {"-0700", ZONE_PLAIN},
    {"-07", ZONE_SHORT},
};

static const char *const months[] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};
static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday"};

/* .000 and .999 (or with a comma), when no digit follows. */
static size_t
fraction(const char *s, size_t n)
{
	size_t i;

	if (n < 2 || (s[0] != '.' && s[0] != ',') ||
	    (s[1] != '0' && s[1] != '9'))
		return 0;
	for (i = 1; i < n && s[i] == s[1]; i++)
		;
	return i < n && s[i] >= '0' && s[i] <= '9' ? 0 : i;
}

/* The piece at s and its length. */
static enum piece
next_piece(const char *s, size_t n, size_t *len)
{
	size_t i, m;

	if ((*len = fraction(s, n)) > 0)
		return FRACTION;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		m = strlen(words[i].text);
		if (m > n || memcmp(words[i].text, s, m) != 0)
			continue;
		if (words[i].piece == PIECE_TEXT)
			break; /* "_2006" is an underscore and a year */
		/* "Jan" is no month in "January's" small kin. */
		if (words[i].piece == MONTH && n > m && s[m] >= 'a' &&
		    s[m] <= 'z')
			continue;
		*len = m;
		return words[i].piece;
	}
	*len = 1;
	return PIECE_TEXT;
}

static void
put_zone(struct sc_buf *out, const struct sc_tpl_instant *t, enum piece p)
{
	int minutes = (t->offset < 0 ? -t->offset : t->offset) / 60;
	char sign = t->offset < 0 ? '-' : '+';

	if ((p == ZONE_Z || p == ZONE_Z_COLON) && t->offset == 0)
		(void)sc_buf_putc(out, 'Z');
	else if (p == ZONE_SHORT)
		(void)sc_buf_putf(out, "%c%02d", sign, minutes / 60);
	else
		(void)sc_buf_putf(out, "%c%02d%s%02d", sign, minutes / 60,
		    p == ZONE_Z_COLON || p == ZONE_COLON ? ":" : "",
		    minutes % 60);
}

static void
put_fraction(struct sc_buf *out, int32_t nsec, const char *s, size_t len)
{
	char digits[16];
	size_t n = len - 1;

	(void)snprintf(digits, sizeof(digits), "%09d", (int)nsec);
	if (n > 9)
		n = 9;
	if (s[1] == '9')
		while (n > 0 && digits[n - 1] == '0')
			n--;
	if (n > 0)
		(void)sc_buf_putf(out, "%c%.*s", s[0], (int)n, digits);
}

static void
put_name(struct sc_buf *out, const struct sc_tpl_instant *t)
{
	if (t->zone != NULL && t->zone[0] != '\0')
		(void)sc_buf_puts(out, t->zone);
	else if (t->offset % 3600 == 0)
		put_zone(out, t, ZONE_SHORT);
	else
		put_zone(out, t, ZONE_PLAIN);
}

static int
hour12(int hour)
{
	return hour % 12 == 0 ? 12 : hour % 12;
}

static void
put_piece(struct sc_buf *out, const struct sc_tpl_instant *t,
    const struct tm *tm, enum piece p, const char *s, size_t len)
{
	int year = tm->tm_year + 1900;

	switch (p) {
	case PIECE_TEXT:
		(void)sc_buf_put(out, s, len);
		break;
	case LONG_MONTH:
		(void)sc_buf_puts(out, months[tm->tm_mon]);
		break;
	case MONTH:
		(void)sc_buf_put(out, months[tm->tm_mon], 3);
		break;
	case NUM_MONTH:
		(void)sc_buf_putf(out, "%d", tm->tm_mon + 1);
		break;
	case ZERO_MONTH:
		(void)sc_buf_putf(out, "%02d", tm->tm_mon + 1);
		break;
	case LONG_WEEKDAY:
		(void)sc_buf_puts(out, days[tm->tm_wday]);
		break;
	case WEEKDAY:
		(void)sc_buf_put(out, days[tm->tm_wday], 3);
		break;
	case DAY:
		(void)sc_buf_putf(out, "%d", tm->tm_mday);
		break;
	case UNDER_DAY:
		(void)sc_buf_putf(out, "%2d", tm->tm_mday);
		break;
	case ZERO_DAY:
		(void)sc_buf_putf(out, "%02d", tm->tm_mday);
		break;
	case YEAR_DAY:
		(void)sc_buf_putf(out, "%03d", tm->tm_yday + 1);
		break;
	case HOUR:
		(void)sc_buf_putf(out, "%02d", tm->tm_hour);
		break;
	case HOUR12:
		(void)sc_buf_putf(out, "%d", hour12(tm->tm_hour));
		break;
	case ZERO_HOUR12:
		(void)sc_buf_putf(out, "%02d", hour12(tm->tm_hour));
		break;
	case MINUTE:
		(void)sc_buf_putf(out, "%d", tm->tm_min);
		break;
	case ZERO_MINUTE:
		(void)sc_buf_putf(out, "%02d", tm->tm_min);
		break;
	case SECOND:
		(void)sc_buf_putf(out, "%d", tm->tm_sec);
		break;
	case ZERO_SECOND:
		(void)sc_buf_putf(out, "%02d", tm->tm_sec);
		break;
	case YEAR:
		(void)sc_buf_putf(out, "%04d", year);
		break;
	case SHORT_YEAR:
		(void)sc_buf_putf(out, "%02d", year % 100);
		break;
	case PM:
		(void)sc_buf_puts(out, tm->tm_hour >= 12 ? "PM" : "AM");
		break;
	case SMALL_PM:
		(void)sc_buf_puts(out, tm->tm_hour >= 12 ? "pm" : "am");
		break;
	case ZONE_NAME:
		put_name(out, t);
		break;
	case ZONE_Z_COLON:
	case ZONE_Z:
	case ZONE_COLON:
	case ZONE_PLAIN:
	case ZONE_SHORT:
		put_zone(out, t, p);
		break;
	case FRACTION:
		put_fraction(out, t->nsec, s, len);
		break;
	}
}

void
sc_tpl_time_format(struct sc_buf *out, const struct sc_tpl_instant *t,
    const char *layout, size_t n)
{
	time_t sec = (time_t)(t->sec + t->offset);
	struct tm tm;
	size_t i, len;
	enum piece p;

	if (gmtime_r(&sec, &tm) == NULL)
		return;
	for (i = 0; i < n; i += len) {
		p = next_piece(layout + i, n - i, &len);
		put_piece(out, t, &tm, p, layout + i, len);
	}
}

/* What has been read of a time. */
struct reading {
	const char *s, *end;
	int year, month, day, hour, minute, second, offset, yday;
	int32_t nsec;
	bool pm, has_pm, has_zone, utc;
};

/* least to most digits. */
static bool
digits(struct reading *r, int least, int most, int *out)
{
	int n = 0;

	*out = 0;
	while (n < most && r->s < r->end && *r->s >= '0' && *r->s <= '9') {
		*out = *out * 10 + (*r->s++ - '0');
		n++;
	}
	return n >= least;
}

static bool
name_of(
    struct reading *r, const char *const *names, int n, bool whole, int *out)
{
	size_t len;
	int i;

	for (i = 0; i < n; i++) {
		len = whole ? strlen(names[i]) : 3;
		if ((size_t)(r->end - r->s) >= len &&
		    strncasecmp(r->s, names[i], len) == 0) {
			r->s += len;
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
read_zone(struct reading *r, enum piece p)
{
	bool colon = p == ZONE_Z_COLON || p == ZONE_COLON;
	int hours, minutes = 0, sign;

	r->has_zone = true;
	if ((p == ZONE_Z || p == ZONE_Z_COLON) && r->s < r->end &&
	    *r->s == 'Z') {
		r->s++;
		r->utc = true;
		return true;
	}
	if (r->s >= r->end || (*r->s != '+' && *r->s != '-'))
		return false;
	sign = *r->s++ == '-' ? -1 : 1;
	if (!digits(r, 2, 2, &hours))
		return false;
	if (colon && (r->s >= r->end || *r->s++ != ':'))
		return false;
	if (p != ZONE_SHORT && !digits(r, 2, 2, &minutes))
		return false;
	r->offset = sign * (hours * 3600 + minutes * 60);
	return hours <= 24 && minutes < 60;
}

/* A name says nothing of its offset, unless it is UTC's. */
static bool
read_zone_name(struct reading *r)
{
	const char *start = r->s;

	while (r->s < r->end && *r->s >= 'A' && *r->s <= 'Z')
		r->s++;
	if (r->s - start == 3 && memcmp(start, "UTC", 3) == 0) {
		r->has_zone = true;
		r->utc = true;
	}
	return r->s - start >= 3 && r->s - start <= 5;
}

static bool
read_pm(struct reading *r)
{
	if (r->end - r->s < 2 || (r->s[1] | 0x20) != 'm' ||
	    ((r->s[0] | 0x20) != 'a' && (r->s[0] | 0x20) != 'p'))
		return false;
	r->has_pm = true;
	r->pm = (r->s[0] | 0x20) == 'p';
	r->s += 2;
	return true;
}

/* Digits behind a point; also those that the layout does not name. */
static bool
read_fraction(struct reading *r)
{
	int n = 0;

	if (r->end - r->s < 2 || (*r->s != '.' && *r->s != ',') ||
	    r->s[1] < '0' || r->s[1] > '9')
		return false;
	r->nsec = 0;
	for (r->s++; r->s < r->end && *r->s >= '0' && *r->s <= '9'; r->s++)
		if (n++ < 9)
			r->nsec = r->nsec * 10 + (*r->s - '0');
	for (; n < 9; n++)
		r->nsec *= 10;
	return true;
}

static bool
read_piece(struct reading *r, enum piece p, const char *s, size_t len)
{
	int v;

	switch (p) {
	case PIECE_TEXT:
		if (r->s >= r->end || *r->s != *s)
			return false;
		r->s++;
		return true;
	case LONG_MONTH:
		return name_of(r, months, 12, true, &r->month);
	case MONTH:
		return name_of(r, months, 12, false, &r->month);
	case NUM_MONTH:
	case ZERO_MONTH:
		v = 0;
		if (!digits(r, p == ZERO_MONTH ? 2 : 1, 2, &v))
			return false;
		r->month = v - 1;
		return v >= 1 && v <= 12;
	case LONG_WEEKDAY:
		return name_of(r, days, 7, true, &v);
	case WEEKDAY:
		return name_of(r, days, 7, false, &v);
	case UNDER_DAY:
		if (r->s < r->end && *r->s == ' ')
			r->s++;
		return digits(r, 1, 2, &r->day);
	case DAY:
	case ZERO_DAY:
		return digits(r, p == ZERO_DAY ? 2 : 1, 2, &r->day);
	case YEAR_DAY:
		return digits(r, 3, 3, &r->yday) && r->yday >= 1;
	case HOUR:
		return digits(r, 2, 2, &r->hour) && r->hour < 24;
	case HOUR12:
	case ZERO_HOUR12:
		return digits(r, p == HOUR12 ? 1 : 2, 2, &r->hour) &&
		    r->hour <= 12;
	case MINUTE:
	case ZERO_MINUTE:
		return digits(r, p == MINUTE ? 1 : 2, 2, &r->minute) &&
		    r->minute < 60;
	case SECOND:
	case ZERO_SECOND:
		if (!digits(r, p == SECOND ? 1 : 2, 2, &r->second) ||
		    r->second >= 60)
			return false;
		(void)read_fraction(r);
		return true;
	case YEAR:
		return digits(r, 4, 4, &r->year);
	case SHORT_YEAR:
		if (!digits(r, 2, 2, &v))
			return false;
		r->year = v >= 69 ? v + 1900 : v + 2000;
		return true;
	case PM:
	case SMALL_PM:
		return read_pm(r);
	case ZONE_NAME:
		return read_zone_name(r);
	case ZONE_Z_COLON:
	case ZONE_Z:
	case ZONE_COLON:
	case ZONE_PLAIN:
	case ZONE_SHORT:
		return read_zone(r, p);
	case FRACTION:
		/* Read with the seconds, when there are any. */
		(void)len;
		return s[1] == '9' || r->nsec != 0 || read_fraction(r);
	}
	return false;
}

static int
days_in(int year, int month)
{
	static const int n[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return n[month] + (month == 1 && leap);
}

static bool
settle(const struct reading *r, bool local, struct sc_tpl_instant *t)
{
	struct tm tm = {.tm_year = r->year - 1900,
	    .tm_mon = r->month,
	    .tm_mday = r->day,
	    .tm_hour = r->hour,
	    .tm_min = r->minute,
	    .tm_sec = r->second};

	if (r->day < 1 || r->day > days_in(r->year, r->month))
		return false;
	if (r->has_pm && r->pm && tm.tm_hour < 12)
		tm.tm_hour += 12;
	else if (r->has_pm && !r->pm && tm.tm_hour == 12)
		tm.tm_hour = 0;
	t->nsec = r->nsec;
	if (local && !r->has_zone) {
		tm.tm_isdst = -1;
		t->sec = (int64_t)mktime(&tm);
		sc_tpl_time_zone(t, "Local");
		return true;
	}
	t->sec = (int64_t)timegm(&tm) - r->offset;
	t->offset = r->offset;
	t->zone = r->offset == 0 ? "UTC" : "";
	return true;
}

bool
sc_tpl_time_parse(const char *layout, size_t layout_n, const char *s, size_t n,
    bool local, struct sc_tpl_instant *t)
{
	struct reading r = {.s = s, .end = s + n, .day = 1};
	size_t i, len;
	enum piece p;

	*t = (struct sc_tpl_instant){.zone = "UTC"};
	for (i = 0; i < layout_n; i += len) {
		p = next_piece(layout + i, layout_n - i, &len);
		if (!read_piece(&r, p, layout + i, len))
			return false;
	}
	if (r.yday > 0) {
		for (r.month = 0;
		     r.month < 11 && r.yday > days_in(r.year, r.month);
		     r.month++)
			r.yday -= days_in(r.year, r.month);
		r.day = r.yday;
	}
	return r.s == r.end && settle(&r, local, t);
}

struct sc_tpl_instant
sc_tpl_now(void)
{
	return (struct sc_tpl_instant){.sec = sc_clock_now(), .zone = "UTC"};
}

void
sc_tpl_time_zone(struct sc_tpl_instant *t, const char *zone)
{
	time_t sec = (time_t)t->sec;
	struct tm tm;

	t->offset = 0;
	t->zone = "UTC";
	if (sc_streq(zone, "Local") && localtime_r(&sec, &tm) != NULL) {
		t->offset = (int32_t)tm.tm_gmtoff;
		t->zone = tm.tm_zone;
	}
}
