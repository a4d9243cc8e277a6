/*
 * Commits per second of the store with 1, 2, 4 and 8 processes, beside an
 * append and fdatasync of as many bytes without a store, on the same disk.
 *
 *	store_bench [FOLDER [SECONDS]]
 *
 * The folder is left behind to be looked at; without one, it is made in the
 * current folder.
 */
#include "config.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#define DER_SIZE 900
#define RAW_SIZE 1120
#define RAW_SPACE (64 * 1024 * 1024)
#define WORKERS_MAX 8
#define TURN (SC_SECOND / 4)

enum what {
	RAW,
	STORE,
	WHATS,
	NOBODY = WHATS,
	END
};

/* Shared by all processes. */
struct tally {
	atomic_int turn; /* whose it is, of enum what */
	atomic_uint ready;
	atomic_ullong next; /* number of the next certificate, raw record */
	atomic_ullong done[WHATS];
	atomic_llong worst[WHATS]; /* nanoseconds of the slowest */
};

static struct tally *tally;
static const char *folder;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "store_bench: %s: %s\n", what, why);
	_exit(1);
}

static int
commit_one(struct sc_store *s, uint64_t n, struct sc_error *e)
{
	static uint8_t der[DER_SIZE];
	char token[40];
	uint8_t serial[8];
	struct sc_store_spend spend = {token, 2000000000};
	struct sc_store_cert c = {.form = SC_STORE_X509,
	    .kind = SC_STORE_ISSUE,
	    .serial = {serial, sizeof serial},
	    .der = der,
	    .der_len = sizeof der,
	    .not_after = 2000000000};
	struct sc_store_origin o = {"request", "192.0.2.1", "admin:kid",
	    "admin", "JWK", "a.example.com"};

	snprintf(token, sizeof token, "token-%llu", (unsigned long long)n);
	n |= UINT64_C(1) << 62;
	memcpy(serial, &n, sizeof serial);
	return sc_store_issue(s, &spend, &c, &o, 1700000000, e);
}

static void
count(enum what what, int64_t began)
{
	long long took = sc_clock_monotonic() - began;
	long long worst = atomic_load(&tally->worst[what]);

	atomic_fetch_add(&tally->done[what], 1);
	while (took > worst &&
	    !atomic_compare_exchange_weak(&tally->worst[what], &worst, took))
		;
}

/* 1 when it is the turn of what, 0 at the end. */
static int
my_turn(enum what what)
{
	int turn;

	while ((turn = atomic_load(&tally->turn)) != (int)what && turn != END)
		(void)usleep(2000);
	return turn != END;
}

static void
run_store(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	int64_t began;

	if (sc_store_open(folder, SC_STORE_CREATE, &s, &e) != 0)
		die("open", e.msg);
	atomic_fetch_add(&tally->ready, 1);
	while (my_turn(STORE)) {
		began = sc_clock_monotonic();
		if (commit_one(s, atomic_fetch_add(&tally->next, 1), &e) != 0)
			die("commit", e.msg);
		count(STORE, began);
		if (sc_store_idle(s, &e) != 0)
			die("checkpoint", e.msg);
	}
	sc_store_close(s);
}

static void
run_raw(void)
{
	static const uint8_t record[RAW_SIZE] = {1};
	char *path = sc_asprintf("%s/raw", folder);
	int fd = path == NULL ? -1 : open(path, O_RDWR);
	uint64_t off;
	int64_t began;

	if (fd < 0)
		die("open", "raw");
	atomic_fetch_add(&tally->ready, 1);
	while (my_turn(RAW)) {
		began = sc_clock_monotonic();
		off = atomic_fetch_add(&tally->next, 1) * RAW_SIZE;
		off %= RAW_SPACE - RAW_SIZE;
		if (pwrite(fd, record, sizeof record, (off_t)off) < 0 ||
		    fdatasync(fd) != 0)
			die("write", "raw");
		count(RAW, began);
	}
	(void)close(fd);
	free(path);
}

static void
prepare_raw(void)
{
	static const uint8_t zeros[65536];
	char *path = sc_asprintf("%s/raw", folder);
	int fd =
	    path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t i;

	for (i = 0; i < RAW_SPACE / sizeof zeros; i++)
		if (write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
			die("write", "raw");
	if (fsync(fd) != 0 || close(fd) != 0)
		die("fsync", "raw");
	free(path);
}

static void
start(void (*fn)(void), size_t workers)
{
	size_t i;

	for (i = 0; i < workers; i++)
		if (fork() == 0) {
			fn();
			_exit(0);
		}
}

static void
turn(enum what what, int64_t how_long)
{
	struct timespec t = {how_long / SC_SECOND, how_long % SC_SECOND};

	atomic_store(&tally->turn, what);
	(void)nanosleep(&t, NULL);
}

/* In turns, for a disk has good and bad times. */
static void
compare(size_t workers, int seconds)
{
	double raw, store;
	int i;

	memset(tally->done, 0, sizeof tally->done);
	memset(tally->worst, 0, sizeof tally->worst);
	atomic_store(&tally->ready, 0);
	atomic_store(&tally->turn, NOBODY);
	start(run_raw, workers);
	start(run_store, workers);
	for (i = 0; i < 20000 && atomic_load(&tally->ready) < 2 * workers; i++)
		(void)usleep(1000);
	for (i = 0; i < seconds * (int)(SC_SECOND / TURN); i++) {
		turn(RAW, TURN);
		turn(STORE, TURN);
	}
	atomic_store(&tally->turn, END);
	while (wait(NULL) > 0)
		;
	raw = (double)atomic_load(&tally->done[RAW]) / seconds;
	store = (double)atomic_load(&tally->done[STORE]) / seconds;
	printf("%9zu %6.0f %9.1f %8.0f %9.1f %5.0f %%\n", workers, raw,
	    (double)atomic_load(&tally->worst[RAW]) / 1e6, store,
	    (double)atomic_load(&tally->worst[STORE]) / 1e6, 100 * store / raw);
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const size_t workers[] = {1, 2, 4, 8};
	char made[] = "store-bench-XXXXXX";
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	int64_t seconds = 4;
	size_t i;

	folder = argc > 1 ? argv[1] : mkdtemp(made);
	if (argc > 2 && sc_strtonum(argv[2], 1, 600, &seconds) != 0)
		die("SECONDS", argv[2]);
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (folder == NULL || tally == MAP_FAILED)
		die("start", "no folder or no memory");
	if (sc_store_open(folder, SC_STORE_CREATE, &s, &e) != 0)
		die("open", e.msg);
	sc_store_close(s);
	prepare_raw();
	printf("commits into the store, beside as many bytes appended with "
	       "fdatasync\n"
	       "processes  raw/s  worst ms  store/s  worst ms  of raw\n");
	(void)fflush(stdout);
	for (i = 0; i < sizeof workers / sizeof workers[0]; i++)
		compare(workers[i], (int)seconds);
	return 0;
}
