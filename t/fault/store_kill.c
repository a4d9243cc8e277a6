/*
 * Writers are killed at random points under load.  Whatever one of them had
 * acknowledged is there afterwards (S1), no token was acknowledged twice (S3),
 * and there is no token without its certificate or the reverse (S2).
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define WRITERS 4
#define KILLS 240
#define NUMBERS 200000
/* Tokens are tried by two writers, mostly at the same time. */
#define TRIES 2

struct shared {
	atomic_uint next;
	atomic_int trouble; /* an answer that is neither 0 nor REPLAYED */
};

struct herd {
	struct shared *sh;
	const char *dir;
	int pipe[2];
	pid_t pid[WRITERS];
	unsigned acks;
	uint8_t acked[NUMBERS];
};

static void
work(struct herd *h)
{
	struct sc_store *s;
	uint32_t n;
	int r;

	(void)close(h->pipe[0]);
	r = sc_store_open(h->dir, SC_STORE_CREATE, &s, NULL);
	while (r == 0) {
		n = atomic_fetch_add(&h->sh->next, 1) / TRIES + 1;
		if (n >= NUMBERS)
			break;
		r = kit_issue(s, n);
		if (r == 0 && write(h->pipe[1], &n, sizeof n) != sizeof n)
			break;
		if (r == 0 || r == SC_ERR_REPLAYED)
			r = sc_store_idle(s, NULL);
	}
	atomic_store(&h->sh->trouble, r == 0 ? 1 : r);
	_exit(1);
}

static void
start(struct herd *h, size_t i)
{
	h->pid[i] = fork();
	if (h->pid[i] == 0)
		work(h);
}

/* Take what acknowledgements there are; waits for one when wait is set. */
static int
take(struct herd *h, int wait)
{
	struct pollfd pfd = {h->pipe[0], POLLIN, 0};
	uint32_t n[256];
	ssize_t got;
	size_t i;

	if (wait && poll(&pfd, 1, 20000) != 1)
		return 0;
	got = read(h->pipe[0], n, sizeof n);
	if (got <= 0)
		return 0;
	for (i = 0; i < (size_t)got / sizeof n[0]; i++) {
		if (h->acked[n[i]] != 0)
			tap_fail("token %u acknowledged twice", (unsigned)n[i]);
		h->acked[n[i]] = 1;
		h->acks++;
	}
	return (int)i;
}

static void
kill_some(struct herd *h)
{
	uint8_t dice[2];
	int kills, more;
	size_t victim;

	for (kills = 0; kills < KILLS; kills++) {
		tap_need(tap_int(sc_random(dice, sizeof dice), 0));
		for (more = dice[0] % 24; more > 0;) {
			int got = take(h, 1);

			tap_need(tap_ok(got > 0));
			more -= got;
		}
		victim = dice[1] % WRITERS;
		(void)kill(h->pid[victim], SIGKILL);
		(void)waitpid(h->pid[victim], NULL, 0);
		tap_need(tap_int(atomic_load(&h->sh->trouble), 0));
		start(h, victim);
	}
}

static void
judge(struct herd *h)
{
	unsigned n, top, stored = 0, lost = 0, halves = 0;
	struct sc_store *s = kit_open(h->dir);
	const char *notice;
	int there;

	tap_need(tap_ok(s != NULL));
	notice = sc_store_notice(s);
	top = atomic_load(&h->sh->next) / TRIES + 2;
	for (n = 1; n < NUMBERS && n < top; n++) {
		there = !kit_lacks(s, n);
		stored += (unsigned)there;
		lost += h->acked[n] && !there;
		halves += there && !kit_has(s, n);
		if (h->acked[n])
			tap_int(kit_issue(s, n), SC_ERR_REPLAYED);
	}
	tap_int(lost, 0);
	tap_int(halves, 0);
	tap_int(kit_count(s), stored);
	tap_note("%u acknowledged, %u stored; %s", h->acks, stored,
	    notice == NULL ? "no notice" : notice);
	sc_store_close(s);
}

static void
remove_index(const char *dir)
{
	static const char *const names[] = {
	    "index", "index-a.gdbm", "index-b.gdbm"};
	char *path;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		path = sc_asprintf("%s/%s", dir, names[i]);
		(void)unlink(path);
		free(path);
	}
}

static void
killed_writers(void)
{
	static struct herd h;
	size_t i;

	h.dir = kit_dir("kill");
	h.sh = mmap(NULL, sizeof *h.sh, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tap_need(tap_ok(h.sh != MAP_FAILED));
	tap_need(tap_int(pipe(h.pipe), 0));
	(void)fcntl(h.pipe[0], F_SETFL, O_NONBLOCK);
	sc_store_tuning.interval = 7;
	sc_store_tuning.chunk = 65536;
	for (i = 0; i < WRITERS; i++)
		start(&h, i);
	kill_some(&h);
	for (i = 0; i < WRITERS; i++) {
		(void)kill(h.pid[i], SIGKILL);
		(void)waitpid(h.pid[i], NULL, 0);
	}
	while (take(&h, 0) > 0)
		;
	sc_store_tuning.interval = 4096;
	judge(&h);
	remove_index(h.dir);
	judge(&h);
	(void)close(h.pipe[0]);
	(void)close(h.pipe[1]);
	(void)munmap(h.sh, sizeof *h.sh);
}

TAP_MAIN(TAP_NAMED("T16 writers killed under load", killed_writers))
