#include "config.h"

#include "base/clock.h"
#include "client/life/renew_schedule.h"
#include "tap.h"

#define T0 INT64_C(1700000000)
#define DAY 86400

static const struct sc_renew_life day = {T0, T0 + DAY};

/* Between 61.7 % and 66.7 % of the life, whatever is rolled. */
static void
one_third_rule(void)
{
	const struct sc_renew_rule rule = {0, 0};
	const int64_t latest = DAY * SC_SECOND / 3 * 2;
	const int64_t twentieth = DAY * SC_SECOND / 20;
	uint64_t roll;
	int64_t w, least = INT64_MAX, most = 0;

	tap_int(sc_renew_wait(&rule, &day, T0, 0), latest);
	for (roll = 0; roll < 1000; roll++) {
		w = sc_renew_wait(
		    &rule, &day, T0, roll * UINT64_C(11400714819323198485));
		least = w < least ? w : least;
		most = w > most ? w : most;
	}
	tap_ok(most <= latest && least > latest - twentieth);
	tap_ok(most - least > twentieth / 2);
	/* Two thirds have passed; expired. */
	tap_int(sc_renew_wait(&rule, &day, T0 + DAY / 3 * 2, 7), 0);
	tap_int(sc_renew_wait(&rule, &day, T0 + DAY * 5, 7), 0);
	/* Less than a twentieth before that. */
	w = sc_renew_wait(&rule, &day, T0 + DAY / 3 * 2 - 60, UINT64_MAX);
	tap_ok(w >= 0 && w < 60 * SC_SECOND);
	tap_int(sc_renew_wait(&rule, &day, T0 + DAY / 3 * 2 - 60,
		    61 * (uint64_t)SC_SECOND),
	    SC_SECOND);
}

static void
expires_in(void)
{
	const struct sc_renew_rule rule = {8 * SC_HOUR, 0};

	tap_int(sc_renew_wait(&rule, &day, T0, 0), 16 * SC_HOUR);
	tap_int(sc_renew_wait(&rule, &day, T0, 1000), 16 * SC_HOUR - 1000);
	tap_int(sc_renew_wait(&rule, &day, T0 + 16 * 3600, 3), 0);
	tap_int(sc_renew_wait(&rule, &day, T0 + 17 * 3600, 3), 0);
}

static void
period(void)
{
	const struct sc_renew_rule rule = {0, 16 * SC_HOUR};

	tap_int(sc_renew_wait(&rule, &day, T0, 99), 16 * SC_HOUR);
	tap_int(
	    sc_renew_wait(&rule, &day, T0 + 8 * 3600 - 1, 99), 16 * SC_HOUR);
	tap_int(sc_renew_wait(&rule, &day, T0 + 8 * 3600, 99), 0);
}

static void
due(void)
{
	const int64_t in = 8 * SC_HOUR;

	tap_ok(!sc_renew_due(in, &day, T0, UINT64_MAX));
	tap_ok(!sc_renew_due(in, &day, T0 + 16 * 3600 - 1, 0));
	tap_ok(sc_renew_due(in, &day, T0 + 16 * 3600, 0));
	/* A twentieth earlier at the most. */
	tap_ok(sc_renew_due(
	    in, &day, T0 + 16 * 3600 - 1400, (uint64_t)(1400 * SC_SECOND)));
	tap_ok(!sc_renew_due(in, &day, T0 + 16 * 3600 - 1441, UINT64_MAX));
	/* Too short for a jitter. */
	tap_ok(!sc_renew_due(3, &day, T0, UINT64_MAX));
	tap_ok(sc_renew_due(3, &day, T0 + DAY, UINT64_MAX));
}

static void
pause_between(void)
{
	const struct sc_renew_life minute = {T0, T0 + 60}, wrong = {T0, T0 - 1};

	tap_int(sc_renew_pause(&day), SC_MINUTE);
	tap_int(sc_renew_pause(&minute), 3 * SC_SECOND);
	tap_int(sc_renew_pause(&wrong), SC_SECOND);
}

static void
retry(void)
{
	const struct sc_renew_life hour = {T0, T0 + 3600};
	uint64_t most = UINT64_MAX - 1;
	unsigned n;
	int64_t d, before = 0;

	tap_int(sc_renew_retry(&day, 1, 0), 30 * SC_SECOND);
	tap_int(sc_renew_retry(&day, 2, 0), 60 * SC_SECOND);
	tap_int(sc_renew_retry(&hour, 1, 0), 1800 * SC_SECOND / 1000);
	for (n = 1; n < 100; n++) {
		d = sc_renew_retry(&day, n, 0);
		tap_ok(d >= before && d <= 5 * SC_MINUTE);
		before = d;
		d = sc_renew_retry(&day, n, most);
		tap_ok(d >= before && d < 10 * SC_MINUTE);
	}
	tap_int(sc_renew_retry(&day, 4000000000u, 0), 5 * SC_MINUTE);
	tap_int(sc_renew_retry(&hour, 50, 0), 18 * SC_SECOND);
}

/* The wall clock is what counts; a sleep never is longer than a slice. */
static void
clock_jumps(void)
{
	struct sc_renew_alarm a;
	const int64_t m = 5 * SC_SECOND;

	sc_renew_alarm_set(&a, 16 * SC_HOUR, false, T0, m);
	tap_int(sc_renew_alarm_left(&a, T0, m), SC_RENEW_SLICE);
	/* Forward, as after a night asleep: at once. */
	tap_int(sc_renew_alarm_left(&a, T0 + 16 * 3600, m + 1), 0);
	tap_int(sc_renew_alarm_left(&a, T0 + 900 * DAY, m + 1), 0);
	/* Back: as long as the certificate says, slice after slice. */
	tap_int(sc_renew_alarm_left(&a, T0 - DAY, m + 17 * SC_HOUR),
	    SC_RENEW_SLICE);
	tap_int(
	    sc_renew_alarm_left(&a, T0 + 16 * 3600 - 2, m + 1), 2 * SC_SECOND);
	/* Seconds before year 1 and after 9999 do not overflow. */
	tap_int(
	    sc_renew_alarm_left(&a, INT64_C(-62135596800), m), SC_RENEW_SLICE);
	tap_int(sc_renew_alarm_left(&a, INT64_C(253402300799), m), 0);
}

static void
clock_jumps_period(void)
{
	struct sc_renew_alarm a;
	const int64_t m = 5 * SC_SECOND;

	sc_renew_alarm_set(&a, 16 * SC_HOUR, true, T0, m);
	tap_int(sc_renew_alarm_left(&a, T0 + 16 * 3600, m + 1), 0);
	/* Set back: the period ends all the same. */
	tap_int(sc_renew_alarm_left(&a, T0 - DAY, m + 1), SC_RENEW_SLICE);
	tap_int(sc_renew_alarm_left(&a, T0 - DAY, m + 16 * SC_HOUR), 0);
	/* Less than a second is not cut to nothing. */
	sc_renew_alarm_set(&a, SC_SECOND / 2, true, T0, m);
	tap_int(sc_renew_alarm_left(&a, T0, m), SC_SECOND / 2);
	tap_int(sc_renew_alarm_left(&a, T0, m + SC_SECOND / 2), 0);
}

static void
needs_renewal(void)
{
	const struct sc_renew_life hundred = {T0, T0 + 100};
	const struct sc_renew_life long_life = {
	    INT64_C(-62135596800), INT64_C(253402300799)};

	tap_ok(!sc_renew_past_percent(&hundred, 66, T0 + 65));
	tap_ok(sc_renew_past_percent(&hundred, 66, T0 + 66));
	tap_ok(!sc_renew_past_percent(&hundred, 1, T0));
	tap_ok(sc_renew_past_percent(&hundred, 0, T0));
	tap_ok(!sc_renew_past_percent(&hundred, 0, T0 - 1));
	tap_ok(!sc_renew_past_percent(&hundred, 100, T0 + 99));
	tap_ok(sc_renew_past_percent(&hundred, 100, T0 + 100));
	tap_ok(sc_renew_past_percent(&hundred, 100, T0 + 5000));
	tap_ok(!sc_renew_past_percent(&long_life, 66, T0));
	tap_ok(sc_renew_within(&hundred, 40 * SC_SECOND, T0 + 60));
	tap_ok(!sc_renew_within(&hundred, 40 * SC_SECOND, T0 + 59));
	tap_ok(sc_renew_within(&hundred, 0, T0 + 100));
	tap_ok(!sc_renew_within(&long_life, 40 * SC_SECOND, T0));
}

TAP_MAIN(TAP_TEST(one_third_rule), TAP_TEST(expires_in), TAP_TEST(period),
    TAP_TEST(due), TAP_TEST(pause_between), TAP_TEST(retry),
    TAP_NAMED("K4 clock jumps", clock_jumps),
    TAP_NAMED("K4 clock jumps with a fixed period", clock_jumps_period),
    TAP_TEST(needs_renewal))
