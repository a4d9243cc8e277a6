/*
 * Two processes race for the same tokens.  S3 and attack T16: exactly one
 * success each, and the loser's certificate is not recorded.
 */
#include "config.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define TOKENS 1000
#define RACERS 2

struct track {
	atomic_uint at_line[TOKENS]; /* racers that are ready for a token */
	int result[RACERS][TOKENS];
	int same_serial; /* race for serial numbers, not for tokens */
};

/* Certificates differ, as two authorities would never make the same one. */
static uint64_t
serial_of(size_t token, int who)
{
	return 1000000 + token * RACERS + (uint64_t)who;
}

static int
attempt(const struct track *t, int who, struct sc_store *s, size_t i)
{
	uint64_t serial = serial_of(i, who);

	if (t->same_serial)
		return sc_store_issue(s, kit_spend(serial), kit_cert(i),
		    kit_origin(), KIT_NOW, NULL);
	return sc_store_issue(
	    s, kit_spend(i), kit_cert(serial), kit_origin(), KIT_NOW, NULL);
}

static void
race(struct track *t, int who, const char *dir)
{
	struct sc_store *s;
	size_t i;

	if (sc_store_open(dir, SC_STORE_CREATE, &s, NULL) != 0)
		_exit(1);
	for (i = 0; i < TOKENS; i++) {
		atomic_fetch_add(&t->at_line[i], 1);
		while (atomic_load(&t->at_line[i]) < RACERS)
			sched_yield();
		t->result[who][i] = attempt(t, who, s, i);
		if (sc_store_idle(s, NULL) != 0)
			_exit(2);
	}
	sc_store_close(s);
	_exit(0);
}

static void
judge(const struct track *t, const char *dir)
{
	struct sc_store *s = kit_open(dir);
	const struct sc_store_cert *c;
	struct sc_store_found f;
	int wins[RACERS] = {0}, who, r;
	size_t i;

	tap_need(tap_ok(s != NULL));
	for (i = 0; i < TOKENS; i++) {
		tap_context("token %zu", i);
		tap_ok((t->result[0][i] == 0) != (t->result[1][i] == 0));
		for (who = 0; who < RACERS; who++) {
			r = t->result[who][i];
			wins[who] += r == 0;
			if (r != 0)
				tap_int(r, SC_ERR_REPLAYED);
			c = kit_cert(serial_of(i, who));
			tap_int(
			    sc_store_get_cert(s, c->form, c->serial, &f, NULL),
			    r == 0 ? 0 : SC_ERR_NOT_FOUND);
			sc_store_found_clear(&f);
		}
	}
	tap_context("%s", "");
	tap_int(kit_count(s), TOKENS);
	tap_note("wins: %d and %d", wins[0], wins[1]);
	sc_store_close(s);
}

/* The loser's token has not been spent. */
static void
judge_serials(const struct track *t, const char *dir)
{
	struct sc_store *s = kit_open(dir);
	size_t i;
	int who, r;

	tap_need(tap_ok(s != NULL));
	for (i = 0; i < TOKENS; i++) {
		tap_context("serial number %zu", i);
		tap_ok((t->result[0][i] == 0) != (t->result[1][i] == 0));
		for (who = 0; who < RACERS; who++) {
			r = t->result[who][i];
			if (r != 0)
				tap_int(r, SC_ERR_CONFLICT);
			tap_int(
			    sc_store_token_spent(s,
				kit_spend(serial_of(i, who))->token_id, NULL),
			    r == 0 ? SC_ERR_REPLAYED : 0);
		}
	}
	tap_context("%s", "");
	tap_int(kit_count(s), TOKENS);
	sc_store_close(s);
}

static void
run_race(const char *name, int same_serial,
    void (*fn)(const struct track *, const char *))
{
	const char *dir = kit_dir(name);
	struct track *t;
	pid_t pid[RACERS];
	int who, status;

	t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tap_need(tap_ok(t != MAP_FAILED));
	t->same_serial = same_serial;
	sc_store_tuning.interval = 50;
	/* They also race for making the store. */
	for (who = 0; who < RACERS; who++)
		if ((pid[who] = fork()) == 0)
			race(t, who, dir);
	for (who = 0; who < RACERS; who++) {
		tap_int(waitpid(pid[who], &status, 0), pid[who]);
		tap_int(status, 0);
	}
	fn(t, dir);
	(void)munmap(t, sizeof *t);
}

static void
once_each(void)
{
	run_race("race", 0, judge);
}

static void
serials(void)
{
	run_race("serials", 1, judge_serials);
}

TAP_MAIN(
    TAP_NAMED("T16 two processes, 1,000 tokens", once_each), TAP_TEST(serials))
