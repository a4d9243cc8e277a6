/*
 * S3, S4: many processes on one store, all at once; and one that is paused in
 * the middle of its work, holding a lock.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "shim.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define HERD 64
#define OWN 40 /* certificates of each */
#define SHARED 30 /* tokens that all of them want */
#define SHARED_BASE 1000000
#define SERIALS 2000000

struct result {
	atomic_uint ready;
	int own[HERD][OWN];
	int shared[HERD][SHARED];
	int idle[HERD];
};

static void *
share(size_t n)
{
	void *p = mmap(
	    NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static uint64_t
own_number(int who, int i)
{
	return (uint64_t)who * OWN + (uint64_t)i + 1;
}

/* Certificates differ, as no two workers would make the same one. */
static int
race_for(struct sc_store *s, int who, int i)
{
	return sc_store_issue(s, kit_spend(SHARED_BASE + (uint64_t)i),
	    kit_cert(SERIALS + (uint64_t)i * HERD + (uint64_t)who),
	    kit_origin(), KIT_NOW, NULL);
}

static void
work(struct result *res, int who, const char *dir)
{
	struct sc_store *s;
	int i;

	if (sc_store_open(dir, SC_STORE_CREATE, &s, NULL) != 0)
		_exit(1);
	atomic_fetch_add(&res->ready, 1);
	while (atomic_load(&res->ready) < HERD)
		(void)usleep(1000);
	for (i = 0; i < OWN || i < SHARED; i++) {
		if (i < SHARED)
			res->shared[who][i] = race_for(s, who, i);
		if (i < OWN)
			res->own[who][i] = kit_issue(s, own_number(who, i));
		if (sc_store_idle(s, NULL) != 0)
			res->idle[who]++;
	}
	sc_store_close(s);
	_exit(0);
}

static void
judge_shared(struct sc_store *s, const struct result *res, int i)
{
	const struct sc_store_cert *c;
	struct sc_store_found f;
	int who, wins = 0, r;

	for (who = 0; who < HERD; who++) {
		r = res->shared[who][i];
		wins += r == 0;
		if (r != 0)
			tap_int(r, SC_ERR_REPLAYED);
		c = kit_cert(SERIALS + (uint64_t)i * HERD + (uint64_t)who);
		tap_int(sc_store_get_cert(s, c->form, c->serial, &f, NULL),
		    r == 0 ? 0 : SC_ERR_NOT_FOUND);
		sc_store_found_clear(&f);
	}
	tap_int(wins, 1);
}

static void
herd(void)
{
	const char *dir = kit_dir("herd");
	struct result *res = share(sizeof *res);
	struct sc_store *s;
	pid_t pid[HERD];
	int who, i, status;

	tap_need(tap_ok(res != NULL));
	sc_store_tuning.interval = 100;
	for (who = 0; who < HERD; who++)
		if ((pid[who] = fork()) == 0)
			work(res, who, dir);
	for (who = 0; who < HERD; who++) {
		tap_int(waitpid(pid[who], &status, 0), pid[who]);
		tap_int(status, 0);
	}
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	for (who = 0; who < HERD; who++) {
		tap_context("process %d", who);
		tap_int(res->idle[who], 0);
		for (i = 0; i < OWN; i++) {
			tap_int(res->own[who][i], 0);
			tap_ok(kit_has(s, own_number(who, i)));
		}
	}
	for (i = 0; i < SHARED; i++) {
		tap_context("token %d", i);
		judge_shared(s, res, i);
	}
	tap_context("%s", "");
	tap_int(kit_count(s), HERD * OWN + SHARED);
	sc_store_close(s);
	(void)munmap(res, sizeof *res);
	sc_store_tuning.interval = 4096;
}

/* --- pauses ------------------------------------------------------------- */

/* Stop at the first such call on such a file. */
static struct {
	enum shim_call call;
	const char *name;
	int stopped;
} pause_at;

static int
pausing(const struct shim_event *ev)
{
	if (pause_at.stopped || ev->call != pause_at.call ||
	    strncmp(ev->name, pause_at.name, strlen(pause_at.name)) != 0)
		return 0;
	pause_at.stopped = 1;
	(void)raise(SIGSTOP);
	return 0;
}

/* A child that is stopped with n half issued, or half a checkpoint. */
static pid_t
start_paused(const char *dir, enum shim_call call, const char *name, uint64_t n)
{
	struct sc_store *s = NULL;
	int status = 0, r;
	pid_t pid = fork();

	if (pid != 0) {
		if (waitpid(pid, &status, WUNTRACED) == pid &&
		    WIFSTOPPED(status))
			return pid;
		tap_fail("the child did not stop: %d", status);
		return -1;
	}
	pause_at.call = call;
	pause_at.name = name;
	shim.dir = dir;
	shim.before = pausing;
	if (sc_store_open(dir, SC_STORE_WRITE, &s, NULL) != 0)
		_exit(1);
	sc_store_tuning.interval = 1;
	r = n != 0 ? kit_issue(s, n) : sc_store_idle(s, NULL);
	sc_store_close(s);
	_exit(r == 0 ? 0 : 2);
}

static void
go_on(pid_t pid)
{
	int status;

	tap_int(kill(pid, SIGCONT), 0);
	tap_int(waitpid(pid, &status, 0), pid);
	tap_int(status, 0);
}

/*
 * Whoever holds the ledger's lock is stopped: the others wait no longer than
 * the bound and are told so, readers do not wait, and all is well when it
 * goes on.
 */
static void
paused_writer(void)
{
	const char *dir = kit_dir("writer");
	struct sc_store *s = kit_open(dir), *ro = NULL;
	struct sc_error e = SC_ERROR_INIT;
	int64_t before, took;
	pid_t pid;

	tap_need(tap_ok(s != NULL));
	tap_int(sc_store_tuning.lock_wait, 5 * SC_SECOND);
	tap_int(kit_issue(s, 1), 0);
	pid = start_paused(dir, SHIM_WRITE, "ledger-", 2);
	tap_need(tap_ok(pid > 0));
	sc_store_tuning.lock_wait = SC_SECOND / 5;
	before = sc_clock_monotonic();
	tap_int(sc_store_issue(s, kit_spend(3), kit_cert(3), NULL, KIT_NOW, &e),
	    SC_ERR_BUSY);
	took = sc_clock_monotonic() - before;
	tap_ok(took >= SC_SECOND / 5 && took < 3 * SC_SECOND);
	tap_int(sc_err_http_status(e.code), 503);
	tap_int(sc_store_open(dir, 0, &ro, NULL), 0);
	tap_need(tap_ok(ro != NULL));
	tap_ok(kit_has(ro, 1) && kit_lacks(ro, 2) && kit_lacks(ro, 3));
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(sc_store_idle(s, NULL), 0);
	go_on(pid);
	sc_store_tuning.lock_wait = 5 * SC_SECOND;
	tap_int(kit_issue(s, 2), SC_ERR_REPLAYED);
	tap_int(kit_issue(s, 3), 0);
	tap_ok(kit_has(ro, 2) && kit_has(ro, 3));
	tap_int(kit_count(ro), 3);
	tap_str(sc_store_notice(s), NULL);
	sc_store_close(s);
	sc_store_close(ro);
}

/* One that is stopped while it syncs has no lock, and nobody waits at all. */
static void
paused_sync(void)
{
	const char *dir = kit_dir("sync");
	struct sc_store *s = kit_open(dir);
	pid_t pid;

	tap_need(tap_ok(s != NULL));
	pid = start_paused(dir, SHIM_SYNC, "ledger-", 1);
	tap_need(tap_ok(pid > 0));
	sc_store_tuning.lock_wait = 0;
	tap_int(kit_issue(s, 2), 0);
	/* It is in the ledger, though nobody has been told yet. */
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	sc_store_tuning.lock_wait = 5 * SC_SECOND;
	go_on(pid);
	tap_ok(kit_has(s, 1) && kit_has(s, 2));
	sc_store_close(s);
}

/* A checkpoint that is stopped half done keeps nobody from anything. */
static void
paused_checkpoint(void)
{
	static const struct {
		enum shim_call call;
		const char *name;
	} at[] = {{SHIM_OPEN, "index.gdbm.tmp"}, {SHIM_WRITE, "index"},
	    {SHIM_SYNC, "index"}, {SHIM_RENAME, "index.gdbm.tmp"},
	    {SHIM_RENAME, "index.tmp"}, {SHIM_RENAME, "index-"}};
	const char *dir = kit_dir("checkpoint");
	struct sc_store *s = kit_open(dir), *other;
	uint64_t n = 0;
	size_t i;
	pid_t pid;

	tap_need(tap_ok(s != NULL));
	for (i = 0; i < sizeof at / sizeof at[0]; i++) {
		tap_context("stopped at %d %s", (int)at[i].call, at[i].name);
		tap_int(kit_issue(s, ++n), 0);
		pid = start_paused(dir, at[i].call, at[i].name, 0);
		tap_need(tap_ok(pid > 0));
		sc_store_tuning.lock_wait = 0;
		sc_store_tuning.interval = 1;
		tap_int(kit_issue(s, ++n), 0);
		tap_int(sc_store_idle(s, NULL), 0);
		other = kit_open(dir);
		tap_need(tap_ok(other != NULL));
		tap_ok(kit_has(other, n - 1) && kit_has(other, n));
		tap_int(kit_issue(other, n), SC_ERR_REPLAYED);
		tap_int(kit_issue(other, ++n), 0);
		sc_store_tuning.lock_wait = 5 * SC_SECOND;
		go_on(pid);
		tap_int(sc_store_idle(s, NULL), 0);
		tap_int(kit_issue(s, n), SC_ERR_REPLAYED);
		sc_store_close(other);
	}
	tap_context("%s", "");
	sc_store_close(s);
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	tap_str(sc_store_notice(s), NULL);
	tap_int(kit_count(s), (int)n);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
}

TAP_MAIN(TAP_NAMED("S3 S4 64 processes at once", herd),
    TAP_NAMED("S4 a writer paused with the lock", paused_writer),
    TAP_NAMED("S4 a writer paused in its sync", paused_sync),
    TAP_NAMED("S4 a checkpoint paused half done", paused_checkpoint))
