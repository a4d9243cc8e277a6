#include "config.h"

#include "base/clock.h"
#include "client/life/renew_schedule.h"

/* A century and a half, which is endless here and fits in nanoseconds. */
#define SECONDS_MAX INT64_C(4733424000)

static int64_t
nanoseconds(int64_t seconds)
{
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	return seconds <= 0 ? 0 : seconds * SC_SECOND;
}

static int64_t
clamp(int64_t v, int64_t low, int64_t high)
{
	if (v < low)
		return low;
	return v > high ? high : v;
}

static int64_t
below(int64_t bound, uint64_t roll)
{
	return bound > 0 ? (int64_t)(roll % (uint64_t)bound) : 0;
}

int64_t
sc_renew_lifetime(const struct sc_renew_life *l)
{
	return nanoseconds(l->not_after - l->not_before);
}

int64_t
sc_renew_remaining(const struct sc_renew_life *l, int64_t now)
{
	return nanoseconds(l->not_after - now);
}

int64_t
sc_renew_wait(const struct sc_renew_rule *rule, const struct sc_renew_life *l,
    int64_t now, uint64_t roll)
{
	int64_t life = sc_renew_lifetime(l), left = sc_renew_remaining(l, now);
	int64_t d;

	if (rule->period > 0)
		return left <= rule->period ? 0 : rule->period;
	d = left - (rule->expires_in > 0 ? rule->expires_in : life / 3);
	if (d <= 0)
		return 0;
	if (d < life / 20)
		return below(d, roll);
	return d - below(life / 20, roll);
}

bool
sc_renew_due(int64_t expires_in, const struct sc_renew_life *l, int64_t now,
    uint64_t roll)
{
	return sc_renew_remaining(l, now) - below(expires_in / 20, roll) <=
	    expires_in;
}

int64_t
sc_renew_pause(const struct sc_renew_life *l)
{
	return clamp(sc_renew_lifetime(l) / 20, SC_SECOND, SC_MINUTE);
}

int64_t
sc_renew_retry(const struct sc_renew_life *l, unsigned failures, uint64_t roll)
{
	int64_t life = sc_renew_lifetime(l);
	int64_t d = clamp(life / 1000, SC_SECOND, SC_MINUTE);
	int64_t most = clamp(life / 100, d, 10 * SC_MINUTE);

	for (; failures > 1 && d < most; failures--)
		d *= 2;
	if (d > most)
		d = most;
	return d / 2 + below(d / 2, roll);
}

void
sc_renew_alarm_set(struct sc_renew_alarm *a, int64_t wait, bool fixed,
    int64_t now, int64_t mono)
{
	/* Rounded up: the wall clock is read in whole seconds. */
	a->wall = now + wait / SC_SECOND + (wait % SC_SECOND != 0);
	a->mono = mono + wait;
	a->fixed = fixed;
}

int64_t
sc_renew_alarm_left(const struct sc_renew_alarm *a, int64_t now, int64_t mono)
{
	int64_t left = nanoseconds(a->wall - now);

	if (a->fixed && a->mono - mono < left)
		left = a->mono > mono ? a->mono - mono : 0;
	return left < SC_RENEW_SLICE ? left : SC_RENEW_SLICE;
}

bool
sc_renew_past_percent(
    const struct sc_renew_life *l, int64_t percent, int64_t now)
{
	int64_t life = l->not_after - l->not_before, used = now - l->not_before;

	if (used < 0)
		return false;
	if (life <= 0 || used >= life)
		return true;
	/* Neither product overflows: seconds of the years 1 to 9999. */
	return used * 100 / life >= percent;
}

bool
sc_renew_within(const struct sc_renew_life *l, int64_t left, int64_t now)
{
	return sc_renew_remaining(l, now) <= left;
}
