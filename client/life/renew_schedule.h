/*
 * When a certificate is to be renewed: pure rules over given times.
 *
 * Times are seconds of the wall clock, durations nanoseconds, as everywhere.
 * roll is a random number; each rule takes of it what it needs, so that the
 * same roll always gives the same answer.
 */
#ifndef SC_CLIENT_RENEW_SCHEDULE_H
#define SC_CLIENT_RENEW_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct sc_renew_life { /* of the certificate at hand */
	int64_t not_before, not_after;
};
/* notAfter - notBefore, and what is left of it (0 when it has expired). */
int64_t sc_renew_lifetime(const struct sc_renew_life *l);
int64_t sc_renew_remaining(const struct sc_renew_life *l, int64_t now);

struct sc_renew_rule {
	int64_t expires_in; /* renew when this is left; 0 = a third of life */
	int64_t period; /* renew every period; 0 = by expires_in */
};
/*
 * How long to wait from now.  With a period P: 0 when no more than P is left,
 * else P.  Otherwise, with d = remaining - expires_in: 0 when d <= 0, a random
 * part of d below a twentieth of the lifetime, else d less a random part of
 * that twentieth.
 */
int64_t sc_renew_wait(const struct sc_renew_rule *rule,
    const struct sc_renew_life *l, int64_t now, uint64_t roll);
/*
 * One run with --expires-in: is it time?  Up to a twentieth of expires_in is
 * added by chance.
 */
bool sc_renew_due(int64_t expires_in, const struct sc_renew_life *l,
    int64_t now, uint64_t roll);

/*
 * Two renewals in a row are at least this far apart, whatever clock and CA
 * say: a twentieth of the lifetime, from one second to one minute.
 */
int64_t sc_renew_pause(const struct sc_renew_life *l);
/*
 * Until the next try after failures (> 0) of them in a row: doubled each time,
 * from a thousandth of the lifetime (a second to a minute) to a hundredth (up
 * to ten minutes); of that a random half to all.
 */
int64_t sc_renew_retry(
    const struct sc_renew_life *l, unsigned failures, uint64_t roll);

/*
 * A moment to wait for.  The wall clock decides, read anew at each wake-up: it
 * may be set, and the machine may sleep.  With fixed set the monotonic clock
 * ends the waiting as well, so that a clock set back does not prolong it.
 */
struct sc_renew_alarm {
	int64_t wall; /* seconds */
	int64_t mono; /* nanoseconds */
	bool fixed;
};
void sc_renew_alarm_set(struct sc_renew_alarm *a, int64_t wait, bool fixed,
    int64_t now, int64_t mono);
/* Nanoseconds to sleep, at most SC_RENEW_SLICE; 0: it is time. */
#define SC_RENEW_SLICE (INT64_C(10) * 1000000000)
int64_t sc_renew_alarm_left(
    const struct sc_renew_alarm *a, int64_t now, int64_t mono);

/*
 * `certificate needs-renewal`: has percent of the lifetime passed (rounded
 * down), or is no more than left (ns) left of it?
 */
bool sc_renew_past_percent(
    const struct sc_renew_life *l, int64_t percent, int64_t now);
bool sc_renew_within(const struct sc_renew_life *l, int64_t left, int64_t now);

#endif
