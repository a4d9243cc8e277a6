/* sprig's functions of time, and toTime, formatTime, parseTime. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "template/internal.h"

static const char rfc3339[] = "2006-01-02T15:04:05Z07:00";

static struct sc_tpl_val *
format(struct sc_tpl_call *c, const struct sc_tpl_instant *t,
    const char *layout, size_t n)
{
	struct sc_buf *b = sc_tpl_buf();

	sc_tpl_time_format(b, t, layout, n);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
now(struct sc_tpl_call *c)
{
	struct sc_tpl_instant t = sc_tpl_now();

	sc_tpl_time_zone(&t, "Local");
	return sc_tpl_instant(c->d, &t);
}

/* A time or seconds since 1970; anything else, floats too, is now. */
static struct sc_tpl_instant
date_of(const struct sc_tpl_val *v)
{
	struct sc_tpl_instant t = sc_tpl_now();

	if (v->kind == SC_TPL_TIME)
		return v->u.t;
	if (v->kind == SC_TPL_INT || v->kind == SC_TPL_INT64)
		t.sec = v->u.i;
	return t;
}

static struct sc_tpl_val *
date_in(struct sc_tpl_call *c, const char *layout, size_t n,
    const struct sc_tpl_val *date, const char *zone)
{
	struct sc_tpl_instant t = date_of(date);

	sc_tpl_time_zone(&t, zone);
	return format(c, &t, layout, n);
}

static struct sc_tpl_val *
date(struct sc_tpl_call *c)
{
	return date_in(c, c->arg[0]->u.s.p, c->arg[0]->u.s.n, c->arg[1],
	    c->n > 2 ? c->arg[2]->u.s.p : "Local");
}

static struct sc_tpl_val *
html_date(struct sc_tpl_call *c)
{
	return date_in(c, "2006-01-02", 10, c->arg[0],
	    c->n > 1 ? c->arg[1]->u.s.p : "Local");
}

static struct sc_tpl_val *
unix_epoch(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();

	(void)sc_buf_putf(b, "%lld", (long long)c->arg[0]->u.t.sec);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
modify(struct sc_tpl_call *c)
{
	struct sc_tpl_instant t = c->arg[1]->u.t;
	int64_t ns, sum;

	if (sc_duration_parse(c->arg[0]->u.s.p, &ns) != 0) {
		if (sc_has_prefix(c->fn->name, "must"))
			return sc_tpl_fail(c->x, "time: invalid duration");
		return c->arg[1];
	}
	sum = t.nsec + ns % SC_SECOND;
	t.sec += ns / SC_SECOND;
	if (sum < 0) {
		sum += SC_SECOND;
		t.sec--;
	}
	t.sec += sum / SC_SECOND;
	t.nsec = (int32_t)(sum % SC_SECOND);
	return sc_tpl_instant(c->d, &t);
}

static struct sc_tpl_val *
put_duration(struct sc_tpl_call *c, int64_t seconds)
{
	char text[SC_DURATION_MAX];

	if (seconds > INT64_MAX / SC_SECOND || seconds < INT64_MIN / SC_SECOND)
		seconds = 0;
	sc_duration_format(seconds * SC_SECOND, text);
	return sc_tpl_string(c->d, text);
}

static struct sc_tpl_val *
ago(struct sc_tpl_call *c)
{
	return put_duration(c, sc_clock_now() - date_of(c->arg[0]).sec);
}

static struct sc_tpl_val *
duration(struct sc_tpl_call *c)
{
	const struct sc_tpl_val *v = c->arg[0];
	int64_t n = 0;

	if (v->kind == SC_TPL_STRING)
		(void)sc_strtonum(v->u.s.p, INT64_MIN, INT64_MAX, &n);
	else if (v->kind == SC_TPL_INT64)
		n = v->u.i;
	return put_duration(c, n);
}

static struct sc_tpl_val *
duration_round(struct sc_tpl_call *c)
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = {{365 * 24 * SC_HOUR, "y"}, {30 * 24 * SC_HOUR, "mo"},
	    {24 * SC_HOUR, "d"}, {SC_HOUR, "h"}, {SC_MINUTE, "m"},
	    {SC_SECOND, "s"}};
	const struct sc_tpl_val *v = c->arg[0];
	struct sc_buf *b;
	int64_t ns = 0;
	size_t i;

	if (v->kind == SC_TPL_STRING)
		(void)sc_duration_parse(v->u.s.p, &ns);
	else if (v->kind == SC_TPL_INT64)
		ns = v->u.i;
	else if (v->kind == SC_TPL_TIME &&
	    __builtin_mul_overflow(sc_clock_now() - v->u.t.sec, SC_SECOND, &ns))
		ns = INT64_MAX;
	if (ns < 0)
		ns = ns == INT64_MIN ? INT64_MAX : -ns;
	b = sc_tpl_buf();
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns > units[i].ns) {
			(void)sc_buf_putf(b, "%lld%s",
			    (long long)(ns / units[i].ns), units[i].name);
			return sc_tpl_take(c->d, b);
		}
	(void)sc_buf_puts(b, "0s");
	return sc_tpl_take(c->d, b);
}

/* Go's zero time, when there was none to read. */
static struct sc_tpl_val *
zero_time(struct sc_tpl_call *c)
{
	return sc_tpl_time(c->d, INT64_C(-62135596800));
}

static struct sc_tpl_val *
read_time(struct sc_tpl_call *c, const char *layout, size_t layout_n,
    const struct sc_tpl_val *text, bool local)
{
	struct sc_tpl_instant t;

	if (sc_tpl_time_parse(
		layout, layout_n, text->u.s.p, text->u.s.n, local, &t))
		return sc_tpl_instant(c->d, &t);
	if (sc_has_prefix(c->fn->name, "must"))
		return sc_tpl_fail(
		    c->x, "cannot parse \"%.60s\" as a time", text->u.s.p);
	return zero_time(c);
}

static struct sc_tpl_val *
to_date(struct sc_tpl_call *c)
{
	return read_time(
	    c, c->arg[0]->u.s.p, c->arg[0]->u.s.n, c->arg[1], true);
}

static const struct {
	const char *name, *layout;
} layouts[] = {
    {"LAYOUT", "01/02 03:04:05PM '06 -0700"},
    {"ANSIC", "Mon Jan _2 15:04:05 2006"},
    {"UNIXDATE", "Mon Jan _2 15:04:05 MST 2006"},
    {"RUBYDATE", "Mon Jan 02 15:04:05 -0700 2006"},
    {"RFC822", "02 Jan 06 15:04 MST"},
    {"RFC822Z", "02 Jan 06 15:04 -0700"},
    {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    {"RFC3339", rfc3339},
    {"RFC3339NANO", "2006-01-02T15:04:05.999999999Z07:00"},
    {"KITCHEN", "3:04PM"},
    {"STAMP", "Jan _2 15:04:05"},
    {"STAMPMILLI", "Jan _2 15:04:05.000"},
    {"STAMPMICRO", "Jan _2 15:04:05.000000"},
    {"STAMPNANO", "Jan _2 15:04:05.000000000"},
    {"DATETIME", "2006-01-02 15:04:05"},
    {"DATEONLY", "2006-01-02"},
    {"TIMEONLY", "15:04:05"},
};

/* The layout of a name, with "time." before it or not; else the name. */
static const char *
named_layout(const char *name)
{
	const char *s = sc_has_prefix(name, "time.") ? name + 5 : name;
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (sc_strcaseeq(s, layouts[i].name))
			return layouts[i].layout;
	return name;
}

static struct sc_tpl_val *
to_time_layout(struct sc_tpl_call *c)
{
	return sc_tpl_string(c->d, named_layout(c->arg[0]->u.s.p));
}

static struct sc_tpl_val *
parse_time(struct sc_tpl_call *c)
{
	const char *layout;
	bool local = false;

	if (c->n == 0)
		return sc_tpl_time(c->d, sc_clock_now());
	if (c->n == 1)
		return read_time(
		    c, rfc3339, sizeof(rfc3339) - 1, c->arg[0], false);
	layout = named_layout(c->arg[0]->u.s.p);
	if (c->n == 3) {
		local = sc_streq(c->arg[2]->u.s.p, "Local");
		if (!local && c->arg[2]->u.s.n > 0 &&
		    !sc_streq(c->arg[2]->u.s.p, "UTC"))
			return sc_tpl_fail(
			    c->x, "unknown time zone %.60s", c->arg[2]->u.s.p);
	}
	if (c->n > 3)
		return sc_has_prefix(c->fn->name, "must")
		    ? sc_tpl_fail(c->x, "unsupported number of parameters")
		    : zero_time(c);
	return read_time(c, layout, strlen(layout), c->arg[1], local);
}

/* As date_of, but a number of JSON counts, too; in UTC. */
static struct sc_tpl_instant
time_of(const struct sc_tpl_call *c)
{
	struct sc_tpl_instant t = sc_tpl_now();

	if (c->n > 0 && c->arg[0]->kind == SC_TPL_FLOAT)
		t.sec = sc_tpl_to_int(c->arg[0]);
	else if (c->n > 0)
		t = date_of(c->arg[0]);
	sc_tpl_time_zone(&t, "UTC");
	return t;
}

static struct sc_tpl_val *
to_time(struct sc_tpl_call *c)
{
	struct sc_tpl_instant t = time_of(c);

	return sc_tpl_instant(c->d, &t);
}

static struct sc_tpl_val *
format_time(struct sc_tpl_call *c)
{
	struct sc_tpl_instant t = time_of(c);

	return format(c, &t, rfc3339, sizeof(rfc3339) - 1);
}

const struct sc_tpl_func sc_tpl_funcs_date[] = {
    {"now", "", now},
    {"date", "sa", date},
    {"dateInZone", "sas", date},
    {"date_in_zone", "sas", date},
    {"htmlDate", "a", html_date},
    {"htmlDateInZone", "as", html_date},
    {"unixEpoch", "t", unix_epoch},
    {"dateModify", "st", modify},
    {"date_modify", "st", modify},
    {"mustDateModify", "st", modify},
    {"must_date_modify", "st", modify},
    {"ago", "a", ago},
    {"duration", "a", duration},
    {"durationRound", "a", duration_round},
    {"toDate", "ss", to_date},
    {"mustToDate", "ss", to_date},
    {"toTime", "a", to_time},
    {"formatTime", "a", format_time},
    {"parseTime", "s*", parse_time},
    {"mustParseTime", "s*", parse_time},
    {"toTimeLayout", "s", to_time_layout},
    {0},
};
