#include "config.h"

#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "tap.h"

static void
reads_the_clock(void)
{
	int64_t a, b, m;

	a = time(NULL);
	b = sc_clock_now();
	tap_ok(b >= a && b - a < 60);
	sc_clock_fix(1000);
	tap_int(sc_clock_now(), 1000);
	sc_clock_fix(0);
	tap_ok(sc_clock_now() >= b);
	m = sc_clock_monotonic();
	tap_ok(sc_clock_monotonic() >= m);
}

static void
parses_durations(void)
{
	static const struct {
		const char *s;
		int64_t ns;
	} good[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"+0", 0},
	    {"0s", 0},
	    {"5s", 5 * SC_SECOND},
	    {"+5s", 5 * SC_SECOND},
	    {"-5s", -5 * SC_SECOND},
	    {"24h", 24 * SC_HOUR},
	    {"2h45m", 2 * SC_HOUR + 45 * SC_MINUTE},
	    {"-1.5h", -90 * SC_MINUTE},
	    {"300ms", 300000000},
	    {".5s", 500000000},
	    {"5.s", 5 * SC_SECOND},
	    {"1.0s", SC_SECOND},
	    {"1ns", 1},
	    {"1us", 1000},
	    {"1\xc2\xb5s", 1000},
	    {"1\xce\xbcs", 1000},
	    {"3m1s2h", 2 * SC_HOUR + 3 * SC_MINUTE + SC_SECOND},
	    {"0.100000000000000000000h", 6 * SC_MINUTE},
	    {"0.830103483285477580700h", INT64_C(2988372539827)},
	    {"9007199254740993ns", INT64_C(9007199254740993)},
	    {"9223372036854775807ns", INT64_MAX},
	    {"9223372036854775.807us", INT64_MAX},
	    {"9223372036s854ms775us807ns", INT64_MAX},
	    {"-9223372036854775808ns", INT64_MIN},
	    {"0.9223372036854775807h", INT64_C(3320413933267)},
	};
	static const char *const bad[] = {"", "3", "-", "s", ".", "-.", ".s",
	    "+.s", "1d", "1 h", " 1h", "1h ", "1H", "--1h", "1h-5m", "1e3s",
	    "0x1s", "9223372036854775808ns", "9223372036854775.808us",
	    "9223372036854ms775us808ns", "-9223372036854775809ns", "3000000h",
	    "1\xb5s", "1.2.3s", "1,5h", "h1", "99999999999999999999999999h"};
	int64_t ns;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tap_context("\"%s\"", good[i].s);
		ns = 42;
		tap_int(sc_duration_parse(good[i].s, &ns), 0);
		tap_int(ns, good[i].ns);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		tap_int(sc_duration_parse(bad[i], &ns), SC_ERR_MALFORMED);
	}
}

static void
formats_durations(void)
{
	static const struct {
		int64_t ns;
		const char *s;
	} cases[] = {
	    {0, "0s"},
	    {1, "1ns"},
	    {-1, "-1ns"},
	    {1100, "1.1\xc2\xb5s"},
	    {2200000, "2.2ms"},
	    {1500000000, "1.5s"},
	    {SC_SECOND, "1s"},
	    {59 * SC_SECOND, "59s"},
	    {SC_MINUTE, "1m0s"},
	    {24 * SC_HOUR, "24h0m0s"},
	    {5 * SC_HOUR + 6 * SC_MINUTE + 7 * SC_SECOND + 1000000,
		"5h6m7.001s"},
	    {8 * SC_MINUTE + 1, "8m0.000000001s"},
	    {-90 * SC_MINUTE, "-1h30m0s"},
	    {INT64_MAX, "2562047h47m16.854775807s"},
	    {INT64_MIN, "-2562047h47m16.854775808s"},
	};
	char s[SC_DURATION_MAX];
	int64_t back;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].s);
		sc_duration_format(cases[i].ns, s);
		tap_str(s, cases[i].s);
		tap_int(sc_duration_parse(s, &back), 0);
		tap_int(back, cases[i].ns);
	}
}

static void
parses_times(void)
{
	static const struct {
		const char *s;
		int64_t t;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2024-02-29T12:34:56Z", INT64_C(1709210096)},
	    {"2024-02-29T12:34:56.999999999Z", INT64_C(1709210096)},
	    {"2024-02-29T12:34:56+01:30", INT64_C(1709204696)},
	    {"2024-02-29T12:34:56-01:30", INT64_C(1709215496)},
	    {"1969-12-31T23:59:59Z", -1},
	    {"2000-02-29T00:00:00Z", INT64_C(951782400)},
	    {"0001-01-01T00:00:00Z", INT64_C(-62135596800)},
	    {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
	};
	static const char *const bad[] = {"", "2024", "2024-01-02",
	    "2024-01-02T03:04:05", "2024-01-02 03:04:05Z",
	    "2024-01-02t03:04:05Z", "2024-01-02T03:04:05z",
	    "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
	    "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
	    "2024-01-32T00:00:00Z", "2024-01-00T00:00:00Z",
	    "2024-04-31T00:00:00Z", "2024-01-01T24:00:00Z",
	    "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
	    "2024-01-01T0:00:00Z", "2024-1-01T00:00:00Z",
	    "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
	    "-001-01-01T00:00:00Z", "2024-01-01T00:00:00.Z",
	    "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z",
	    "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+00:60",
	    "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+01",
	    "2024-01-01T00:00:00Z+01:00"};
	int64_t t;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tap_context("\"%s\"", good[i].s);
		t = 42;
		tap_int(sc_time_parse(good[i].s, &t), 0);
		tap_int(t, good[i].t);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("\"%s\"", bad[i]);
		tap_int(sc_time_parse(bad[i], &t), SC_ERR_MALFORMED);
	}
}

static void
formats_times(void)
{
	char s[SC_TIME_MAX];

	sc_time_format(INT64_C(1704164645), s);
	tap_str(s, "2024-01-02T03:04:05Z");
	sc_time_format_go(INT64_C(1704164645), s);
	tap_str(s, "2024-01-02 03:04:05 +0000 UTC");
	sc_time_format(-1, s);
	tap_str(s, "1969-12-31T23:59:59Z");
	sc_time_format(INT64_MAX, s);
	tap_str(s, "9999-12-31T23:59:59Z");
	sc_time_format(INT64_MIN, s);
	tap_str(s, "0001-01-01T00:00:00Z");
	sc_time_format_http(INT64_C(784111777), s);
	tap_str(s, "Sun, 06 Nov 1994 08:49:37 GMT");
	sc_time_format_http(-1, s);
	tap_str(s, "Wed, 31 Dec 1969 23:59:59 GMT");
	sc_time_format_http(INT64_MIN, s);
	tap_str(s, "Mon, 01 Jan 0001 00:00:00 GMT");
	sc_time_format_http(INT64_MAX, s);
	tap_str(s, "Fri, 31 Dec 9999 23:59:59 GMT");
}

/* Against the C library, over all the years there are. */
static void
calendar_agrees(void)
{
	char ours[SC_TIME_MAX], theirs[SC_TIME_MAX];
	int64_t t, back, wrong = 0, n = 0;
	struct tm tm;
	time_t tt;

	for (t = INT64_C(-30610224000); t < INT64_C(253402300799);
	     t += INT64_C(86400) * 97 + 12345) {
		tt = t;
		if (gmtime_r(&tt, &tm) == NULL)
			continue;
		(void)strftime(
		    theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
		sc_time_format(t, ours);
		n++;
		/* The year 999 and before would need padding. */
		if (tm.tm_year >= -900 &&
		    (!tap_str(ours, theirs) ||
			!tap_int(sc_time_parse(ours, &back), 0) ||
			!tap_int(back, t)))
			wrong++;
		if (wrong > 5)
			return;
	}
	tap_ok(n > 30000);
}

static void
time_specs(void)
{
	struct sc_timespec ts;

	tap_int(sc_timespec_parse(NULL, &ts), 0);
	tap_int(ts.kind, SC_TS_UNSET);
	tap_int(sc_timespec_resolve(&ts, 500), 0);
	tap_int(sc_timespec_parse("", &ts), 0);
	tap_int(ts.kind, SC_TS_UNSET);
	tap_int(sc_timespec_parse("1970-01-01T00:01:00Z", &ts), 0);
	tap_int(ts.kind, SC_TS_TIME);
	tap_int(sc_timespec_resolve(&ts, 500), 60);
	tap_int(sc_timespec_parse("-1m", &ts), 0);
	tap_int(ts.kind, SC_TS_DURATION);
	tap_int(ts.value, -SC_MINUTE);
	tap_int(sc_timespec_resolve(&ts, 500), 440);
	tap_int(sc_timespec_parse("1.9s", &ts), 0);
	tap_int(sc_timespec_resolve(&ts, 500), 501);
	tap_int(sc_timespec_parse("-1.9s", &ts), 0);
	tap_int(sc_timespec_resolve(&ts, 500), 498);
	tap_int(sc_timespec_parse("1h", &ts), 0);
	tap_ok(sc_timespec_resolve(&ts, INT64_MAX - 5) == INT64_MAX);
	tap_int(sc_timespec_parse("tomorrow", &ts), SC_ERR_MALFORMED);
	tap_int(ts.kind, SC_TS_UNSET);
}

TAP_MAIN(TAP_TEST(reads_the_clock), TAP_TEST(parses_durations),
    TAP_TEST(formats_durations), TAP_TEST(parses_times),
    TAP_TEST(formats_times), TAP_TEST(calendar_agrees), TAP_TEST(time_specs))
