/*
 * What a store costs must not depend on how many certificates it knows (S6):
 * the calls on the disk of a commit, a refusal, a look-up and an opening are
 * counted in one store and in another that is ten times as large.  Opening
 * from a checkpoint takes less than 100 ms.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "shim.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define FEW 4000
#define MANY 40000
#define TIMES 200
#define OPENED_IN (100 * (SC_SECOND / 1000))

static unsigned long calls;

static int
count(const struct shim_event *ev)
{
	(void)ev;
	calls++;
	return 0;
}

/* Filled, all of it in the index. */
static void
fill(const char *dir, uint64_t n)
{
	struct sc_store *s;
	uint64_t i;

	shim.dir = dir;
	shim.no_sync = 1;
	shim.before = NULL;
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	for (i = 1; i <= n; i++) {
		tap_need(kit_issue(s, i) == 0);
		if (i % 10000 == 0)
			tap_need(sc_store_idle(s, NULL) == 0);
	}
	sc_store_tuning.interval = 1;
	tap_int(sc_store_idle(s, NULL), 0);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
}

struct cost {
	unsigned long open, issue, replay, get;
	int64_t opened_in; /* nanoseconds, at best */
};

static unsigned long
taken(void)
{
	unsigned long n = calls;

	calls = 0;
	return n;
}

static struct sc_store *
open_timed(const char *dir, struct cost *c)
{
	struct sc_store *s = NULL;
	int64_t took, began;
	int i;

	c->opened_in = INT64_MAX;
	for (i = 0; i < 5; i++) {
		sc_store_close(s);
		(void)taken();
		began = sc_clock_monotonic();
		s = kit_open(dir);
		took = sc_clock_monotonic() - began;
		if (took < c->opened_in)
			c->opened_in = took;
		c->open = taken();
	}
	return s;
}

/* Certificates 1 to n are there; those that are touched lie far apart. */
static void
measure(const char *dir, uint64_t n, struct cost *c)
{
	struct sc_store *s;
	uint64_t i, step = n / TIMES;

	shim.dir = dir;
	shim.before = count;
	s = open_timed(dir, c);
	tap_need(tap_ok(s != NULL));
	for (i = 1; i <= TIMES; i++)
		tap_need(tap_int(kit_issue(s, n + i), 0));
	c->issue = taken();
	for (i = 0; i < TIMES; i++)
		tap_need(tap_int(kit_issue(s, 1 + i * step), SC_ERR_REPLAYED));
	c->replay = taken();
	for (i = 0; i < TIMES; i++)
		tap_need(tap_ok(kit_has(s, 1 + i * step)));
	c->get = taken();
	sc_store_close(s);
	shim.dir = NULL;
}

static void
no_more_than(const char *what, unsigned long many, unsigned long few)
{
	tap_context("%s: %lu calls, %lu when there are few", what, many, few);
	tap_ok(few > 0 && many <= few + few / 5);
	tap_context("%s", "");
}

static void
flat(void)
{
	struct cost few = {0}, many = {0};

	fill(kit_dir("few"), FEW);
	measure(kit_dir("few"), FEW, &few);
	fill(kit_dir("many"), MANY);
	measure(kit_dir("many"), MANY, &many);
	no_more_than("opening", many.open, few.open);
	no_more_than("issuing", many.issue, few.issue);
	no_more_than("refusing", many.replay, few.replay);
	no_more_than("looking up", many.get, few.get);
	tap_ok(many.opened_in < OPENED_IN);
	tap_note("issuing %d: %lu calls, %lu when there are few; refusing %lu, "
		 "%lu; looking up %lu, %lu; opening %lu, %lu, in %.1f ms",
	    TIMES, many.issue, few.issue, many.replay, few.replay, many.get,
	    few.get, many.open, few.open, (double)many.opened_in / 1e6);
}

TAP_MAIN(TAP_NAMED("S6 40,000 certificates cost what 4,000 do", flat))
